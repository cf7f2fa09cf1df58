/**
 * The checkpoint thread of a simulated store: it brings a generation of the journal into the tree, or makes the file
 * shorter, one change of the file at each step of a scheduler. Leaves out when it is asked
 * (`simulated-key-value-store.ts`).
 */
import { join } from 'node:path';
import type { BlockingFileSystem } from '../file-system/file-system.js';
import { type CheckpointPoint, checkpointSegment } from '../key-value/journaled-lmdb/checkpoint-segment.js';
import type { CheckpointState } from '../key-value/journaled-lmdb/commit-journal.js';
import { openDatabaseFile } from '../key-value/journaled-lmdb/database-file.js';
import { JournalSegment } from '../key-value/journaled-lmdb/journal/journal-segment.js';
import { SEGMENT_NAMES } from '../key-value/journaled-lmdb/open-journal.js';
import {
  isPassing,
  OUTCOME_DISK_FULL,
  OUTCOME_INPUT_OUTPUT,
  outcomeOfError,
} from '../key-value/journaled-lmdb/outcomes.js';
import { CheckpointDatabase } from '../key-value/journaled-lmdb/tree-database.js';
import { DeferredFile, type FileStep } from './deferred-file.js';

/** When something happens: at some step of a scheduler, or at once. */
export type RunStep = <Result>(label: string, call: () => Result) => Promise<Result>;

/** Where the store lies and who decides. */
export interface SimulatedCheckpointerOptions {
  readonly fileSystem: BlockingFileSystem;
  /** Of the store. */
  readonly directory: string;
  /** Absent: everything happens at once, within the call that asks for it. */
  readonly run?: RunStep;
  /** Told when a checkpoint finds no room for what was acknowledged: room is kept so that this cannot be. */
  readonly onNoRoom?: (error: Error) => void;
}

/** The checkpoint thread: takes the changes of a transaction one by one, while frames are written beside it. */
export class SimulatedCheckpointer {
  readonly #options: SimulatedCheckpointerOptions;
  readonly #done: (generation: number | undefined) => void;
  readonly #file: DeferredFile;
  #database: CheckpointDatabase;
  #state: CheckpointState = 'done';
  /** What is to be done; `task` is `undefined` when the file is to be made shorter. */
  #work: { readonly task: CheckpointPoint | undefined } | undefined;
  #oldestTransaction = 0;
  /** Still to be taken; `undefined`: the segment has not been read yet. */
  #steps: FileStep[] | undefined;

  constructor(options: SimulatedCheckpointerOptions, done: (generation: number | undefined) => void) {
    this.#options = options;
    this.#done = done;
    this.#file = new DeferredFile(openDatabaseFile(options.directory, options.fileSystem));
    this.#database = new CheckpointDatabase(this.#file);
  }

  get state(): CheckpointState {
    return this.#state;
  }

  get wantsMaintenance(): boolean {
    return this.#work === undefined && this.#database.wantsMaintenance;
  }

  /** Asked for, and not answered yet. */
  begin(): void {
    this.#state = 'running';
  }

  start(task: CheckpointPoint | undefined, oldestTransaction: number): void {
    this.#work = { task };
    this.#steps = undefined;
    this.#oldestTransaction = oldestTransaction;
    this.#database.protect(oldestTransaction);
    if (this.#options.run === undefined) this.finish();
    else this.#goOn();
  }

  /** All that is left of it, now. */
  finish(): void {
    while (this.#work !== undefined && this.#state === 'running') this.#takeStep();
  }

  #goOn(): void {
    void this.#options.run?.('checkpoint step', () => {
      if (this.#work === undefined) return;
      this.#state = 'running';
      this.#takeStep();
      this.#goOn();
    });
  }

  #takeStep(): void {
    const { task } = this.#work as { readonly task: CheckpointPoint | undefined };
    try {
      if (this.#steps === undefined) this.#steps = this.#plan(task);
      else this.#steps.shift()?.();
      if (this.#steps.length > 0) return;
      this.#file.settle();
      this.#work = undefined;
      this.#done(task?.generation);
      this.#state = 'done';
    } catch (error) {
      this.#giveUp(task, error);
    }
  }

  /** What the writer of the tree believes it wrote is not there: another one reads the file again. */
  #giveUp(task: CheckpointPoint | undefined, error: unknown): void {
    this.#steps = undefined;
    this.#file.settle();
    if (!isPassing(error)) {
      this.#work = undefined;
      this.#state = 'failed';
      return;
    }
    if (task !== undefined && outcomeOfError(error, OUTCOME_INPUT_OUTPUT) === OUTCOME_DISK_FULL)
      this.#options.onNoRoom?.(new Error('A checkpoint has no room for what was acknowledged', { cause: error }));
    this.#database = new CheckpointDatabase(this.#file);
    this.#database.protect(this.#oldestTransaction);
    this.#state = task === undefined ? 'done' : 'waiting';
    if (task === undefined) this.#work = undefined;
  }

  #plan(task: CheckpointPoint | undefined): FileStep[] {
    if (task === undefined) this.#database.maintain();
    else checkpointSegment(this.#database, this.#segment(task.generation), task.sequence);
    return this.#file.takeSteps();
  }

  #segment(generation: number): JournalSegment {
    for (const name of SEGMENT_NAMES) {
      const path = join(this.#options.directory, name);
      const segment = JournalSegment.open(this.#options.fileSystem.openFile(path), path);
      if (segment.generation === generation) return segment;
    }
    throw new Error(`Cannot find generation ${generation} of the journal`);
  }
}
