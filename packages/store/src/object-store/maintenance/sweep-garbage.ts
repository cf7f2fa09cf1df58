/**
 * Removes the bytes of contents nobody refers to any more, from the notes that deletions leave: many small contents in
 * one commit, a long one in several. Every step may be repeated, so a crash between any two of them costs nothing: a
 * note goes with the last rows of its content. A content that cannot be removed (a blob that cannot be deleted, a
 * damaged row) keeps its note and holds up no other. Leaves out what is to be removed of one content:
 * `removal-plan.ts`.
 */
import type { KeyValueCheck, KeyValueCommit, KeyValueEntry, KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StoreContext } from '../context/store-context.js';
import { TurnBudget } from '../context/turn-budget.js';
import { spokenLengthOf } from '../records/garbage-note.js';
import { garbageOf, garbageRange } from '../records/key-space.js';
import { type ContentRemoval, mayBeOfUpload, planRemoval } from './removal-plan.js';

/** What one step of the sweep did. */
export interface SweepProgress {
  /** Contents wholly removed. */
  readonly contentCount: number;
  /** Extents removed. */
  readonly extentCount: number;
  /** The step ended at its limit, not because nothing was left; or what it removed let go of something else. */
  readonly hasMore: boolean;
}

/** Notes followed in one slice. */
const NOTE_COUNT_MAX = 128;
/** Rows of one commit: no other commit waits long behind it. One content may add what a single read of it brings. */
const ROW_COUNT_MAX = 512;
/** Contents looked at in one turn of the event loop; each is some reads. */
const TURN_CONTENT_COUNT_MAX = 32;
/** Files deleted at once: as many as the threads of the process that do it can be kept busy with. */
const BLOB_DELETION_COUNT_MAX = 8;

/** @see StoreMaintenance.sweepGarbage, which says what it promises and throws. */
export async function sweepGarbage(
  context: StoreContext,
  { rowCountMax }: { readonly rowCountMax: number },
): Promise<SweepProgress> {
  const { clock, settings, sweepState, keyValues } = context;
  // Without a grace time no clock is asked: one that was set back must not keep garbage.
  const untilMs =
    settings.garbageGraceMs === 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, clock.nowMs() - settings.garbageGraceMs + 1);
  const sweep = new Sweep(context);
  let { after } = sweepState;
  let waiting: readonly KeyValueEntry[] = [];
  const isFromStart = after === undefined;
  let isAtEnd = false;
  while (sweep.rowCount < rowCountMax) {
    if (!isAtEnd && waiting.length < NOTE_COUNT_MAX) {
      const limit = NOTE_COUNT_MAX - waiting.length;
      const notes = await keyValues.list({ ...garbageRange(untilMs, after), limit });
      waiting = [...waiting, ...notes];
      after = notes.at(-1)?.key ?? after;
      isAtEnd = notes.length < limit;
    }
    if (waiting.length === 0) break;
    const group = waiting;
    const limit = Math.min(ROW_COUNT_MAX, rowCountMax - sweep.rowCount);
    waiting = await context.bulkGate.run(() => sweep.follow(group, limit));
  }
  const isDone = isAtEnd && waiting.length === 0;
  sweepState.after = isDone || sweep.hasRemoved ? undefined : after;
  if (isDone && isFromStart) sweepState.kept = sweep.kept;
  sweep.throwFailure();
  return { contentCount: sweep.contentCount, extentCount: sweep.extentCount, hasMore: !isDone || sweep.hasReleased };
}

/** What becomes of the notes about one content. */
type Verdict =
  /** They mean nothing (any more) once the commit is done. */
  | 'settled'
  /** There is more to remove: later in this sweep. */
  | 'unfinished'
  /** A reader has it open, or it cannot be removed: in another sweep. */
  | 'kept';

/** What is to be done about one content, and the notes that speak of it. */
interface Case {
  readonly notes: KeyValueEntry[];
  readonly removal: ContentRemoval | undefined;
  verdict: Verdict;
}

class Sweep {
  readonly #context: StoreContext;
  readonly #failures: unknown[] = [];
  contentCount = 0;
  extentCount = 0;
  /** Notes looked at and rows of contents removed. */
  rowCount = 0;
  hasRemoved = false;
  kept = { noteCount: 0, lengthBytes: 0 };
  /** It left notes itself, perhaps where it had looked already. */
  hasReleased = false;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /**
   * Works on what these notes say, with one commit.
   * @returns Those that were not reached, or whose contents were too long for one commit.
   */
  async follow(notes: readonly KeyValueEntry[], rowCountMax: number): Promise<readonly KeyValueEntry[]> {
    const cases = new Map<ContentId, Case>();
    const budget = new TurnBudget(TURN_CONTENT_COUNT_MAX);
    let rowCount = 0;
    let reachedCount = 0;
    const postponed: KeyValueEntry[] = [];
    for (const note of notes) {
      if (rowCount >= rowCountMax) break;
      reachedCount += 1;
      const { contentId } = garbageOf(note.key);
      const known = cases.get(contentId);
      if (known !== undefined) {
        // What a note of an upload asks for besides is not settled with the content.
        if (mayBeOfUpload(note)) postponed.push(note);
        else known.notes.push(note);
        continue;
      }
      const found = await this.#examine(note, rowCountMax - rowCount);
      cases.set(contentId, found);
      rowCount += 1 + (found.removal?.deletes.length ?? 0) + (found.removal?.released.length ?? 0) * 2;
      const pause = budget.spend();
      if (pause !== undefined) await pause;
    }
    await this.#deleteBlobs([...cases.values()]);
    const unfinished = await this.#commit([...cases.values()]);
    for (const one of cases.values()) if (one.verdict === 'kept') this.#keep(one);
    this.rowCount += reachedCount;
    return [...notes.slice(reachedCount), ...postponed, ...unfinished];
  }

  #keep({ notes }: Case): void {
    const { noteCount, lengthBytes } = this.kept;
    this.kept = {
      noteCount: noteCount + notes.length,
      lengthBytes: notes.reduce((sum, { value }) => sum + spokenLengthOf(value), lengthBytes),
    };
  }

  async #examine(note: KeyValueEntry, rowCountMax: number): Promise<Case> {
    try {
      const removal = await planRemoval(this.#context, note, rowCountMax);
      if (removal === 'needed') return { notes: [note], removal: undefined, verdict: 'settled' };
      if (removal === 'pinned') return { notes: [note], removal: undefined, verdict: 'kept' };
      return { notes: [note], removal, verdict: removal.isLast ? 'settled' : 'unfinished' };
    } catch (error) {
      this.#failures.push(error);
      return { notes: [note], removal: undefined, verdict: 'kept' };
    }
  }

  /** Blobs go before the rows that name them: after a crash the rows are still there to say what is left to do. */
  async #deleteBlobs(cases: readonly Case[]): Promise<void> {
    const deletions = cases.flatMap((one) => (one.removal?.blobIds ?? []).map((blobId) => ({ one, blobId })));
    const work = async (): Promise<void> => {
      for (let next = deletions.pop(); next !== undefined; next = deletions.pop()) {
        try {
          await this.#context.blobs.delete(next.blobId);
          this.#context.segmentLedger.noteDeath(next.blobId);
        } catch (error) {
          next.one.verdict = 'kept';
          this.#failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: BLOB_DELETION_COUNT_MAX }, work));
  }

  /** @returns Notes of contents of which there is more. */
  async #commit(cases: readonly Case[]): Promise<readonly KeyValueEntry[]> {
    const { keyValues, clock } = this.#context;
    const change = new NoteChange(clock.nowMs());
    const doable = cases.filter(({ verdict }) => verdict !== 'kept');
    for (const one of doable) change.add(one);
    const commit = change.commit();
    if (commit === undefined) return [];
    let version: number;
    try {
      const outcome = await keyValues.commit(commit);
      // Another sweep was here: what is left is found by the next one.
      if (!outcome.committed) return [];
      version = outcome.version;
    } catch (error) {
      this.#failures.push(error);
      return [];
    }
    this.hasRemoved = true;
    // The commit's own puts, among them these notes as they are now, were counted as any others.
    this.#context.garbageMeter.forget(change.notes);
    for (const { removal, verdict } of doable) {
      if (removal === undefined) continue;
      this.hasReleased ||= removal.released.length > 0;
      this.extentCount += removal.extentCount;
      this.rowCount += removal.deletes.length;
      if (verdict === 'settled' && !removal.isOfUpload) this.contentCount += 1;
    }
    return change.rewritten.map((note) => ({ ...note, version }));
  }
}

/** Gathers the commit of one slice. */
class NoteChange {
  readonly #atMs: number;
  readonly #checks: KeyValueCheck[] = [];
  readonly #puts: KeyValuePut[] = [];
  readonly #deletes: Uint8Array[] = [];
  /** The notes it rests on, as they were read. */
  readonly notes: KeyValueEntry[] = [];
  /** Those of them that stay, as they are once the commit is done. */
  readonly rewritten: KeyValuePut[] = [];

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  add({ notes, removal, verdict }: Case): void {
    this.#deletes.push(...(removal?.deletes ?? []));
    for (const released of removal?.released ?? []) {
      this.#puts.push(released.noteAt(this.#atMs));
      this.#deletes.push(released.referenceKey);
    }
    for (const [index, note] of notes.entries()) {
      // As it was read: so nobody else is at work on this content.
      this.#checks.push({ key: note.key, version: note.version });
      this.notes.push(note);
      if (verdict === 'settled') {
        this.#deletes.push(note.key);
        continue;
      }
      // What is gone is spoken of no more. Of several notes about one content the first speaks for all.
      const value = index === 0 ? (removal?.noteValueAfter ?? note.value) : note.value;
      this.rewritten.push({ key: note.key, value });
    }
  }

  /** @returns Undefined when there is nothing to do. */
  commit(): KeyValueCommit | undefined {
    if (this.#checks.length === 0) return undefined;
    return { checks: this.#checks, puts: [...this.#puts, ...this.rewritten], deletes: this.#deletes };
  }
}
