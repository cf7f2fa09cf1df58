/**
 * Checks unfinished multipart uploads: their parts, the numbers of parts, and parts that belong to no upload, or to one
 * whose row is lost.
 */
import { garbageOf, garbageRange, rangeOfPrefix, referenceKey } from '../object-store/records/key-space.js';
import { partCountKey, partNumberOf, partRange, uploadOf, uploadRange } from '../object-store/records/upload-keys.js';
import { decodePartRecord, decodeUploadRecord } from '../object-store/records/upload-record.js';
import type { BucketTally } from './bucket-tally.js';
import { checkBytes } from './check-bytes.js';
import type { CheckContext } from './check-context.js';
import { readRow, reportMalformed, reportUnreadable } from './report-row.js';
import { partitionOf, type RowLedger } from './row-ledger.js';
import { walkRows } from './walk-rows.js';

const NOTHING = new Uint8Array();
const ORPHAN_COUNT_MAX = 10_000;

/** Checks the uploads of one bucket, and counts them. */
export async function checkUploads(
  context: CheckContext,
  bucket: string,
  tally: BucketTally,
  uploads: RowLedger,
): Promise<void> {
  for await (const row of walkRows(context.keyValues, uploadRange(bucket, ''))) {
    context.countRow();
    tally.add('uploads');
    if (row.entry === undefined) {
      reportUnreadable(context, row.unreadable, row.failure);
      continue;
    }
    const { key, uploadId } = uploadOf(bucket, row.entry.key);
    try {
      decodeUploadRecord({ bucket, key, uploadId }, row.entry.value);
    } catch (error) {
      reportMalformed(context, row.entry.key, error);
    }
    const partCount = await checkParts(context, { bucket, key, uploadId });
    tally.add('parts', partCount);
    if (context.scope === 'places') continue;
    if (await checkPartCount(context, { bucket, key, uploadId }, partCount)) uploads.expect(uploadId);
  }
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

async function checkParts(context: CheckContext, { bucket, key, uploadId }: Upload): Promise<number> {
  let count = 0;
  for await (const row of walkRows(context.keyValues, partRange(uploadId))) {
    context.countRow();
    count += 1;
    if (row.entry === undefined) {
      reportUnreadable(context, row.unreadable, row.failure);
      continue;
    }
    if (context.scope === 'sums') continue;
    const number = partNumberOf(row.entry.key);
    try {
      const part = decodePartRecord(row.entry.key, row.entry.value);
      const reference = referenceKey(part.contentId, uploadId);
      if ((await readRow(context, reference)) === undefined) {
        context.report({
          kind: 'reference-missing',
          severity: 'contradiction',
          message: `Part ${number} of the upload ${uploadId} to "${key}" in "${bucket}" has no reference to its content`,
          bucket,
          key,
          contentId: part.contentId,
          repair: {
            name: 'write the reference of a part',
            changes: [{ key: reference, before: undefined, after: NOTHING }],
          },
        });
      }
      const { damaged, isChecksumRight } = await checkBytes(context, part);
      if (damaged.length === 0 && isChecksumRight !== false) continue;
      context.report({
        kind: 'part-damaged',
        severity: 'damage',
        message: `Part ${number} of the upload ${uploadId} to "${key}" in "${bucket}" is damaged`,
        bucket,
        key,
        contentId: part.contentId,
        ...(damaged[0] !== undefined && { range: damaged[0] }),
      });
    } catch (error) {
      reportMalformed(context, row.entry.key, error);
    }
  }
  return count;
}

/** @returns Whether there is a row that says how many parts there are. */
async function checkPartCount(
  context: CheckContext,
  { bucket, key, uploadId }: Upload,
  count: number,
): Promise<boolean> {
  const rowKey = partCountKey(uploadId);
  const before = await readRow(context, rowKey);
  if (before === 'unreadable') return true;
  const found =
    before?.length === 8 ? Number(Buffer.from(before).readBigInt64LE()) : before === undefined ? 0 : undefined;
  if (found === count) return before !== undefined;
  const after = Buffer.alloc(8);
  after.writeBigInt64LE(BigInt(count));
  context.report({
    kind: 'counter-wrong',
    severity: 'contradiction',
    message: `The upload ${uploadId} to "${key}" in "${bucket}" says it has ${found ?? 'no number of'} parts, and there are ${count}`,
    bucket,
    key,
    repair: { name: 'set the number of parts of an upload', changes: [{ key: rowKey, before, after }] },
  });
  return before !== undefined;
}

/**
 * Looks for parts whose upload is not there. Those without a number of parts are what completed and aborted uploads
 * leave to the sweep, which has a note then.
 * @param uploads Those that have a row, and a number of parts.
 */
export async function checkPartOwners(context: CheckContext, uploads: RowLedger): Promise<void> {
  context.enter('parts');
  const lost = new Set<string>();
  let last: string | undefined;
  for await (const row of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('P')))) {
    const rowKey = row.entry?.key ?? row.unreadable;
    if (rowKey === undefined) continue;
    const uploadId = Buffer.from(rowKey).toString('hex', 1, 17);
    if (uploadId === last || lost.size >= ORPHAN_COUNT_MAX) continue;
    last = uploadId;
    if ((await readRow(context, partCountKey(uploadId))) === undefined) lost.add(uploadId);
  }
  if (lost.size > 0) {
    for await (const { entry } of walkRows(context.keyValues, garbageRange(Number.MAX_SAFE_INTEGER, undefined))) {
      if (entry !== undefined) lost.delete(garbageOf(entry.key).contentId);
    }
  }
  for (const uploadId of lost) reportLost(context, uploadId, 'and no note that they are garbage');
  for await (const uploadId of countedUploads(context)) uploads.find(uploadId);
  const differing = uploads.differing();
  if (differing.size === 0) return;
  const known = await knownUploads(context, differing);
  for await (const uploadId of countedUploads(context)) {
    if (!differing.has(partitionOf(uploadId)) || known.has(uploadId)) continue;
    reportLost(
      context,
      uploadId,
      'though its number of parts is there: its row was lost, and so was what it was to become',
    );
  }
}

function reportLost(context: CheckContext, uploadId: string, what: string): void {
  context.report({
    kind: 'part-orphaned',
    severity: 'contradiction',
    message: `There are parts of upload ${uploadId}, no such upload, ${what}`,
    contentId: uploadId,
  });
}

/** Uploads of which a row says how many parts they have. */
async function* countedUploads(context: CheckContext): AsyncGenerator<string, void> {
  for await (const row of walkRows(context.keyValues, rangeOfPrefix(Buffer.from('N')))) {
    const rowKey = row.entry?.key ?? row.unreadable;
    if (rowKey !== undefined) yield Buffer.from(rowKey).toString('hex', 1, 17);
  }
}

async function knownUploads(
  { keyValues }: CheckContext,
  partitions: ReadonlySet<number>,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for await (const { entry } of walkRows(keyValues, rangeOfPrefix(Buffer.from('U')))) {
    // The id is what a row key ends with, whatever its bucket.
    const uploadId = entry === undefined ? undefined : Buffer.from(entry.key).subarray(-16).toString('hex');
    if (uploadId !== undefined && partitions.has(partitionOf(uploadId))) known.add(uploadId);
  }
  return known;
}
