/**
 * Decides batches of commits and makes them durable: one frame of the journal, one sync, for all commits of a batch.
 * What the journal holds and the database does not yet is kept in memory for the checks of later commits. Runs on the
 * write thread; knows no thread, no LMDB and no real file: all of them stand behind narrow interfaces, where tests
 * inject faults.
 */
import { addToCounter, keyToText } from '../commit-rules.js';
import type { EncodedCommit } from './batch-encoding.js';
import type { CheckpointPoint as CheckpointTask } from './checkpoint-segment.js';
import { frameLength, type RowChange } from './journal/journal-format.js';
import type { JournalSegment } from './journal/journal-segment.js';
import {
  type EncodedOutcome,
  isPassing,
  messageOf,
  OUTCOME_CHECK_FAILED,
  OUTCOME_INPUT_OUTPUT,
  OUTCOME_NOT_A_COUNTER,
  OUTCOME_POISONED,
  outcomeOfError,
} from './outcomes.js';
import { RowLayer } from './row-layer.js';
import type { PlannedChange, TreeShape } from './space-reserve.js';
import { readVersion, VERSION_LENGTH_BYTES, writeVersion } from './stored-value.js';
import { type KeyRange, TreeDamage } from './tree/tree-damage.js';

/** The database as the last checkpoint left it. */
export interface CheckpointedDatabase {
  /**
   * @returns The stored value with its version in front, valid until the next call; `undefined` when the key is absent.
   */
  get(key: Uint8Array): Uint8Array | undefined;
  /** @throws {TreeDamage} Where the row is, or would be, cannot be proven. */
  assertReadable(key: Uint8Array): void;
  /** From now on reads see the newest checkpoint. */
  refresh(): void;
  shape(): TreeShape;
}

/** Keeps blocks for what checkpoints will write, so that nothing is acknowledged that the database has no room for. */
export interface RoomKeeper {
  /** @throws {Error} With a `code`: there is no room. */
  ensure(change: PlannedChange, tree: TreeShape): void;
  /** Gives the file system what is too much, but for what the change may need. Never fails: what stays does no harm. */
  giveBack(change: PlannedChange, tree: TreeShape): void;
  /** @see SpaceReserve.rest */
  rest(tree: TreeShape): void;
}

/**
 * How the last checkpoint stands. `waiting`: for a disk that is full or read-only; it is tried again and again.
 * `failed`: for good.
 */
export type CheckpointState = 'running' | 'done' | 'waiting' | 'failed';

/** Brings segments into the database, elsewhere. One at a time. */
export interface Checkpointer {
  start(task: CheckpointTask): void;
  /** Starts a slice of the work that makes the file shorter. */
  startMaintenance(): void;
  /** Whether there is any. */
  wantsMaintenance(): boolean;
  state(): CheckpointState;
  /** Returns when the state is no longer `running`. */
  wait(): void;
}

/** What a journal is made of. */
export interface CommitJournalParts {
  readonly database: CheckpointedDatabase;
  readonly reserve: RoomKeeper;
  readonly checkpointer: Checkpointer;
  /** Empty ones of generations that follow each other, in their order. */
  readonly segments: readonly [JournalSegment, JournalSegment];
  /** Of the last frame that was ever written. */
  readonly sequence: number;
  /** Draws the salt of a generation. */
  readonly drawSalt: () => Uint8Array;
}

/** What became of a batch: one outcome for each commit, in their order. */
export interface BatchResult {
  readonly outcomes: readonly EncodedOutcome[];
  /** What each sum of each commit came to, in their order; those of commits that failed are meaningless. */
  readonly counters: readonly bigint[];
  /** What went wrong underneath, for the log; the first failure of the batch. */
  readonly cause?: string;
  /** Of damage that was met: the keys that are hit. */
  readonly keyRange?: KeyRange;
}

/**
 * Commits in one batch at most: a version is the sequence number of the batch's frame times this, plus the place of the
 * commit in the batch. Sequence numbers may so grow to 2^43: at 10,000 a second, for 27 years.
 */
export const BATCH_COMMIT_COUNT_MAX = 1024;

/**
 * A generation of so many frame bytes or rows goes to the database. Rows count, since each may take several pages
 * there.
 */
const CHECKPOINT_LENGTH_BYTES = 3 * 1024 * 1024;
const CHECKPOINT_ROW_COUNT = 1024;

/** While a checkpoint takes long the other segment grows, up to this; then commits wait for it. */
const SEGMENT_LENGTH_BYTES_MAX = 32 * 1024 * 1024;

/** Thrown where nothing was written yet that could be half done. */
class HarmlessFailure extends Error {}

/** Thrown where the state of the disk is unknown. */
class FatalFailure extends Error {}

function refusal(
  commits: readonly EncodedCommit[],
  outcome: EncodedOutcome,
  cause: string,
  keyRange?: KeyRange,
): BatchResult {
  const sumCount = commits.reduce((count, { sums }) => count + sums.length, 0);
  return {
    outcomes: commits.map(() => outcome),
    counters: new Array<bigint>(sumCount).fill(0n),
    cause,
    ...(keyRange !== undefined && { keyRange }),
  };
}

function outcomeOfFailure(error: unknown): EncodedOutcome {
  if (error instanceof FatalFailure) return OUTCOME_POISONED;
  return error instanceof HarmlessFailure
    ? outcomeOfError(error.cause, OUTCOME_INPUT_OUTPUT)
    : outcomeOfError(error, OUTCOME_POISONED);
}

/**
 * Writes batches one after the other. After a failure that may have lost a sync it is poisoned: it refuses everything
 * from then on.
 */
export class CommitJournal {
  readonly #parts: CommitJournalParts;
  #active: JournalSegment;
  #idle: JournalSegment;
  #recent = new RowLayer();
  /** What the running checkpoint brings into the database. */
  #checkpointing: RowLayer | undefined;
  #isMaintaining = false;
  #sequence: number;
  #shape: TreeShape;
  #poisonedBy: string | undefined;

  constructor(parts: CommitJournalParts) {
    this.#parts = parts;
    [this.#active, this.#idle] = parts.segments;
    this.#sequence = parts.sequence;
    this.#shape = parts.database.shape();
    this.#keepReserve();
  }

  /** Whether there is anything that no checkpoint has been asked for yet. */
  get isEmpty(): boolean {
    return this.#recent.rows.size === 0;
  }

  /**
   * Decides and writes the commits in order; each sees the ones before it. What a yielded result reports as committed
   * is durable, and may reach the database as soon as the next one is asked for.
   * @param commits At most `BATCH_COMMIT_COUNT_MAX`.
   * @returns One result for all of them; when that fails, one for each: a commit too large for the disk takes no other
   * with it.
   */
  *write(commits: readonly EncodedCommit[]): Generator<BatchResult, void> {
    const result = this.#writeTogether(commits);
    if (result.cause === undefined || commits.length === 1 || this.#poisonedBy !== undefined) {
      yield result;
      return;
    }
    for (const commit of commits) yield this.#writeTogether([commit]);
  }

  /** Starts a checkpoint when enough has gathered, or with `isDue`, when anything has; unless one is running. */
  checkpoint(isDue: boolean): void {
    this.#retireCheckpoint();
    if (this.#isCheckpointerBusy || this.isEmpty || this.#poisonedBy !== undefined) return;
    const { rows } = this.#recent;
    if (!isDue && rows.size < CHECKPOINT_ROW_COUNT && this.#active.framesLengthBytes < CHECKPOINT_LENGTH_BYTES) return;
    this.#checkpointing = this.#recent;
    this.#recent = new RowLayer();
    [this.#active, this.#idle] = [this.#idle, this.#active];
    this.#parts.checkpointer.start({ generation: this.#idle.generation, sequence: this.#sequence });
  }

  /** While there is nothing to write, the file of the database is made shorter, a slice at a time. */
  maintain(): void {
    this.#retireCheckpoint();
    const { checkpointer } = this.#parts;
    if (this.#isCheckpointerBusy || !this.isEmpty || this.#poisonedBy !== undefined) return;
    if (!checkpointer.wantsMaintenance()) return;
    this.#isMaintaining = true;
    checkpointer.startMaintenance();
  }

  /** For a store that has had nothing to write for a while: makes the file of the database as short as it may be. */
  rest(): void {
    this.#retireCheckpoint();
    if (!this.#isCheckpointerBusy && this.isEmpty) this.#parts.reserve.rest(this.#shape);
  }

  /** Brings everything into the database, as far as there is room. @returns Whether all of it is there. */
  drain(): boolean {
    for (let round = 0; round < 2; round += 1) {
      if (this.#isCheckpointerBusy) this.#parts.checkpointer.wait();
      this.checkpoint(true);
    }
    if (this.#isCheckpointerBusy) this.#parts.checkpointer.wait();
    this.#retireCheckpoint();
    return this.#checkpointing === undefined && this.isEmpty;
  }

  /**
   * From the start: a disk may be full before the first commit, and must be possible to empty. Without room, commits
   * will say so.
   */
  #keepReserve(): void {
    try {
      this.#parts.reserve.ensure({ keyCount: 0, lengthBytes: 0, mayUseReserve: false }, this.#shape);
    } catch {
      // What is stored can be read all the same.
    }
  }

  #writeTogether(commits: readonly EncodedCommit[]): BatchResult {
    const outcomes: EncodedOutcome[] = [];
    const counters: bigint[] = [];
    try {
      if (this.#poisonedBy === undefined) this.#retireCheckpoint();
      if (this.#poisonedBy !== undefined) {
        return refusal(commits, OUTCOME_POISONED, this.#poisonedBy);
      }
      const batch = this.#decide(commits, outcomes, counters);
      if (batch.rows.size > 0) this.#writeFrame(batch, commits);
      return { outcomes, counters };
    } catch (error) {
      const cause = messageOf(error);
      const outcome = outcomeOfFailure(error);
      if (outcome === OUTCOME_POISONED) this.#poisonedBy = cause;
      const damage = error instanceof HarmlessFailure ? error.cause : undefined;
      return refusal(commits, outcome, cause, damage instanceof TreeDamage ? damage.range : undefined);
    }
  }

  #writeFrame(batch: RowLayer, commits: readonly EncodedCommit[]): void {
    const changes = [...batch.rows.values()];
    const lengthBytes = frameLength(changes);
    this.#makeRoom(batch, lengthBytes, commits);
    const sequence = this.#sequence + 1;
    this.#active.writeFrame(sequence, changes, lengthBytes);
    try {
      this.#active.commitFrame(lengthBytes);
    } catch (error) {
      // Whatever the code: after a failed sync the kernel may call clean what is not on the disk.
      throw new FatalFailure(messageOf(error), { cause: error });
    }
    this.#sequence = sequence;
    this.#recent.addAll(batch);
  }

  #decide(commits: readonly EncodedCommit[], outcomes: EncodedOutcome[], counters: bigint[]): RowLayer {
    const batch = new RowLayer();
    try {
      commits.forEach((commit, index) => {
        const version = (this.#sequence + 1) * BATCH_COMMIT_COUNT_MAX + index;
        const counterCount = counters.length;
        outcomes.push(this.#apply(commit, version, batch, counters));
        // Each sum has its place, also those of a commit that was refused before it came to them.
        while (counters.length < counterCount + commit.sums.length) counters.push(0n);
      });
      this.#assertWritable(batch);
    } catch (error) {
      throw new HarmlessFailure(messageOf(error), { cause: error });
    }
    return batch;
  }

  #apply(commit: EncodedCommit, version: number, batch: RowLayer, counters: bigint[]): EncodedOutcome {
    for (const check of commit.checks) {
      const stored = this.#read(keyToText(check.key), check.key, batch);
      if ((stored === undefined ? undefined : readVersion(stored)) !== check.version) return OUTCOME_CHECK_FAILED;
    }
    const sums: RowChange[] = [];
    for (const { key, delta } of commit.sums) {
      const value = this.#read(keyToText(key), key, batch)?.subarray(VERSION_LENGTH_BYTES);
      // Refused before the first put: the other commits of this batch must find nothing of this one.
      if (value !== undefined && value.length !== 8) return OUTCOME_NOT_A_COUNTER;
      const storedValue = new Uint8Array(VERSION_LENGTH_BYTES + 8);
      storedValue.set(addToCounter(value, delta), VERSION_LENGTH_BYTES);
      counters.push(new DataView(storedValue.buffer).getBigInt64(VERSION_LENGTH_BYTES, true));
      sums.push({ key, storedValue });
    }
    for (const { key, storedValue } of commit.puts) {
      writeVersion(storedValue, version);
      batch.set(keyToText(key), { key, storedValue });
    }
    for (const change of sums) {
      writeVersion(change.storedValue as Uint8Array, version);
      batch.set(keyToText(change.key), change);
    }
    for (const key of commit.deletes) batch.set(keyToText(key), { key, storedValue: undefined });
    return version;
  }

  /**
   * A checkpoint writes the pages of the changed rows again. A page that cannot be verified would end the checkpoint,
   * and with it every commit. Therefore the journal refuses a commit that would write there, while the damage is
   * harmless.
   */
  #assertWritable(batch: RowLayer): void {
    for (const [text, { key }] of batch.rows) {
      if (this.#recent.rows.has(text) || this.#checkpointing?.rows.has(text)) continue;
      this.#parts.database.assertReadable(key);
    }
  }

  #read(text: string, key: Uint8Array, batch: RowLayer): Uint8Array | undefined {
    const change = batch.rows.get(text) ?? this.#recent.rows.get(text) ?? this.#checkpointing?.rows.get(text);
    return change === undefined ? this.#parts.database.get(key) : change.storedValue;
  }

  /**
   * Both in the journal and, for the checkpoint to come, in the database: what is acknowledged must find room there.
   */
  #makeRoom(batch: RowLayer, frameLengthBytes: number, commits: readonly EncodedCommit[]): void {
    const mayUseReserve = commits.every(({ deletes }) => deletes.length > 0);
    try {
      if (this.#active.framesLengthBytes > SEGMENT_LENGTH_BYTES_MAX && !this.drain()) {
        throw Object.assign(new Error('ENOSPC: the journal waits for room in the database'), { code: 'ENOSPC' });
      }
      try {
        this.#ensureRoom(batch, frameLengthBytes, mayUseReserve);
      } catch (error) {
        // The bounds are generous. What a checkpoint leaves is exact, and pages it no longer needs are free again.
        if (this.isEmpty && this.#checkpointing === undefined) throw error;
        this.drain();
        this.#ensureRoom(batch, frameLengthBytes, mayUseReserve);
      }
    } catch (error) {
      throw new HarmlessFailure(messageOf(error), { cause: error });
    }
  }

  #ensureRoom(batch: RowLayer, frameLengthBytes: number, mayUseReserve: boolean): void {
    let keyCount = batch.rows.size + this.#recent.rows.size;
    let lengthBytes = batch.lengthBytes + this.#recent.lengthBytes;
    if (this.#checkpointing !== undefined) {
      keyCount += this.#checkpointing.rows.size;
      lengthBytes += this.#checkpointing.lengthBytes;
    }
    this.#parts.reserve.ensure({ keyCount, lengthBytes, mayUseReserve }, this.#shape);
    this.#active.makeRoom(frameLengthBytes);
  }

  /** Forgets what the database has by now, and makes its segment ready for the next turn. */
  #retireCheckpoint(): void {
    if (!this.#isCheckpointerBusy) return;
    const state = this.#parts.checkpointer.state();
    if (state === 'failed') this.#poisonedBy ??= 'a checkpoint failed';
    if (state !== 'done') return;
    if (this.#isMaintaining) {
      this.#isMaintaining = false;
      this.#seeNewest();
      return;
    }
    try {
      this.#idle.reset({ generation: this.#active.generation + 1, salt: this.#parts.drawSalt() });
    } catch (error) {
      // Tried again with the next commit; the database has all of it, and the other segment is in use.
      if (!isPassing(error)) this.#poisonedBy ??= messageOf(error);
      return;
    }
    this.#checkpointing = undefined;
    this.#seeNewest();
  }

  get #isCheckpointerBusy(): boolean {
    return this.#checkpointing !== undefined || this.#isMaintaining;
  }

  #seeNewest(): void {
    const { database, reserve } = this.#parts;
    database.refresh();
    this.#shape = database.shape();
    const { rows, lengthBytes } = this.#recent;
    reserve.giveBack({ keyCount: rows.size, lengthBytes, mayUseReserve: false }, this.#shape);
  }
}
