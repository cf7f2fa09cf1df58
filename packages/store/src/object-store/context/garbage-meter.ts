/**
 * Knows how much garbage there is: notes, and the bytes they speak of. Exact, and without a row of its own: the notes
 * say it, they are counted once in the background after the start, and from then on every commit that passes by is.
 * Until that count is done it knows of those it has come to. Where other processes have the store open, too, they are
 * counted again now and then. A note about a content that others still need counts until the sweep has looked at it.
 */

import type {
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValuePut,
  KeyValueStore,
} from '../../contract/key-value-store.js';
import { withCommit } from '../../key-value/with-commit.js';
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
  #tally = new Tally();
  /** The next one, while notes are counted again. */
  #next: Tally | undefined;

  debt(): GarbageDebt {
    return this.#tally.debt();
  }

  /** @returns The same engine; what is committed through it is counted. */
  watch(keyValues: KeyValueStore): KeyValueStore {
    return withCommit(keyValues, (commit) => {
      const notes = commit.puts?.filter(({ key }) => isGarbageKey(key)) ?? [];
      const committing = keyValues.commit(commit);
      return notes.length === 0 ? committing : this.#countCommitted(notes, committing);
    });
  }

  /** @param notes Those that a commit has removed, or replaced by what it put, as they were before. */
  forget(notes: readonly KeyValueEntry[]): void {
    for (const note of notes) this.#count(note, -1);
  }

  /**
   * Counts the notes that are there, in turns of bounded length; once is enough for a process alone.
   * @param isStopped Called between turns.
   */
  countAll(keyValues: KeyValueStore, isStopped: () => boolean): Promise<void> {
    return this.#tally.countAll(keyValues, isStopped);
  }

  /**
   * Counts them again: other processes leave and sweep notes, too. Until it is done the figures are those of before.
   * @param isStopped Called between turns.
   */
  async countAgain(keyValues: KeyValueStore, isStopped: () => boolean): Promise<void> {
    const next = new Tally();
    this.#next = next;
    try {
      await next.countAll(keyValues, isStopped);
      if (next.debt().isComplete) this.#tally = next;
    } finally {
      this.#next = undefined;
    }
  }

  async #countCommitted(
    notes: readonly KeyValuePut[],
    committing: Promise<KeyValueCommitOutcome>,
  ): Promise<KeyValueCommitOutcome> {
    const outcome = await committing;
    if (outcome.committed) for (const note of notes) this.#count(note, 1);
    return outcome;
  }

  #count(note: KeyValuePut, sign: 1 | -1): void {
    this.#tally.count(note, sign);
    this.#next?.count(note, sign);
  }
}

/** One count of all notes, and of those that come and go meanwhile and later. */
class Tally {
  #noteCount = 0;
  #lengthBytes = 0;
  /** Notes up to here were counted when they were there, and are counted as they come and go; `all`: every one is. */
  #countedTo: Uint8Array | undefined | 'all';

  debt(): GarbageDebt {
    return {
      // Notes of other processes may be swept here that were never counted here.
      noteCount: Math.max(0, this.#noteCount),
      lengthBytes: Math.max(0, this.#lengthBytes),
      isComplete: this.#countedTo === 'all',
    };
  }

  async countAll(keyValues: KeyValueStore, isStopped: () => boolean): Promise<void> {
    while (this.#countedTo !== 'all' && !isStopped()) {
      const after = this.#countedTo;
      const range = garbageRange(Number.MAX_SAFE_INTEGER, after);
      const notes = await keyValues.list({ ...range, limit: TURN_ITEM_COUNT_MAX });
      if (this.#countedTo !== after) continue;
      const last = notes.at(-1);
      this.#countedTo = last === undefined || notes.length < TURN_ITEM_COUNT_MAX ? 'all' : last.key;
      for (const note of notes) this.count(note, 1);
      await nextTurn();
    }
  }

  count({ key, value }: KeyValuePut, sign: 1 | -1): void {
    const until = this.#countedTo;
    if (until === undefined || (until !== 'all' && Buffer.compare(key, until) > 0)) return;
    this.#noteCount += sign;
    this.#lengthBytes += sign * spokenLengthOf(value);
  }
}
