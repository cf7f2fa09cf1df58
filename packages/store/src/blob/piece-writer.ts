/**
 * A blob on its way to a service, in pieces of one length: a few are under way while the next one fills. A blob of one
 * piece or less is sent whole, when it is sealed. Leaves out how a piece is sent, and what makes pieces a blob
 * (`s3/s3-pieces.ts`, `rados/rados-pieces.ts`).
 */
import type { BlobId, BlobWriter } from '../contract/blob-store.js';

/** Pieces of one blob that are sent at once. */
const PIECES_UNDER_WAY_MAX = 3;

/** A copy of the bytes of one piece, since their writer uses the memory for something else. */
export interface PieceBuffer {
  /** Bytes in it. */
  readonly length: number;
  /** Copies all bytes of `piece`; waits for memory where there is none. @throws As `PartMemory.take`. */
  add(piece: Uint8Array, signal: AbortSignal): Promise<void>;
  /**
   * The service has it whole, so nothing that was sent reads its memory any more, and other pieces may use it. After a
   * failure a request may read it for as long as its connection is not closed.
   */
  noteStored(): void;
  /** Gives its memory back. */
  release(): void;
}

/** What the pieces of one blob become, at one kind of service. */
export interface Pieces<Buffer extends PieceBuffer> {
  /** Of every piece but the last. */
  readonly lengthBytes: number;
  /** @throws The engine is closed. */
  assertOpen(): void;
  newBuffer(): Buffer;
  /** Writes a blob that is no longer than a piece. */
  sendWhole(buffer: Buffer, signal: AbortSignal): Promise<void>;
  /** Sends a piece. @param index From 0 on; pieces may be sent at once. */
  send(buffer: Buffer, index: number, signal: AbortSignal): Promise<void>;
  /** Makes a blob of all pieces, which were sent. @param lengthBytes Of all together. */
  complete(lengthBytes: number, signal: AbortSignal): Promise<void>;
  /** Removes what there is of the blob. Nothing is under way any more. */
  remove(): Promise<void>;
  /** @returns What to throw in place of a failure of the others. */
  toEngineFailure(error: unknown): unknown;
}

/** Writes one blob. Its failures are those of the contract. */
export class PieceWriter<Buffer extends PieceBuffer> implements BlobWriter {
  readonly blobId: BlobId;
  readonly #pieces: Pieces<Buffer>;
  readonly #onEnd: () => void;
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #buffer: Buffer;
  #sentCount = 0;
  #length = 0;
  /** Of a piece that was not waited for. */
  #failure: unknown;
  #state: 'open' | 'failed' | 'sealed' | 'aborted' = 'open';
  /** The call under way, or the last one. */
  #operation: Promise<void> = Promise.resolve();

  /** @param onEnd Called once the blob needs no attention any more. */
  constructor(blobId: BlobId, pieces: Pieces<Buffer>, onEnd: () => void) {
    this.blobId = blobId;
    this.#pieces = pieces;
    this.#onEnd = onEnd;
    this.#buffer = pieces.newBuffer();
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#run('write', async () => {
      const { lengthBytes } = this.#pieces;
      for (const chunk of chunks) {
        for (let taken = 0; taken < chunk.length; ) {
          // Not before there are more bytes: a blob of one full piece is sent whole.
          if (this.#buffer.length === lengthBytes) await this.#send();
          const piece = chunk.subarray(taken, taken + lengthBytes - this.#buffer.length);
          await this.#buffer.add(piece, this.#ending.signal);
          this.#length += piece.length;
          taken += piece.length;
        }
      }
    });
  }

  seal(): Promise<void> {
    return this.#run('seal', async () => {
      if (this.#sentCount === 0) await this.#sendWhole();
      else await this.#complete();
      if (this.#state !== 'open') throw new Error(`Cannot seal blob "${this.blobId}": it is ${this.#state}`);
      this.#state = 'sealed';
      this.#onEnd();
    });
  }

  async abort(): Promise<void> {
    if (this.#state === 'aborted') return;
    this.#state = 'aborted';
    this.#ending.abort(new Error(`the blob "${this.blobId}" was given up`));
    await this.#operation.catch(() => undefined);
    await Promise.all(this.#underWay);
    this.#buffer.release();
    // What is left shows in the listing, and the sweep of orphans removes it.
    await this.#pieces.remove().catch(() => undefined);
    this.#onEnd();
  }

  async #sendWhole(): Promise<void> {
    try {
      await this.#pieces.sendWhole(this.#buffer, this.#ending.signal);
      this.#buffer.noteStored();
    } finally {
      this.#buffer.release();
    }
  }

  async #complete(): Promise<void> {
    if (this.#buffer.length > 0) await this.#send();
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure;
    await this.#pieces.complete(this.#length, this.#ending.signal);
  }

  /** Begins to send what is full, as soon as few enough are under way, and does not wait for it. */
  async #send(): Promise<void> {
    while (this.#underWay.size >= PIECES_UNDER_WAY_MAX) await Promise.race(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure;
    const buffer = this.#buffer;
    this.#buffer = this.#pieces.newBuffer();
    const sending = this.#pieces
      .send(buffer, this.#sentCount, this.#ending.signal)
      .then(() => buffer.noteStored())
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        buffer.release();
        this.#underWay.delete(sending);
      });
    this.#sentCount += 1;
    this.#underWay.add(sending);
  }

  async #run(action: string, operation: () => Promise<void>): Promise<void> {
    if (this.#state !== 'open') throw new Error(`Cannot ${action} blob "${this.blobId}": it is ${this.#state}`);
    try {
      this.#pieces.assertOpen();
      this.#operation = operation();
      await this.#operation;
    } catch (error) {
      if (this.#state === 'open') this.#state = 'failed';
      throw this.#pieces.toEngineFailure(error);
    }
  }
}
