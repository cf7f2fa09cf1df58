/**
 * Knows how much garbage there is: notes, and the bytes they speak of. Exact, and without a row of its own: the notes
 * say it, they are counted once in the background after the start, and from then on every commit that passes by is.
 * Until that count is done it knows of those it has come to. A note about a content that others still need counts until
 * the sweep has looked at it.
 */
import type { KeyValueEntry, KeyValuePut, KeyValueStore } from '../../contract/key-value-store.js';
import { spokenLengthOf } from '../records/garbage-note.js';
import { garbageRange, isGarbageKey } from '../records/key-space.js';
import { nextTurn, TURN_ITEM_COUNT_MAX } from './turn-budget.js';

/** What waits to be swept. */
export interface GarbageDebt {
  /** Notes that contents lost a reference: at most as many contents are garbage. */
  readonly noteCount: number;
  /** Bytes of objects they speak of. */
  readonly lengthBytes: number;
  /** False: the notes that were there at the start are still being counted. */
  readonly isComplete: boolean;
}

/** Counts the notes of one store. */
export class GarbageMeter {
  #noteCount = 0;
  #lengthBytes = 0;
  /** Notes up to here were counted when they were there, and are counted as they come and go; `all`: every one is. */
  #countedTo: Uint8Array | undefined | 'all';

  debt(): GarbageDebt {
    return { noteCount: this.#noteCount, lengthBytes: this.#lengthBytes, isComplete: this.#countedTo === 'all' };
  }

  /** @returns The same engine; what is committed through it is counted. */
  watch(keyValues: KeyValueStore): KeyValueStore {
    return {
      get: (key) => keyValues.get(key),
      list: (range) => keyValues.list(range),
      commit: async (commit) => {
        const outcome = await keyValues.commit(commit);
        if (outcome.committed && commit.puts !== undefined) {
          for (const put of commit.puts) if (isGarbageKey(put.key)) this.#count(put, 1);
        }
        return outcome;
      },
      snapshot: () => keyValues.snapshot(),
      watch: (key, listener) => keyValues.watch(key, listener),
      statistics: () => keyValues.statistics(),
      close: () => keyValues.close(),
    };
  }

  /** @param notes Those that a commit has removed, or replaced by what it put, as they were before. */
  forget(notes: readonly KeyValueEntry[]): void {
    for (const note of notes) this.#count(note, -1);
  }

  /**
   * Counts the notes that are there, in turns of bounded length; once is enough.
   * @param isStopped Called between turns.
   */
  async countAll(keyValues: KeyValueStore, isStopped: () => boolean): Promise<void> {
    while (this.#countedTo !== 'all' && !isStopped()) {
      const after = this.#countedTo;
      const range = garbageRange(Number.MAX_SAFE_INTEGER, after);
      const notes = await keyValues.list({ ...range, limit: TURN_ITEM_COUNT_MAX });
      if (this.#countedTo !== after) continue;
      const last = notes.at(-1);
      this.#countedTo = last === undefined || notes.length < TURN_ITEM_COUNT_MAX ? 'all' : last.key;
      for (const note of notes) this.#count(note, 1);
      await nextTurn();
    }
  }

  #count({ key, value }: KeyValuePut, sign: 1 | -1): void {
    const until = this.#countedTo;
    if (until === undefined || (until !== 'all' && Buffer.compare(key, until) > 0)) return;
    this.#noteCount += sign;
    this.#lengthBytes += sign * spokenLengthOf(value);
  }
}
