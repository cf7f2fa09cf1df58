/**
 * Walks rows in the order of their keys, a page at a time, and past rows that the engine cannot read: each is found by
 * narrowing down where reading fails, and named. Memory: one page.
 */

import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyValueEntry } from '../contract/key-value-store.js';
import { type KeyRange, successorOf } from '../object-store/records/key-space.js';
import type { CheckedRows } from './check-context.js';

/** A row, or the key of one that cannot be read. */
export type WalkedRow =
  | { readonly entry: KeyValueEntry; readonly unreadable?: undefined }
  | { readonly entry?: undefined; readonly unreadable: Uint8Array; readonly failure: EngineFailure };

const PAGE_ROW_COUNT = 256;
/** Longer keys are none of ours. */
const KEY_LENGTH_BYTES_MAX = 2048;
/** Past so many the database is beyond reading row by row. */
const UNREADABLE_COUNT_MAX = 10_000;

/** @throws {EngineFailure} Whatever is no damage; and damage when there are too many unreadable rows. */
export async function* walkRows(keyValues: CheckedRows, range: KeyRange): AsyncGenerator<WalkedRow, void> {
  let { start } = range;
  let limit = PAGE_ROW_COUNT;
  let unreadableCount = 0;
  for (;;) {
    const page = await tryList(keyValues, { start, end: range.end }, limit);
    if (page instanceof EngineFailure) {
      if (limit > 1) {
        limit = 1;
        continue;
      }
      unreadableCount += 1;
      if (unreadableCount > UNREADABLE_COUNT_MAX) throw page;
      const behind = endOfDamage(page);
      if (behind !== undefined && Buffer.compare(behind, start) > 0) {
        // The engine says how far nothing can be proven: no key in between is known to be one.
        yield { unreadable: start, failure: page };
        if (Buffer.compare(behind, range.end) >= 0) return;
        start = behind;
        limit = PAGE_ROW_COUNT;
        continue;
      }
      const key = await findUnreadable(keyValues, { start, end: range.end });
      yield { unreadable: key, failure: page };
      start = successorOf(key);
      continue;
    }
    for (const entry of page) yield { entry };
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    start = successorOf(last.key);
    limit = PAGE_ROW_COUNT;
  }
}

/** Where the keys end that a failure speaks of; undefined when it does not say. */
function endOfDamage({ reason }: EngineFailure): Uint8Array | undefined {
  return reason.kind === 'corrupt' ? reason.keyRange?.end : undefined;
}

/**
 * Key of the first row of the range, which cannot be read: built byte by byte, each the smallest with which reading up
 * to it fails.
 */
async function findUnreadable(keyValues: CheckedRows, range: KeyRange): Promise<Uint8Array> {
  let prefix = Buffer.alloc(0);
  while (prefix.length < KEY_LENGTH_BYTES_MAX) {
    // The row itself, when nothing comes behind what is known of its key.
    if (prefix.length > 0 && Buffer.compare(prefix, range.start) >= 0) {
      const only = await tryList(keyValues, { start: range.start, end: successorOf(prefix) }, 1);
      if (only instanceof EngineFailure) return prefix;
    }
    let low = 0;
    let high = 0xff;
    while (low < high) {
      const middle = (low + high) >> 1;
      const end = Buffer.concat([prefix, Buffer.of(middle + 1)]);
      const isBelow =
        Buffer.compare(end, range.start) > 0 &&
        (await tryList(
          keyValues,
          { start: range.start, end: Buffer.compare(end, range.end) < 0 ? end : range.end },
          1,
        )) instanceof EngineFailure;
      if (isBelow) high = middle;
      else low = middle + 1;
    }
    prefix = Buffer.concat([prefix, Buffer.of(low)]);
  }
  return prefix;
}

async function tryList(
  keyValues: CheckedRows,
  range: KeyRange,
  limit: number,
): Promise<readonly KeyValueEntry[] | EngineFailure> {
  try {
    return await keyValues.list({ ...range, limit });
  } catch (error) {
    if (error instanceof EngineFailure && error.reason.kind === 'corrupt') return error;
    throw error;
  }
}
