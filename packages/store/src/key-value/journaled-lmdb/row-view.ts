/**
 * Rows of one moment: those that the tree may not have yet, in front of a state of the tree. Of the store itself, where
 * both move on together, and of a snapshot, where both stay. Damage is told as what it is.
 */
import type { KeyValueEntry, KeyValueRange } from '../../contract/key-value-store.js';
import { assertKey } from '../commit-rules.js';
import { damageToFailure } from './outcomes.js';
import type { RecentRows } from './recent-rows.js';
import { TreeDamage } from './tree/tree-damage.js';
import type { TreeReader } from './tree/tree-reader.js';

/** What is read, and nothing of the rights to read it. */
export class RowView {
  readonly recent: RecentRows;
  readonly reader: TreeReader;

  constructor(recent: RecentRows, reader: TreeReader) {
    this.recent = recent;
    this.reader = reader;
  }

  /** @throws {EngineFailure} `corrupt`. */
  get(key: Uint8Array): KeyValueEntry | undefined {
    const recent = this.recent.find(assertKey(key));
    return recent === undefined ? this.stored(key) : recent.row;
  }

  /** @returns The row as the tree has it. @throws {EngineFailure} `corrupt`. */
  stored(key: Uint8Array): KeyValueEntry | undefined {
    return proven(() => this.reader.get(key));
  }

  /** Without an await in between, so that all rows are of one moment. @throws {EngineFailure} `corrupt`. */
  list(range: KeyValueRange): readonly KeyValueEntry[] {
    if (range.limit <= 0 || Buffer.compare(range.start, range.end) >= 0) return [];
    return proven(
      () => this.recent.list(range, () => this.reader.range(range)) ?? firstOf(this.reader.range(range), range.limit),
    );
  }

  /** @returns What is here now, as it stays. */
  copy(): RowView {
    return new RowView(this.recent.copy(), this.reader.copy());
  }
}

function proven<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof TreeDamage ? damageToFailure(error) : error;
  }
}

function firstOf<Item>(items: Iterable<Item>, count: number): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    first.push(item);
    // Not one step further: what lies behind the last may be damaged.
    if (first.length >= count) break;
  }
  return first;
}
