/** Reads a page of rows as the listings of objects do: some rows a turn of the event loop, decoded as they come. */
import type { KeyValueEntry, KeyValueRange, KeyValueStore } from '../../contract/key-value-store.js';
import { successorOf } from '../records/key-space.js';
import { TURN_ITEM_COUNT_MAX } from './turn-budget.js';

/**
 * @param range First key first. Each {@link TURN_ITEM_COUNT_MAX} rows are of one moment.
 * @returns What `decode` gives for up to `range.limit` rows.
 */
export async function listInTurns<Item>(
  keyValues: Pick<KeyValueStore, 'list'>,
  range: Omit<KeyValueRange, 'reverse'>,
  decode: (entry: KeyValueEntry) => Item,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let { start } = range;
  while (items.length < range.limit && Buffer.compare(start, range.end) < 0) {
    const limit = Math.min(TURN_ITEM_COUNT_MAX, range.limit - items.length);
    const rows = await keyValues.list({ start, end: range.end, limit });
    for (const row of rows) items.push(decode(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) break;
    start = successorOf(last.key);
  }
  return items;
}
