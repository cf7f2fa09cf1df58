/**
 * ListObjectVersions: one page of all versions and delete markers, keys in byte order, newest first within a key.
 * Current versions are merged from the rows of live objects and those of delete markers; earlier ones are asked for
 * only of keys that had any. A key that is changed while its versions are read is read again, so none of them is shown
 * twice or left out.
 */
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import { commonPrefixOf } from '../context/common-prefix.js';
import type { StoreContext } from '../context/store-context.js';
import {
  deleteMarkerKey,
  deleteMarkerRange,
  earlierVersionKey,
  earlierVersionRange,
  type KeyRange,
  objectKey,
  objectKeyOf,
  objectRange,
  rangeOfPrefix,
  successorOf,
} from '../records/key-space.js';
import { decodeDeleteMarkerRecord, decodeEarlierVersion, decodeObjectRecord } from '../records/object-record.js';
import { NULL_VERSION_ID, sequenceOf } from '../records/version-id.js';
import { isDeleteMarker, isNullVersion, type VersionRecord, versionIdOf } from '../records/version-record.js';
import type { BucketRecord, ListVersionsInput, ListVersionsResult, VersionEntry, VersionMarker } from '../types.js';
import { readBucket, rowContextOf } from './read-state.js';

/** Rows of one list call; see `list-objects.ts`. */
const BATCH_COUNT_FIRST = 8;
const BATCH_COUNT_MAX = 256;
/** Earlier versions of one key read at once: their rows may be long. */
const EARLIER_COUNT_MAX = 256;
/** Each further round means that the key changed while its versions were read. */
const ROUND_COUNT_MAX = 64;

/** @see ObjectStore.listObjectVersions, which says what it promises and throws. */
export async function listObjectVersions(context: StoreContext, input: ListVersionsInput): Promise<ListVersionsResult> {
  const { record: bucket } = await readBucket(context, input.bucket);
  const page = new Page(input);
  if (input.after?.versionId !== undefined && isShownByItself(input, input.after.key)) {
    await addKey(context, bucket, input.after.key, page, input.after.versionId);
  }
  const { start, end } = rangesBehind(input);
  const isGrouped = input.delimiter !== '';
  const objects = new RowCursor(context, { start: start.object, end: end.object }, isGrouped);
  const markers = new RowCursor(context, { start: start.marker, end: end.marker }, isGrouped);
  while (!page.isTruncated) {
    const [object, marker] = await Promise.all([objects.peek(page.wantedCount), markers.peek(page.wantedCount)]);
    const entry = firstOf(object, marker);
    if (entry === undefined) break;
    const key = objectKeyOf(input.bucket, entry.key);
    const commonPrefix = commonPrefixOf(input, key);
    if (commonPrefix === undefined) {
      await addKey(context, bucket, key, page, undefined, entry);
      objects.seek(successorOf(objectKey(input.bucket, key)));
      markers.seek(successorOf(deleteMarkerKey(input.bucket, key)));
    } else {
      page.add({ commonPrefix });
      objects.seek(rangeOfPrefix(objectKey(input.bucket, commonPrefix)).end);
      markers.seek(rangeOfPrefix(deleteMarkerKey(input.bucket, commonPrefix)).end);
    }
  }
  return page.result();
}

function isShownByItself(input: ListVersionsInput, key: string): boolean {
  return key.startsWith(input.prefix) && commonPrefixOf(input, key) === undefined;
}

/** Where rows are of interest: with the prefix, and behind what the page before showed. */
function rangesBehind(input: ListVersionsInput): Record<'start' | 'end', { object: Uint8Array; marker: Uint8Array }> {
  const { bucket, prefix, after } = input;
  const objects = objectRange(bucket, prefix);
  const markers = deleteMarkerRange(bucket, prefix);
  const end = { object: objects.end, marker: markers.end };
  if (after === undefined) return { start: { object: objects.start, marker: markers.start }, end };
  // A common prefix counts as its own first name, so what comes after it comes after all its keys.
  const commonPrefix = after.key.startsWith(prefix) ? commonPrefixOf(input, after.key) : undefined;
  const behind = (rowKey: (bucket: string, key: string) => Uint8Array, { start }: KeyRange): Uint8Array => {
    const first =
      commonPrefix === undefined
        ? successorOf(rowKey(bucket, after.key))
        : rangeOfPrefix(rowKey(bucket, commonPrefix)).end;
    return Buffer.compare(first, start) > 0 ? first : start;
  };
  return { start: { object: behind(objectKey, objects), marker: behind(deleteMarkerKey, markers) }, end };
}

/** The rows differ in their first byte alone. Both are there only when the key changed between the two reads. */
function firstOf(object: KeyValueEntry | undefined, marker: KeyValueEntry | undefined): KeyValueEntry | undefined {
  if (object === undefined || marker === undefined) return object ?? marker;
  return Buffer.compare(object.key.subarray(1), marker.key.subarray(1)) <= 0 ? object : marker;
}

/**
 * Adds the versions of one key.
 * @param behind Only those older than this one.
 * @param known The key's current row, if it was just read.
 */
async function addKey(
  context: StoreContext,
  bucket: BucketRecord,
  key: string,
  page: Page,
  behind: string | undefined,
  known?: KeyValueEntry,
): Promise<void> {
  let entry = known ?? (await readCurrentRow(context, bucket.name, key));
  let after = behind;
  for (let round = 1; entry !== undefined; round++) {
    const rowContext = rowContextOf(bucket, key);
    const current = isMarkerRow(entry)
      ? decodeDeleteMarkerRecord(rowContext, entry.value)
      : decodeObjectRecord(rowContext, entry.value);
    const currentSequence = current.place?.sequence ?? 0;
    const sequenceEnd = after === undefined ? undefined : sequenceBehind(current, after);
    const isCurrentWanted = sequenceEnd === undefined || currentSequence < sequenceEnd;
    const keyId = current.place?.keyId;
    const wantedCount = Math.min(EARLIER_COUNT_MAX, page.wantedCount - (isCurrentWanted ? 1 : 0));
    const earlier =
      keyId === undefined || wantedCount <= 0
        ? []
        : await context.keyValues.list({
            start: earlierVersionKey(keyId, Math.min(currentSequence, sequenceEnd ?? currentSequence) - 1),
            end: earlierVersionRange(keyId).end,
            limit: wantedCount,
          });
    if (keyId !== undefined && round < ROUND_COUNT_MAX) {
      const now = await context.keyValues.get(entry.key);
      if (now?.version !== entry.version) {
        entry = now ?? (await readCurrentRow(context, bucket.name, key));
        continue;
      }
    }
    if (isCurrentWanted) page.add({ version: current });
    let last: VersionRecord | undefined;
    for (const row of earlier) {
      last = decodeEarlierVersion(rowContext, row.key, row.value);
      page.add({ version: last });
    }
    if (last === undefined || earlier.length < EARLIER_COUNT_MAX || page.isTruncated) return;
    // There may be more: behind the last one, as the next page would begin.
    after = versionIdOf(last) ?? NULL_VERSION_ID;
    round = 0;
    entry = await readCurrentRow(context, bucket.name, key);
  }
}

async function readCurrentRow(context: StoreContext, bucket: string, key: string): Promise<KeyValueEntry | undefined> {
  const object = await context.keyValues.get(objectKey(bucket, key));
  return object ?? context.keyValues.get(deleteMarkerKey(bucket, key));
}

function isMarkerRow({ key }: KeyValueEntry): boolean {
  return key[0] === deleteMarkerKey('', '')[0];
}

/**
 * @returns The number that versions behind the one named are below; undefined when it is not known, and all are shown
 * rather than some lost.
 */
function sequenceBehind(current: VersionRecord, versionId: string): number | undefined {
  if (versionId !== NULL_VERSION_ID) return sequenceOf(versionId);
  return isNullVersion(current) ? (current.place?.sequence ?? 0) : current.place?.nullSequence;
}

/** Walks the rows of a family forward, in batches that grow while nothing is skipped. */
class RowCursor {
  readonly #context: StoreContext;
  readonly #end: Uint8Array;
  #start: Uint8Array;
  #batchCount: number;
  #rows: KeyValueEntry[] = [];
  #isAtEnd = false;

  constructor(context: StoreContext, { start, end }: KeyRange, isGrouped: boolean) {
    this.#context = context;
    this.#start = start;
    this.#end = end;
    this.#batchCount = isGrouped ? BATCH_COUNT_FIRST : BATCH_COUNT_MAX;
  }

  /** @returns The next row, which stays the next one until somebody seeks behind it. */
  async peek(wantedCount: number): Promise<KeyValueEntry | undefined> {
    if (this.#rows.length === 0 && !this.#isAtEnd && Buffer.compare(this.#start, this.#end) < 0) {
      const limit = Math.min(this.#batchCount, wantedCount);
      const rows = await this.#context.keyValues.list({ start: this.#start, end: this.#end, limit });
      this.#rows = rows.toReversed();
      this.#isAtEnd = rows.length < limit;
      const last = rows[rows.length - 1];
      if (last !== undefined) this.#start = successorOf(last.key);
      this.#batchCount = Math.min(this.#batchCount * 2, BATCH_COUNT_MAX);
    }
    return this.#rows[this.#rows.length - 1];
  }

  /** Leaves out rows before `start`. */
  seek(start: Uint8Array): void {
    for (let next = this.#rows.pop(); next !== undefined; next = this.#rows.pop()) {
      if (Buffer.compare(next.key, start) >= 0) {
        this.#rows.push(next);
        return;
      }
    }
    if (Buffer.compare(start, this.#start) > 0) {
      this.#start = start;
      this.#batchCount = BATCH_COUNT_FIRST;
    }
  }
}

type PageEntry = { readonly version: VersionRecord } | { readonly commonPrefix: string };

class Page {
  readonly #limit: number;
  readonly #versions: VersionEntry[] = [];
  readonly #commonPrefixes: string[] = [];
  #last: VersionMarker | undefined;
  /** Something follows behind the limit. */
  isTruncated = false;

  constructor({ limit }: ListVersionsInput) {
    this.#limit = limit;
  }

  /** Rows still of use: one more than the page takes, to know whether it is the last. */
  get wantedCount(): number {
    return this.#limit - this.#count + 1;
  }

  get #count(): number {
    return this.#versions.length + this.#commonPrefixes.length;
  }

  add(entry: PageEntry): void {
    if (this.#count >= this.#limit) {
      this.isTruncated = true;
      return;
    }
    if ('commonPrefix' in entry) {
      this.#commonPrefixes.push(entry.commonPrefix);
      this.#last = { key: entry.commonPrefix };
      return;
    }
    const { version } = entry;
    this.#versions.push(
      isDeleteMarker(version)
        ? { kind: 'delete-marker', marker: version.marker }
        : { kind: 'object', head: version.head },
    );
    const { key } = isDeleteMarker(version) ? version.marker : version.head;
    this.#last = { key, versionId: versionIdOf(version) ?? NULL_VERSION_ID };
  }

  result(): ListVersionsResult {
    return {
      versions: this.#versions,
      commonPrefixes: this.#commonPrefixes,
      isTruncated: this.isTruncated,
      next: this.isTruncated ? this.#last : undefined,
    };
  }
}
