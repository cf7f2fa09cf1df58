/**
 * Bounds what one turn of the event loop reads, for all operations of a store together: past the bound a read waits for
 * a turn that has room, in order of arrival. So no operation can delay the others, however much it reads and however
 * many of its kind there are, and operations need no code for it. An `await` alone is no pause: an engine that answers
 * at once is asked again and again in one turn. Leaves out work that reads no rows: `turn-budget.ts`.
 */
import type { KeyValueEntry, KeyValueStore } from '../../contract/key-value-store.js';

/** Rows read in one turn, and what one read more brings. Some milliseconds, decoding included. */
export const TURN_ROW_COUNT_MAX = 512;
/** A long value counts as a row for each such length: it is copied, and its checksum verified. */
const ROW_LENGTH_BYTES = 2 * 1024;

interface Waiting {
  readonly kind: 'get' | 'list';
  readonly resume: () => void;
}

/** @returns The same engine, whose reads are paced, also those of its snapshots. */
export function paceReads(keyValues: KeyValueStore): KeyValueStore {
  const turns = new TurnRows();
  return {
    ...pacedReads(turns, keyValues),
    commit: (commit) => keyValues.commit(commit),
    async snapshot() {
      const snapshot = await keyValues.snapshot();
      return { ...pacedReads(turns, snapshot), close: () => snapshot.close() };
    },
    watch: (key, listener) => keyValues.watch(key, listener),
    statistics: () => keyValues.statistics(),
    close: () => keyValues.close(),
  };
}

type Reads = Pick<KeyValueStore, 'get' | 'list'>;

function pacedReads(turns: TurnRows, source: Reads): Reads {
  const weigh = (entry: KeyValueEntry | undefined): KeyValueEntry | undefined => {
    if (entry !== undefined && entry.value.length >= ROW_LENGTH_BYTES) turns.spend(weightOf([entry]) - 1);
    return entry;
  };
  return {
    get(key) {
      const wait = turns.take('get');
      return (wait === undefined ? source.get(key) : wait.then(() => source.get(key))).then(weigh);
    },
    async list(range) {
      const wait = turns.take('list');
      if (wait !== undefined) await wait;
      let entries: readonly KeyValueEntry[] = [];
      try {
        entries = await source.list(range);
      } finally {
        turns.endList(weightOf(entries));
      }
      return entries;
    },
  };
}

function weightOf(entries: readonly KeyValueEntry[]): number {
  let weight = entries.length;
  for (const { value } of entries)
    if (value.length >= ROW_LENGTH_BYTES) weight += Math.floor(value.length / ROW_LENGTH_BYTES);
  return weight;
}

class TurnRows {
  #left = TURN_ROW_COUNT_MAX;
  #isScheduled = false;
  /**
   * What a list brings is seen only when it is there; until then, or until the next turn, no other one begins as if
   * there were nothing.
   */
  #isListing = false;
  readonly #waiting: Waiting[] = [];

  /** @returns What to wait for; nothing while the turn has room. */
  take(kind: Waiting['kind']): Promise<void> | undefined {
    this.#schedule();
    if (this.#left > 0 && this.#waiting.length === 0 && !(kind === 'list' && this.#isListing)) {
      this.#begin(kind);
      return undefined;
    }
    return new Promise((resume) => {
      this.#waiting.push({ kind, resume });
    });
  }

  spend(rowCount: number): void {
    this.#left -= rowCount;
  }

  endList(rowCount: number): void {
    this.spend(rowCount);
    this.#isListing = false;
    this.#resume();
  }

  #begin(kind: Waiting['kind']): void {
    this.#left -= 1;
    if (kind === 'list') this.#isListing = true;
  }

  /** Once a turn; not at all while there are no reads. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#left = TURN_ROW_COUNT_MAX;
      this.#isListing = false;
      if (this.#waiting.length === 0) return;
      this.#schedule();
      this.#resume();
    });
  }

  /** As many as there is room for, in order. */
  #resume(): void {
    while (this.#left > 0) {
      const [next] = this.#waiting;
      if (next === undefined || (next.kind === 'list' && this.#isListing)) return;
      this.#waiting.shift();
      this.#begin(next.kind);
      next.resume();
    }
  }
}
