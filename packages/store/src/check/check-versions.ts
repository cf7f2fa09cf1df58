/**
 * Checks buckets: every version of every key, with its reference, its bytes and its place among the others; unfinished
 * uploads; live channels; counters. One bucket after the other, and in it one key after the other.
 */

import { crc64 } from '@annals/checksum';
import type { KeyValueEntry } from '../contract/key-value-store.js';
import { decodeBucketRecord } from '../object-store/records/bucket-row.js';
import { decodeCounter } from '../object-store/records/counter-row.js';
import {
  bucketKey,
  bucketNameOf,
  counterRange,
  deleteMarkerRange,
  earlierSequenceOf,
  earlierVersionRange,
  objectKeyOf,
  objectRange,
  rangeOfPrefix,
  referenceKey,
  successorOf,
} from '../object-store/records/key-space.js';
import { decodeLiveChannel, liveChannelNameOf, liveChannelRange } from '../object-store/records/live-channel-row.js';
import {
  decodeDeleteMarkerRecord,
  decodeEarlierVersion,
  decodeObjectRecord,
} from '../object-store/records/object-record.js';
import {
  type DeleteMarkerRecord,
  isDeleteMarker,
  isNullVersion,
  type ObjectRecord,
  type VersionRecord,
  versionIdOf,
} from '../object-store/records/version-record.js';
import type { BucketRecord } from '../object-store/types.js';
import { rowContextOf } from '../object-store/versions/read-state.js';
import { BucketTally } from './bucket-tally.js';
import { checkBytes } from './check-bytes.js';
import type { CheckContext } from './check-context.js';
import { checkUploads } from './check-uploads.js';
import { readRow, reportMalformed, reportUnreadable } from './report-row.js';
import type { RowLedger } from './row-ledger.js';
import { walkRows } from './walk-rows.js';

/** What versions refer to, for the search for rows that nothing refers to. */
export interface VersionLedgers {
  /** By reference id. */
  readonly references: RowLedger;
  /** By the id of a key that has earlier versions. */
  readonly keys: RowLedger;
  /** By the id of an upload that has a number of parts. */
  readonly uploads: RowLedger;
}

/** Rows whose keys begin with a bucket's name. */
const BUCKET_FAMILIES = ['O', 'M', 'U', 'L', 'C'] as const;
const NOTHING = new Uint8Array();

/** The key with which a walk over buckets ended. */
export interface BucketPlace {
  readonly bucket: string;
  /** Of the row of the object or delete marker, in hex. */
  readonly rowKey: string;
}

/**
 * @param after Of the walk before.
 * @returns Where it ended; `undefined` when all buckets were looked at.
 */
export async function checkBuckets(
  context: CheckContext,
  ledgers: VersionLedgers,
  after?: BucketPlace,
): Promise<BucketPlace | undefined> {
  context.enter(context.scope === 'sums' ? 'counters' : 'buckets');
  const all = rangeOfPrefix(Buffer.from('B'));
  const start = after === undefined ? all.start : bucketKey(after.bucket);
  for await (const row of walkRows(context.keyValues, { start, end: all.end })) {
    context.countRow();
    if (row.entry === undefined) {
      reportUnreadable(context, row.unreadable, row.failure);
      continue;
    }
    const name = bucketNameOf(row.entry.key);
    const record = readRecord(context, row.entry, () =>
      requireBucket(decodeBucketRecord(row.entry.key, row.entry.value), name),
    );
    if (record !== undefined) readRecord(context, row.entry, () => context.callerChecks.bucket(record));
    // What it holds is looked at all the same, as far as that needs no more than its name.
    const bucket: CheckedBucket = record ?? { name, versioning: 'enabled' };
    const place = await checkBucket(context, bucket, ledgers, after?.bucket === name ? after : undefined);
    if (place !== undefined) return place;
  }
  if (context.scope !== 'places') await checkLostBuckets(context);
  return undefined;
}

function requireBucket(record: BucketRecord, name: string): BucketRecord {
  if (record.name !== name) throw new Error(`it names bucket "${record.name}"`);
  if (!['unversioned', 'enabled', 'suspended'].includes(record.versioning))
    throw new Error('its "versioning" is unknown');
  return record;
}

/** What a check needs to know of a bucket whose row may be unreadable. */
type CheckedBucket = Pick<BucketRecord, 'name' | 'versioning'>;

/** Versions as their rows have them: current ones and earlier ones, with what is needed to say which. */
interface CheckedKey {
  readonly bucket: CheckedBucket;
  readonly key: string;
  readonly rowKey: Uint8Array;
  readonly record: VersionRecord;
}

async function checkBucket(
  context: CheckContext,
  bucket: CheckedBucket,
  ledgers: VersionLedgers,
  after: BucketPlace | undefined,
): Promise<BucketPlace | undefined> {
  const tally = new BucketTally();
  for await (const current of currentVersions(context, bucket, after)) {
    await checkVersion(context, current, tally, ledgers);
    await checkEarlierVersions(context, current, tally, ledgers);
    if (context.isSpent()) return { bucket: bucket.name, rowKey: Buffer.from(current.rowKey).toString('hex') };
  }
  await checkUploads(context, bucket.name, tally, ledgers.uploads);
  for await (const row of walkRows(context.keyValues, liveChannelRange(bucket.name, ''))) {
    context.countRow();
    tally.add('channels');
    if (row.entry === undefined) reportUnreadable(context, row.unreadable, row.failure);
    else {
      const { entry } = row;
      const name = liveChannelNameOf(bucket.name, entry.key);
      readRecord(context, entry, () => decodeLiveChannel({ bucket: bucket.name, name }, entry.value));
    }
  }
  if (context.scope !== 'places') await checkCounters(context, bucket.name, tally);
  return undefined;
}

/** Rows of both families, told apart, each key once; a key that stands in both is a finding. */
async function* currentVersions(
  context: CheckContext,
  bucket: CheckedBucket,
  after: BucketPlace | undefined,
): AsyncGenerator<CheckedKey, void> {
  const last = after === undefined ? undefined : Buffer.from(after.rowKey, 'hex');
  // Rows of markers lie before those of objects.
  for (const [family, range] of [
    ['marker', deleteMarkerRange(bucket.name, '')],
    ['object', objectRange(bucket.name, '')],
  ] as const) {
    if (last !== undefined && Buffer.compare(last, range.end) >= 0) continue;
    const start = last === undefined || Buffer.compare(last, range.start) < 0 ? range.start : successorOf(last);
    for await (const row of walkRows(context.keyValues, { start, end: range.end })) {
      context.countRow();
      if (row.entry === undefined) {
        reportUnreadable(context, row.unreadable, row.failure);
        continue;
      }
      const { entry } = row;
      const key = objectKeyOf(bucket.name, entry.key);
      const rowContext = rowContextOf(bucket, key);
      const record = readRecord<VersionRecord>(context, entry, () =>
        family === 'object'
          ? requireObject(decodeObjectRecord(rowContext, entry.value))
          : requireMarker(decodeDeleteMarkerRecord(rowContext, entry.value)),
      );
      if (record === undefined) continue;
      if (family === 'marker' && context.scope !== 'sums') await refuseTwoCurrent(context, bucket.name, key, entry.key);
      yield { bucket, key, rowKey: entry.key, record };
    }
  }
}

async function refuseTwoCurrent(
  context: CheckContext,
  bucket: string,
  key: string,
  markerRow: Uint8Array,
): Promise<void> {
  const objectRow = Buffer.concat([Buffer.from('O'), markerRow.subarray(1)]);
  if ((await readRow(context, objectRow)) === undefined) return;
  context.report({
    kind: 'version-order',
    severity: 'contradiction',
    message: `The key "${key}" in "${bucket}" has an object and a delete marker for its current version`,
    bucket,
    key,
  });
}

const ID = /^[0-9a-f]{32}$/;

function requireObject(record: ObjectRecord): ObjectRecord {
  const { head, contentId, referenceId } = record;
  if (!Number.isSafeInteger(head.length) || head.length < 0) throw new Error('its length is none');
  if (!ID.test(contentId) || !ID.test(referenceId)) throw new Error('an id in it is none');
  if (!['normal', 'appendable', 'multipart', 'symlink'].includes(head.type)) throw new Error('its type is unknown');
  return record;
}

function requireMarker(record: DeleteMarkerRecord): DeleteMarkerRecord {
  if (!Number.isSafeInteger(record.marker.lastModifiedAtMs)) throw new Error('its time is none');
  return record;
}

async function checkVersion(
  context: CheckContext,
  { bucket, key, record }: CheckedKey,
  tally: BucketTally,
  { references }: VersionLedgers,
): Promise<void> {
  tally.addVersion(record);
  if (isDeleteMarker(record)) return;
  const { head, contentId, referenceId } = record;
  const versionId = versionIdOf(record);
  const object = { bucket: bucket.name, key, ...(versionId !== undefined && { versionId }) };
  if (record.body !== undefined) {
    await context.countBytes(record.body.length);
    if (context.scope !== 'sums' && crc64(record.body) !== head.crc64) reportChecksum(context, object);
    return;
  }
  const place = { ...object, contentId };
  references.expect(referenceId);
  if (context.scope === 'sums') return;
  const reference = referenceKey(contentId, referenceId);
  if ((await readRow(context, reference)) === undefined) {
    context.report({
      ...place,
      kind: 'reference-missing',
      severity: 'contradiction',
      message: `Object "${key}" in "${bucket.name}" has no reference to its content, which might be removed`,
      repair: {
        name: 'write the reference of a version',
        changes: [{ key: reference, before: undefined, after: NOTHING }],
      },
    });
    references.find(referenceId);
  }
  const { damaged, isChecksumRight } = await checkBytes(context, { contentId, length: head.length, crc64: head.crc64 });
  for (const range of damaged) {
    context.report({
      ...place,
      kind: 'object-damaged',
      severity: 'damage',
      message: `Object "${key}" in "${bucket.name}"${versionId === undefined ? '' : `, version ${versionId},`} cannot be read from ${range.start} to ${range.end} of its ${head.length} bytes`,
      range,
    });
  }
  if (isChecksumRight === false) reportChecksum(context, place);
}

function reportChecksum(context: CheckContext, place: { readonly bucket: string; readonly key: string }): void {
  context.report({
    ...place,
    kind: 'object-checksum',
    severity: 'damage',
    message: `Object "${place.key}" in "${place.bucket}": its CRC-64 is not that of its bytes`,
  });
}

async function checkEarlierVersions(
  context: CheckContext,
  current: CheckedKey,
  tally: BucketTally,
  ledgers: VersionLedgers,
): Promise<void> {
  const { bucket, key, record } = current;
  const { keyId, sequence, nullSequence } = record.place ?? { sequence: 0 };
  const place = { bucket: bucket.name, key };
  let nullCount = 0;
  let rowCount = 0;
  if (keyId !== undefined) {
    for await (const row of walkRows(context.keyValues, earlierVersionRange(keyId))) {
      context.countRow();
      if (rowCount === 0) ledgers.keys.expect(keyId);
      rowCount += 1;
      if (row.entry === undefined) {
        reportUnreadable(context, row.unreadable, row.failure);
        continue;
      }
      const { entry } = row;
      const number = earlierSequenceOf(entry.key);
      const earlier = readRecord<VersionRecord>(context, entry, () => {
        const decoded = decodeEarlierVersion(rowContextOf(bucket, key), entry.key, entry.value);
        return isDeleteMarker(decoded) ? requireMarker(decoded) : requireObject(decoded);
      });
      if (earlier === undefined) continue;
      if (number >= sequence) reportOrder(context, place, `version ${number} is called earlier than ${sequence}`);
      if (isNullVersion(earlier)) {
        nullCount += 1;
        if (number !== nullSequence)
          reportOrder(context, place, `its version "null" is ${number}, and is said to be ${nullSequence}`);
      }
      await checkVersion(context, { bucket, key, rowKey: entry.key, record: earlier }, tally, ledgers);
    }
  }
  if (nullSequence !== undefined && nullCount === 0) {
    reportOrder(context, place, `its version "null" should be ${nullSequence}, and is not there`);
  }
}

function reportOrder(context: CheckContext, place: { bucket: string; key: string }, detail: string): void {
  context.report({
    ...place,
    kind: 'version-order',
    severity: 'contradiction',
    message: `The versions of "${place.key}" in "${place.bucket}" are out of order: ${detail}`,
  });
}

async function checkCounters(context: CheckContext, bucket: string, tally: BucketTally): Promise<void> {
  const prefixLength = 1 + Buffer.byteLength(bucket) + 1;
  const seen = new Set<string>();
  const compare = (name: string, key: Uint8Array, before: Uint8Array | undefined, found: number): void => {
    const expected = tally.expected(name);
    if (expected === undefined || expected === found) return;
    const after = Buffer.alloc(8);
    after.writeBigInt64LE(BigInt(expected));
    context.report({
      kind: 'counter-wrong',
      severity: 'contradiction',
      message: `The counter "${name}" of bucket "${bucket}" says ${found}, and there are ${expected}`,
      bucket,
      repair: { name: `set the counter "${name}" of "${bucket}" to ${expected}`, changes: [{ key, before, after }] },
    });
  };
  for await (const row of walkRows(context.keyValues, counterRange(bucket))) {
    context.countRow();
    const rowKey = row.entry?.key ?? row.unreadable;
    if (rowKey === undefined) continue;
    const name = Buffer.from(rowKey).toString('utf8', prefixLength);
    seen.add(name);
    if (row.entry === undefined) reportUnreadable(context, rowKey, row.failure);
    else if (row.entry.value.length !== 8)
      reportMalformed(context, rowKey, new Error(`a counter has 8 bytes, not ${row.entry.value.length}`));
    else compare(name, rowKey, row.entry.value, decodeCounter(row.entry));
  }
  for (const name of tally.names()) {
    if (!seen.has(name)) compare(name, Buffer.from(`C${bucket}\0${name}`, 'utf8'), undefined, 0);
  }
}

/** Rows that belong to buckets that are not there: one finding for each such bucket and family. */
async function checkLostBuckets(context: CheckContext): Promise<void> {
  for (const family of BUCKET_FAMILIES) {
    const { start, end } = rangeOfPrefix(Buffer.from(family));
    let cursor = start;
    for (;;) {
      const [row] = await context.keyValues.list({ start: cursor, end, limit: 1 }).catch(() => []);
      if (row === undefined) break;
      const key = Buffer.from(row.key);
      const nameEnd = key.indexOf(0, 1);
      if (nameEnd < 0) {
        context.report({
          kind: 'row-unknown',
          severity: 'note',
          message: `A row of family ${family} names no bucket`,
          rowKey: key.toString('hex'),
        });
        cursor = successorOf(row.key);
        continue;
      }
      const name = key.toString('utf8', 1, nameEnd);
      cursor = rangeOfPrefix(key.subarray(0, nameEnd + 1)).end;
      if (family === 'C' && (await countersAreZero(context, name))) continue;
      if ((await readRow(context, bucketKey(name))) !== undefined) continue;
      context.report({
        kind: 'bucket-missing',
        severity: 'damage',
        message: `There are rows of family ${family} of bucket "${name}", and no such bucket`,
        bucket: name,
      });
    }
  }
}

/** Counters stay when a bucket goes. */
async function countersAreZero({ keyValues }: CheckContext, bucket: string): Promise<boolean> {
  const rows = await keyValues.list({ ...counterRange(bucket), limit: 1000 }).catch(() => []);
  return rows.every((row) => decodeCounter(row) === 0);
}

/** @returns What the row says; undefined, and a finding, when it says nothing of the kind. */
function readRecord<Record>(context: CheckContext, entry: KeyValueEntry, decode: () => Record): Record | undefined {
  try {
    return decode();
  } catch (error) {
    reportMalformed(context, entry.key, error);
    return undefined;
  }
}
