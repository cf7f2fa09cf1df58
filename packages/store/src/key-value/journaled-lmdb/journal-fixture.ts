/**
 * What the tests of the journal run on: a simulated disk, a database in a map, and checkpoints that run when the test
 * says so.
 */
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { decodeBatch, encodeBatch, encodedLength } from './batch-encoding.js';
import { type CheckpointPoint, checkpointSegment, type WriteDatabase } from './checkpoint-segment.js';
import { type BatchResult, type CheckpointState, CommitJournal } from './commit-journal.js';
import type { RowChange } from './journal/journal-format.js';
import { JournalSegment } from './journal/journal-segment.js';
import { SimulatedJournalDisk, type SimulatedJournalFile } from './journal/simulated-journal-file.js';
import { recoverJournal } from './open-journal.js';
import { isPassing } from './outcomes.js';
import type { PlannedChange } from './space-reserve.js';
import { VERSION_LENGTH_BYTES } from './stored-value.js';
import { rangeOfKey, TreeDamage } from './tree/tree-damage.js';

const SHAPE = { pageCount: 5, usedPageCount: 1, depth: 1, pageLengthBytes: 4096 };

/** A database in a map; its transactions are atomic and durable, which is the tree's part of the bargain. */
export class MapDatabase implements WriteDatabase {
  rows = new Map<string, Uint8Array>();
  point: CheckpointPoint = { generation: 0, sequence: 0 };
  transactionCount = 0;
  /** Thrown at the end of a transaction, instead of keeping it. */
  commitError: Error | undefined;
  /** Keys whose rows cannot be proven. */
  readonly damaged = new Set<string>();

  get(key: Uint8Array): Uint8Array | undefined {
    this.assertReadable(key);
    return this.rows.get(textOf(key));
  }

  assertReadable(key: Uint8Array): void {
    if (this.damaged.has(textOf(key))) throw new TreeDamage('simulated', rangeOfKey(key));
  }

  apply(changes: readonly RowChange[], point: CheckpointPoint): void {
    const rows = new Map(this.rows);
    for (const { key, storedValue } of changes) {
      this.assertReadable(key);
      if (storedValue === undefined) rows.delete(textOf(key));
      else rows.set(textOf(key), storedValue.slice());
    }
    if (this.commitError !== undefined) throw this.commitError;
    this.transactionCount += 1;
    this.rows = rows;
    this.point = point;
  }

  /** Rows of the contract, without versions. */
  contents(): Map<string, string> {
    const contents = new Map<string, string>();
    for (const [text, stored] of this.rows) {
      contents.set(text, Buffer.from(stored.subarray(VERSION_LENGTH_BYTES)).toString('latin1'));
    }
    return contents;
  }
}

/** A journal as the threads make it, in one thread. */
export class JournalFixture {
  readonly disk: SimulatedJournalDisk;
  readonly files: readonly [SimulatedJournalFile, SimulatedJournalFile];
  readonly database = new MapDatabase();
  readonly plans: PlannedChange[] = [];
  /** Longest change there is room for in the database. */
  roomBytes = Number.POSITIVE_INFINITY;
  journal: CommitJournal;
  #task: CheckpointPoint | undefined;
  #state: CheckpointState = 'done';
  #saltCount = 0;

  constructor(random: () => number) {
    this.disk = new SimulatedJournalDisk(random);
    this.files = [this.disk.createFile(), this.disk.createFile()];
    this.files.forEach((file, index) => {
      JournalSegment.create(file, { generation: index + 1, salt: this.#drawSalt() });
    });
    this.journal = this.open();
  }

  /** Recovers what the files hold, as a restart does. */
  open(): CommitJournal {
    this.#task = undefined;
    this.#state = 'done';
    const opened = this.files.map((file, index) => JournalSegment.open(file, `segment ${index}`));
    const { segments, sequence } = recoverJournal(opened as [JournalSegment, JournalSegment], this.database, () =>
      this.#drawSalt(),
    );
    this.journal = new CommitJournal({
      database: {
        get: (key) => this.database.get(key),
        assertReadable: (key) => this.database.assertReadable(key),
        refresh: () => {},
        shape: () => SHAPE,
      },
      reserve: {
        ensure: (plan) => {
          this.plans.push(plan);
          if (plan.lengthBytes > this.roomBytes) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
        },
        giveBack: () => {},
        rest: () => {},
      },
      checkpointer: {
        start: (task) => {
          this.#task = task;
          this.#state = 'running';
        },
        startMaintenance: () => {
          throw new Error('Nothing is to be maintained here');
        },
        wantsMaintenance: () => false,
        state: () => this.#state,
        wait: () => this.runCheckpoint(),
      },
      segments,
      sequence,
      drawSalt: () => this.#drawSalt(),
    });
    return this.journal;
  }

  write(...commits: KeyValueCommit[]): BatchResult[] {
    const lengthBytes = commits.reduce((sum, commit) => sum + encodedLength(commit), 0);
    return [...this.journal.write(decodeBatch(encodeBatch(commits, lengthBytes)))];
  }

  outcomes(...commits: KeyValueCommit[]): number[] {
    return this.write(...commits).flatMap(({ outcomes }) => [...outcomes]);
  }

  /** Does what the checkpoint thread would, if there is anything to do. */
  runCheckpoint(): CheckpointState {
    const task = this.#task;
    if (task === undefined) return this.#state;
    for (const file of this.files) {
      const segment = JournalSegment.open(file, 'segment');
      if (segment.generation !== task.generation) continue;
      try {
        checkpointSegment(this.database, segment, task.sequence);
        this.#state = 'done';
      } catch (error) {
        this.#state = isPassing(error) ? 'waiting' : 'failed';
        if (this.#state === 'waiting') return this.#state;
      }
      this.#task = undefined;
    }
    return this.#state;
  }

  #drawSalt(): Uint8Array {
    this.#saltCount += 1;
    return Buffer.alloc(16, `salt ${this.#saltCount} `);
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
