/**
 * Bounds what one turn of the event loop reads, for all operations of a store together: past the bound a read waits for
 * a turn that has room, short reads in front of long ones. So no operation can delay the others, however much it reads
 * and however many of its kind there are, and operations need no code for it. An `await` alone is no pause: an engine
 * that answers at once is asked again and again in one turn. Leaves out work that reads no rows: `turn-budget.ts`.
 */
import type { KeyValueEntry, KeyValueStore } from '../../contract/key-value-store.js';

/** Rows read in one turn, and what one read more brings. Some milliseconds, decoding included. */
export const TURN_ROW_COUNT_MAX = 256;
/** Rows that short reads may bring in a turn whatever long ones bring: they wait for each other only. */
export const SHORT_ROW_COUNT_MAX = 64;
/** A list of up to so many rows is short: the first extents of an object, a look whether there is one. */
const SHORT_LIST_COUNT_MAX = 16;
/** A long value counts as a row for each such length: it is copied, and its checksum verified. */
const ROW_LENGTH_BYTES = 2 * 1024;

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
    if (entry !== undefined && entry.value.length >= ROW_LENGTH_BYTES) turns.spend('get', weightOf([entry]) - 1);
    return entry;
  };
  return {
    get(key) {
      const wait = turns.take('get');
      return (wait === undefined ? source.get(key) : wait.then(() => source.get(key))).then(weigh);
    },
    async list(range) {
      const kind = range.limit <= SHORT_LIST_COUNT_MAX ? 'short-list' : 'long-list';
      const wait = turns.take(kind);
      if (wait !== undefined) await wait;
      let entries: readonly KeyValueEntry[] = [];
      try {
        entries = await source.list(range);
      } finally {
        turns.endList(kind, weightOf(entries));
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

/** In the order in which they go first where several wait. */
const KINDS = ['get', 'short-list', 'long-list'] as const;
type Kind = (typeof KINDS)[number];
/** In the order in which they go first when they were passed over. */
const LAST_FIRST = [...KINDS].reverse();

interface Lane {
  readonly waiting: (() => void)[];
  /** One began in this turn. */
  hasBegun: boolean;
}

class TurnRows {
  #left = TURN_ROW_COUNT_MAX;
  #leftForShort = SHORT_ROW_COUNT_MAX;
  #isScheduled = false;
  /**
   * What a list brings is seen only when it is there; until then, or until the next turn, no other one begins as if
   * there were nothing.
   */
  #isListing = false;
  readonly #lanes: Readonly<Record<Kind, Lane>> = {
    get: { waiting: [], hasBegun: false },
    'short-list': { waiting: [], hasBegun: false },
    'long-list': { waiting: [], hasBegun: false },
  };

  /** @returns What to wait for; nothing while the turn has room. */
  take(kind: Kind): Promise<void> | undefined {
    this.#schedule();
    const { waiting } = this.#lanes[kind];
    if (waiting.length === 0 && this.#hasRoom(kind)) {
      this.#begin(kind);
      return undefined;
    }
    return new Promise((resume) => {
      waiting.push(resume);
    });
  }

  spend(kind: Kind, rowCount: number): void {
    this.#left -= rowCount;
    if (kind !== 'long-list') this.#leftForShort -= rowCount;
  }

  endList(kind: Kind, rowCount: number): void {
    this.spend(kind, rowCount);
    this.#isListing = false;
    this.#resume();
  }

  #hasRoom(kind: Kind): boolean {
    if (kind !== 'get' && this.#isListing) return false;
    return this.#left > 0 || (kind !== 'long-list' && this.#leftForShort > 0);
  }

  #begin(kind: Kind): void {
    this.spend(kind, 1);
    if (kind !== 'get') this.#isListing = true;
    this.#lanes[kind].hasBegun = true;
  }

  /** Once a turn; not at all while there are no reads. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#left = TURN_ROW_COUNT_MAX;
      this.#leftForShort = SHORT_ROW_COUNT_MAX;
      this.#isListing = false;
      const isAnyWaiting = KINDS.some((kind) => this.#isWaiting(kind));
      // Shorter reads may fill turn after turn: who was passed over in one goes first in the next.
      const passedOver = LAST_FIRST.find((kind) => this.#isWaiting(kind) && !this.#lanes[kind].hasBegun);
      for (const kind of KINDS) this.#lanes[kind].hasBegun = false;
      if (!isAnyWaiting) return;
      this.#schedule();
      if (passedOver !== undefined) this.#resumeOne(passedOver);
      this.#resume();
    });
  }

  #isWaiting(kind: Kind): boolean {
    return this.#lanes[kind].waiting.length > 0;
  }

  /** As many as there is room for; those of a kind in order of arrival. */
  #resume(): void {
    for (const kind of KINDS) while (this.#isWaiting(kind) && this.#hasRoom(kind)) this.#resumeOne(kind);
  }

  #resumeOne(kind: Kind): void {
    const resume = this.#lanes[kind].waiting.shift();
    if (resume === undefined) return;
    this.#begin(kind);
    resume();
  }
}
