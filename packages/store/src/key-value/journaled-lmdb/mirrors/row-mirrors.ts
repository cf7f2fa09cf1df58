/**
 * The processes that mirror the rows of a folder, as the process that owns it sees them: it tells them every row that
 * changes, in order, and carries out their commits. How the parts play together:
 * `docs/decisions/0010-workers.md`. Leaves out starting and ending processes.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { KeyValueStore } from '../../../contract/key-value-store.js';
import type { CommittedRow } from '../committed-rows.js';
import { JournaledLmdbKeyValueStore, type RowFollower } from '../journaled-lmdb-key-value-store.js';
import { FrameReader, FrameWriter } from './frames.js';
import {
  decodeCommit,
  decodeNote,
  encodeNote,
  encodeNumbers,
  encodeOutcome,
  encodeRows,
  encodeWelcome,
  MESSAGE,
  numberAt,
} from './mirror-messages.js';
import { SequencePublisher } from './published-sequence.js';

/** File in the folder of the rows. */
export const SEQUENCE_FILE_NAME = 'published';

/** A mirror that takes nothing for so long that so much waits is given up: its memory would be the owner's. */
const WAITING_LENGTH_BYTES_MAX = 256 * 1024 * 1024;

/** What mirrors are served with. */
export interface RowMirrorsOptions {
  /** Of `openJournaledLmdbKeyValueStore`. */
  readonly keyValues: KeyValueStore;
  /** Folder of the rows. */
  readonly directory: string;
  /** Carries out a commit of a mirror: on the same rows, by way of what counts commits. */
  readonly commit: KeyValueStore['commit'];
  /** Default: notes of mirrors are dropped. */
  readonly notes?: MirrorNotes;
}

/** Who takes the notes of mirrors. */
export interface MirrorNotes {
  /** @param mirror The same for all notes of one mirror. */
  receive(mirror: object, note: string): void;
  /** The mirror is gone, and no commit of it is under way. It may be told again. */
  ended(mirror: object): void;
}

interface Mirror {
  readonly stream: Duplex;
  readonly writer: FrameWriter;
  /** It reads no older state of the database. */
  oldestTransaction: number;
  /** Commits. */
  underWayCount: number;
  hasEnded: boolean;
}

/** All mirrors of one folder. */
export class RowMirrors implements RowFollower {
  readonly #keyValues: JournaledLmdbKeyValueStore;
  readonly #commit: KeyValueStore['commit'];
  readonly #notes: MirrorNotes | undefined;
  readonly #publisher: SequencePublisher;
  readonly #lifeId = randomBytes(6).readUIntLE(0, 6);
  readonly #mirrors = new Set<Mirror>();
  readonly #unfollow: () => void;
  #sequence = 0;

  /** @throws {TypeError} The rows are of another engine. @throws {Error} The file cannot be written. */
  constructor({ keyValues, directory, commit, notes }: RowMirrorsOptions) {
    if (!(keyValues instanceof JournaledLmdbKeyValueStore)) throw new TypeError('Cannot mirror rows of another engine');
    this.#keyValues = keyValues;
    this.#commit = commit;
    this.#notes = notes;
    this.#publisher = new SequencePublisher(join(directory, SEQUENCE_FILE_NAME), this.#lifeId);
    this.#unfollow = keyValues.follow(this);
  }

  /**
   * Serves one more mirror, from when it says that it is there until its stream ends.
   * @returns Resolves when it has: commits that came whole before are under way, and their outcome has no receiver.
   */
  attach(stream: Duplex): Promise<void> {
    let mirror: Mirror | undefined;
    const reader = new FrameReader((kind, payload) => {
      // What happens while its process still starts need not be told.
      if (kind === MESSAGE.hello) mirror = this.#welcome(stream);
      else if (mirror === undefined) stream.destroy();
      else if (kind === MESSAGE.oldest) mirror.oldestTransaction = numberAt(payload, 0);
      else if (kind === MESSAGE.note) this.#notes?.receive(mirror, decodeNote(payload));
      else void this.#carryOut(payload, mirror);
    });
    stream.on('data', (chunk: Buffer) => reader.push(chunk));
    return new Promise((resolve) => {
      const end = (): void => {
        if (mirror !== undefined) this.#end(mirror);
        stream.destroy();
        resolve();
      };
      stream.once('end', end);
      stream.once('close', end);
      // Of a process that was killed; `close` follows.
      stream.on('error', () => undefined);
    });
  }

  #welcome(stream: Duplex): Mirror {
    const { layers, transaction } = this.#keyValues.mirrored();
    const writer = new FrameWriter(stream);
    const mirror: Mirror = { stream, writer, oldestTransaction: transaction, underWayCount: 0, hasEnded: false };
    mirror.writer.send(encodeWelcome({ lifeId: this.#lifeId, sequence: this.#sequence, transaction, layers }));
    this.#mirrors.add(mirror);
    return mirror;
  }

  #end(mirror: Mirror): void {
    this.#mirrors.delete(mirror);
    mirror.hasEnded = true;
    if (mirror.underWayCount === 0) this.#notes?.ended(mirror);
  }

  async #carryOut(payload: Buffer, mirror: Mirror): Promise<void> {
    const { id, commit } = decodeCommit(payload);
    mirror.underWayCount += 1;
    const outcome = await this.#commit(commit).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    mirror.writer.send(encodeOutcome(id, outcome));
    mirror.underWayCount -= 1;
    if (mirror.hasEnded) this.#end(mirror);
  }

  /** Says something to all mirrors, in order with the rows. */
  note(text: string): void {
    if (this.#mirrors.size > 0) this.#tell(encodeNote(text));
  }

  committed(rows: readonly CommittedRow[]): void {
    if (rows.length === 0) return;
    this.#sequence += 1;
    this.#publisher.publish(this.#sequence);
    if (this.#mirrors.size > 0) this.#tell(encodeRows(this.#sequence, rows));
  }

  generationClosed(generation: number): void {
    this.#tell(encodeNumbers(MESSAGE.closed, generation));
  }

  checkpointed(generation: number | undefined, transaction: number): void {
    this.#tell(encodeNumbers(MESSAGE.checkpointed, generation ?? -1, transaction));
  }

  oldestTransaction(): number {
    return Math.min(...[...this.#mirrors].map((mirror) => mirror.oldestTransaction));
  }

  /** Gives up all mirrors. Idempotent. */
  close(): void {
    this.#unfollow();
    if (this.#mirrors.size > 0) for (const { stream } of this.#mirrors) stream.end();
    this.#publisher.close();
  }

  #tell(frame: Buffer): void {
    for (const { writer, stream } of this.#mirrors) {
      writer.send(frame);
      if (writer.waitingLengthBytes > WAITING_LENGTH_BYTES_MAX) stream.destroy();
    }
  }
}
