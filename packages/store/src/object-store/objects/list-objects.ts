/** ListObjects: one page of live objects, grouped by a delimiter. See `ObjectStore.listObjects` for its promises. */

import { commonPrefixOf } from '../context/common-prefix.js';
import type { StoreContext } from '../context/store-context.js';
import { objectKey, objectKeyOf, objectRange, rangeOfPrefix, successorOf } from '../records/key-space.js';
import { decodeObjectRecord } from '../records/object-record.js';
import type { ListInput, ListResult, ObjectHead } from '../types.js';
import { readBucket, rowContextOf } from '../versions/read-state.js';

/**
 * Rows of one list call. With a delimiter a call may be cut short by a prefix, so it begins small and grows while it is
 * not.
 */
const BATCH_COUNT_FIRST = 8;
const BATCH_COUNT_MAX = 256;

/** @see ObjectStore.listObjects, which says what it promises and throws. */
export async function listObjects(context: StoreContext, input: ListInput): Promise<ListResult> {
  const bucket = await readBucket(context, input.bucket);
  const page = new Page(input);
  const { end } = objectRange(input.bucket, input.prefix);
  let start = firstRow(input);
  let batchCount = input.delimiter === '' ? BATCH_COUNT_MAX : BATCH_COUNT_FIRST;
  while (!page.isTruncated && Buffer.compare(start, end) < 0) {
    const limit = Math.min(batchCount, page.wantedCount);
    const entries = await context.keyValues.list({ start, end, limit });
    let next: Uint8Array | undefined;
    for (const entry of entries) {
      // Rows below a common prefix just found are in this batch already: stepping over them is cheaper than a new call.
      if (next !== undefined && Buffer.compare(entry.key, next) < 0) {
        continue;
      }
      const key = objectKeyOf(input.bucket, entry.key);
      const commonPrefix = commonPrefixOf(input, key);
      if (commonPrefix === undefined) {
        page.addObject(key, () => decodeObjectRecord(rowContextOf(bucket.record, key), entry.value).head);
        next = successorOf(entry.key);
      } else {
        page.addCommonPrefix(commonPrefix);
        next = rangeOfPrefix(objectKey(input.bucket, commonPrefix)).end;
      }
      if (page.isTruncated) {
        break;
      }
    }
    if (next === undefined || entries.length < limit) {
      break;
    }
    const last = entries[entries.length - 1];
    const isCutShort = last !== undefined && Buffer.compare(next, successorOf(last.key)) > 0;
    batchCount = isCutShort ? BATCH_COUNT_FIRST : Math.min(batchCount * 2, BATCH_COUNT_MAX);
    start = next;
  }
  return page.result();
}

/**
 * The row where the page begins. A common prefix counts as its own first name, so what comes after it comes after all
 * its keys.
 */
function firstRow(input: ListInput): Uint8Array {
  const { start } = objectRange(input.bucket, input.prefix);
  if (input.after === '') {
    return start;
  }
  const commonPrefix = input.after.startsWith(input.prefix) ? commonPrefixOf(input, input.after) : undefined;
  const after =
    commonPrefix === undefined
      ? successorOf(objectKey(input.bucket, input.after))
      : rangeOfPrefix(objectKey(input.bucket, commonPrefix)).end;
  return Buffer.compare(after, start) > 0 ? after : start;
}

class Page {
  readonly #limit: number;
  readonly #objects: ObjectHead[] = [];
  readonly #commonPrefixes: string[] = [];
  #last: string | undefined;
  /** Something follows behind the limit. */
  isTruncated = false;

  constructor({ limit }: ListInput) {
    this.#limit = limit;
  }

  /** Rows still of use: one more than the page takes, to know whether it is the last. */
  get wantedCount(): number {
    return this.#limit - this.#count + 1;
  }

  get #count(): number {
    return this.#objects.length + this.#commonPrefixes.length;
  }

  addObject(key: string, decode: () => ObjectHead): void {
    if (this.#hasRoom()) {
      this.#objects.push(decode());
      this.#last = key;
    }
  }

  addCommonPrefix(commonPrefix: string): void {
    if (this.#hasRoom()) {
      this.#commonPrefixes.push(commonPrefix);
      this.#last = commonPrefix;
    }
  }

  result(): ListResult {
    return {
      objects: this.#objects,
      commonPrefixes: this.#commonPrefixes,
      isTruncated: this.isTruncated,
      next: this.isTruncated ? this.#last : undefined,
    };
  }

  #hasRoom(): boolean {
    this.isTruncated = this.#count >= this.#limit;
    return !this.isTruncated;
  }
}
