/**
 * The rows of a folder that another process owns: reads on its own from memory and from the pages of the tree, and
 * hands commits over. A read first looks how far the owner has published, and waits until it was told of that: so
 * nothing that anybody was told of is missing, whichever process told it. Leaves out starting and ending processes.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { EngineFailure } from '../../../contract/engine-failure.js';
import type {
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueSnapshot,
  KeyValueStatistics,
  KeyValueStore,
} from '../../../contract/key-value-store.js';
import type { BlockingFile } from '../../../file-system/file-system.js';
import { assertCommit, assertKey } from '../../commit-rules.js';
import { KeyWatchers } from '../../key-watchers.js';
import { openDatabaseFile } from '../database-file.js';
import { ReadRows } from '../read-rows.js';
import { RecentRows } from '../recent-rows.js';
import { RowSnapshot } from '../row-snapshot.js';
import { RowView } from '../row-view.js';
import { headOf, readHead, TreeReader } from '../tree/tree-reader.js';
import { FrameReader, FrameWriter } from './frames.js';
import {
  decodeNote,
  decodeOutcome,
  decodeRows,
  decodeWelcome,
  encodeCommit,
  encodeNote,
  encodeNumbers,
  type FailureReviver,
  MESSAGE,
  numberAt,
  type Welcome,
} from './mirror-messages.js';
import { SequenceReader } from './published-sequence.js';
import { SEQUENCE_FILE_NAME } from './row-mirrors.js';

/** What a mirror is opened with. */
export interface MirroredKeyValueStoreOptions {
  /** Folder of the rows. */
  readonly directory: string;
  /** To the owner, which has attached the other end. */
  readonly stream: Duplex;
  /** Default: an error of the owner's that is none of the engine's is an `Error` of the same message. */
  readonly reviveFailure?: FailureReviver;
  /** Takes what the owner says beside the rows. Default: it is dropped. */
  readonly onNote?: (note: string) => void;
}

/** Rows of another process, and a word to it. */
export interface MirroredRows extends KeyValueStore {
  /** Says something to the owner, in order with commits. */
  note(text: string): void;
}

interface PendingCommit {
  readonly resolve: (outcome: KeyValueCommitOutcome) => void;
  readonly reject: (error: Error) => void;
}

interface WaitingRead {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Pages of the database that a mirror keeps in memory. */
const CACHE_LENGTH_BYTES_MAX = 16 * 1024 * 1024;
const ID_MAX = 2 ** 32;

/**
 * Opens the mirror, once the owner has said what it begins with.
 * @throws {EngineFailure} `unavailable`: the owner has gone, or the folder cannot be read.
 */
export async function openMirroredKeyValueStore(options: MirroredKeyValueStoreOptions): Promise<MirroredRows> {
  const { stream } = options;
  return new Promise((resolve, reject) => {
    let store: MirroredKeyValueStore | undefined;
    const reader = new FrameReader((kind, payload) => {
      if (store !== undefined) store.receive(kind, payload);
      else {
        store = new MirroredKeyValueStore(options, decodeWelcome(payload));
        resolve(store);
      }
    });
    stream.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        // What was not understood is missing from the rows: nothing may be read from them any more.
        stream.destroy();
        reject(error);
      }
    });
    stream.on('error', () => undefined);
    const end = (): void => {
      store?.lose();
      reject(closed());
    };
    stream.once('end', end);
    stream.once('close', end);
    stream.write(encodeNumbers(MESSAGE.hello));
  });
}

class MirroredKeyValueStore implements MirroredRows {
  readonly #stream: Duplex;
  readonly #writer: FrameWriter;
  readonly #revive: FailureReviver;
  readonly #onNote: (note: string) => void;
  readonly #file: BlockingFile;
  readonly #published: SequenceReader;
  readonly #reader: TreeReader;
  readonly #recent: RecentRows;
  readonly #view: RowView;
  readonly #read = new ReadRows();
  readonly #watchers = new KeyWatchers();
  readonly #snapshots = new Set<RowSnapshot>();
  readonly #pending = new Map<number, PendingCommit>();
  #waiting: WaitingRead[] = [];
  #sequence: number;
  #oldestTold: number;
  #nextId = 0;
  #commitCount = 0;
  #batchCount = 0;
  /** Of the last batch that was counted. */
  #countedSequence = 0;
  #isClosing = false;
  #drained: (() => void) | undefined;

  constructor({ directory, stream, reviveFailure, onNote }: MirroredKeyValueStoreOptions, welcome: Welcome) {
    this.#stream = stream;
    this.#writer = new FrameWriter(stream);
    this.#revive = reviveFailure ?? (() => undefined);
    this.#onNote = onNote ?? (() => undefined);
    this.#file = openDatabaseFile(directory);
    this.#published = new SequenceReader(join(directory, SEQUENCE_FILE_NAME), welcome.lifeId);
    // Perhaps newer than what the owner reads by now: rows that it has are told of, or are in the layers.
    const head = headOf(this.#file, welcome.transaction) ?? readHead(this.#file);
    this.#reader = new TreeReader(this.#file, head, CACHE_LENGTH_BYTES_MAX);
    this.#recent = RecentRows.of(welcome.layers);
    this.#view = new RowView(this.#recent, this.#reader);
    this.#sequence = welcome.sequence;
    this.#oldestTold = welcome.transaction;
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertOpen();
    const text = assertKey(key);
    const catchingUp = this.#catchUp();
    if (catchingUp !== undefined) await catchingUp;
    const recent = this.#recent.find(text);
    if (recent !== undefined) return recent.row;
    const known = this.#read.find(text);
    if (known !== undefined) return known;
    const entry = this.#view.stored(key);
    if (entry !== undefined) this.#read.keep(text, entry);
    return entry;
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertOpen();
    const catchingUp = this.#catchUp();
    if (catchingUp !== undefined) await catchingUp;
    return this.#view.list(range);
  }

  commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      assertCommit(commit);
      const id = this.#nextId;
      this.#nextId = (id + 1) % ID_MAX;
      this.#pending.set(id, { resolve, reject });
      this.#writer.send(encodeCommit(id, commit));
    });
  }

  async snapshot(): Promise<KeyValueSnapshot> {
    this.#assertOpen();
    const catchingUp = this.#catchUp();
    if (catchingUp !== undefined) await catchingUp;
    const snapshot = new RowSnapshot(this.#view, (closing) => {
      this.#snapshots.delete(closing);
      this.#tellOldest();
    });
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  watch(key: Uint8Array, listener: () => void): () => void {
    this.#assertOpen();
    return this.#watchers.add(assertKey(key), listener);
  }

  /** Of the commits of this process; the space is the owner's. */
  statistics(): KeyValueStatistics {
    this.#assertOpen();
    return { commitCount: this.#commitCount, batchCount: this.#batchCount, sizeBytes: 0 };
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#pending.size > 0 && !this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.#watchers.clear();
    for (const snapshot of [...this.#snapshots]) await snapshot.close();
    this.#writer.flush();
    if (!this.#stream.destroyed) {
      this.#stream.end();
      await once(this.#stream, 'close').catch(() => undefined);
    }
    this.#published.close();
    this.#file.close();
  }

  note(text: string): void {
    if (!this.#stream.destroyed) this.#writer.send(encodeNote(text));
  }

  /** Takes what the owner says. */
  receive(kind: number, payload: Buffer): void {
    if (kind === MESSAGE.rows) this.#apply(payload);
    else if (kind === MESSAGE.note) this.#onNote(decodeNote(payload));
    else if (kind === MESSAGE.outcome) this.#settle(payload);
    else if (kind === MESSAGE.closed) this.#recent.closeGeneration(numberAt(payload, 0));
    else this.#moveOn(numberAt(payload, 0), numberAt(payload, 1));
  }

  /** The owner has gone: what was handed over may have taken effect, and nothing can be read any more. */
  lose(): void {
    this.#isClosing = true;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) {
      reject(new EngineFailure({ kind: 'unavailable', because: 'outcome-unknown' }));
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(closed());
    this.#drained?.();
  }

  /** @returns `undefined`: all that anybody was told of is here. */
  #catchUp(): Promise<void> | undefined {
    const sequence = this.#published.read();
    if (sequence <= this.#sequence) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sequence, resolve, reject });
    });
  }

  #apply(payload: Buffer): void {
    const { sequence, rows } = decodeRows(payload);
    for (const [text, row] of rows) {
      this.#recent.set(text, row);
      this.#read.forget(text);
    }
    this.#sequence = sequence;
    if (this.#waiting.length > 0) {
      const ready = this.#waiting.filter((read) => read.sequence <= sequence);
      this.#waiting = this.#waiting.filter((read) => read.sequence > sequence);
      for (const { resolve } of ready) resolve();
    }
    for (const [text] of rows) this.#watchers.notify(text);
  }

  #settle(payload: Buffer): void {
    const { id, outcome } = decodeOutcome(payload, this.#revive);
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new Error(`Cannot settle commit ${id}: there is none`);
    this.#pending.delete(id);
    if (outcome instanceof Error) pending.reject(outcome);
    else {
      if (outcome.committed) {
        this.#commitCount += 1;
        if (this.#countedSequence !== this.#sequence) this.#batchCount += 1;
        this.#countedSequence = this.#sequence;
      }
      pending.resolve(outcome);
    }
    if (this.#pending.size === 0) this.#drained?.();
  }

  /**
   * The owner reads a newer state of the tree. Only exactly that one is as old as what was told: a still newer one may
   * hold rows that are still on their way. Where it is overwritten already, a later message names a newer one.
   * @param generation -1: none was added.
   */
  #moveOn(generation: number, transaction: number): void {
    const head = headOf(this.#file, transaction);
    if (head === undefined) return;
    this.#reader.moveTo(head);
    if (generation >= 0) this.#recent.forget(generation);
    this.#tellOldest();
  }

  #tellOldest(): void {
    const held = [...this.#snapshots].map(({ transaction }) => transaction);
    const oldest = Math.min(this.#reader.head.transaction, ...held);
    if (oldest === this.#oldestTold || this.#stream.destroyed) return;
    this.#oldestTold = oldest;
    this.#writer.send(encodeNumbers(MESSAGE.oldest, oldest));
  }

  #assertOpen(): void {
    if (this.#isClosing) throw closed();
  }
}

function closed(): EngineFailure {
  return new EngineFailure({ kind: 'unavailable', because: 'closed' });
}
