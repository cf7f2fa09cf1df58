/**
 * The body of a request as operations see it: nothing is read before the operation asks, back-pressure reaches the
 * client, and a body that ends early or stalls is an error, never a short stream. Leaves out who decides whether it may
 * be read (`pipeline.ts`).
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OssError } from '@annals/protocol';
import type { ReadAhead } from '../limits/read-ahead.js';
import { readWhole } from '../request/read-whole.js';
import type { RequestBody } from '../request/request-body.js';
import type { Connection } from './connection.js';
import { GrowingBuffer } from './growing-buffer.js';
import { type PaceFault, type PaceLimits, PaceWatch, type Timers } from './pace-watch.js';
import type { RequestHead } from './request-head.js';

/** Bytes that may wait for their reader before the client is held back. */
const QUEUE_LENGTH_BYTES_MAX = 256 * 1024;
/** Shorter pieces behind a waiting one are copied together: an object for each would cost a hundred times its bytes. */
const SHORT_LENGTH_BYTES = 4 * 1024;

/** What happens to the unread bytes. */
export type UnreadBody = 'none' | 'drain' | 'close';

/** Where a body comes from, and how long and how much of it is waited for. */
export interface SocketBodyOptions {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly connection: Connection;
  readonly head: Pick<RequestHead, 'bodyLength' | 'announcesBody'>;
  /** Whether requests of this method have bodies. Without it a body that is announced may never come. */
  readonly isExpected: boolean;
  /** Whether the client waits for `100 Continue` before it sends. */
  readonly expectsContinue: boolean;
  readonly pace: PaceLimits;
  /** What waits of all bodies together. */
  readonly readAhead: ReadAhead;
  readonly timers: Timers;
  /** Called when the client does not keep pace, before anything is done about it. */
  readonly onSlow: (fault: PaceFault) => void;
  readonly drainLengthBytesMax: number;
}

type Chunk = IteratorResult<Uint8Array, undefined>;

/**
 * The body of one request on its socket: opened and read at most once; holds back the client when
 * `QUEUE_LENGTH_BYTES_MAX` wait.
 */
export class SocketBody implements RequestBody, AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly length: number | undefined;
  readonly announced: boolean;
  readonly #options: SocketBodyOptions;
  readonly #queue: Uint8Array[] = [];
  /** Short pieces behind those in the queue. */
  readonly #tail = new GrowingBuffer();
  #queuedLengthBytes = 0;
  #receivedLengthBytes = 0;
  #isOpen = false;
  #isListening = false;
  #isPaused = false;
  #isDiscarding = false;
  #isClosed = false;
  #hasEnded = false;
  #mayComeAtOnce = false;
  #paceWatch: PaceWatch | undefined;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(options: SocketBodyOptions) {
    this.#options = options;
    this.length = options.head.bodyLength;
    this.announced = options.head.announcesBody;
  }

  /** Bytes taken from the socket so far, chunk framing excluded. */
  get receivedLengthBytes(): number {
    return this.#receivedLengthBytes;
  }

  open(): AsyncIterable<Uint8Array> {
    if (this.#isOpen) throw new Error('Cannot open a request body twice');
    this.#isOpen = true;
    const { incoming, outgoing, expectsContinue } = this.#options;
    if (!this.announced) {
      this.#hasEnded = true;
    } else if (incoming.complete) {
      this.#takeWhole();
    } else {
      // What came in the same packet as the head is parsed after this turn of the event loop: most bodies need no
      // listeners at all.
      this.#mayComeAtOnce = !expectsContinue;
      if (expectsContinue) {
        outgoing.writeContinue();
        this.#listen();
      }
    }
    return this;
  }

  /** Takes a body that is complete without an event for each piece. */
  #takeWhole(): void {
    const whole = this.#options.incoming.read() as Buffer | null;
    if (whole !== null) this.#enqueue(whole);
    this.#hasEnded = true;
  }

  async readAll(lengthMax: number, tooLarge: () => Error): Promise<Uint8Array> {
    if (this.length !== undefined && this.length > lengthMax) throw tooLarge();
    return readWhole(this.open(), lengthMax, tooLarge);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  next(): Promise<Chunk> {
    const value = this.#queue.shift() ?? this.#takeTail();
    if (value !== undefined) {
      this.#dequeued(value);
      return Promise.resolve({ value, done: false });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#hasEnded ? Promise.resolve({ value: undefined, done: true }) : this.#waitForNext();
  }

  async #waitForNext(): Promise<Chunk> {
    if (this.#mayComeAtOnce) await this.#waitForPacket();
    else await this.#nextEvent();
    return this.next();
  }

  /** The reader gives up early; what becomes of the rest is decided when the answer is written. */
  async return(): Promise<Chunk> {
    if (!this.#hasEnded && this.#isListening) this.#pause();
    return { value: undefined, done: true };
  }

  /** Ends the body with an error for its reader, unless it is complete. */
  fail(error: Error): void {
    if (this.#hasEnded || this.#failure !== undefined) return;
    this.#failure = error;
    this.#wakeReader();
  }

  /** What is to be done with the unread rest once the answer is known. */
  get unread(): UnreadBody {
    const { incoming, isExpected, expectsContinue, drainLengthBytesMax } = this.#options;
    if (this.#failure !== undefined) return 'close';
    if (!this.announced || this.#hasEnded || incoming.complete) return 'none';
    // A client that repeats the headers of an upload on a read sends no body: waiting for one would take the next
    // request for it.
    if (!isExpected) return 'close';
    // Told a final status, such a client may send its body or may not: what comes next cannot be told apart.
    if (expectsContinue && !this.#isOpen) return 'close';
    if (this.length === undefined) return 'drain';
    return this.length - this.#receivedLengthBytes <= drainLengthBytesMax ? 'drain' : 'close';
  }

  /** The request is answered: unread bytes wait no longer. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forgetQueue();
  }

  #forgetQueue(): void {
    this.#queue.length = 0;
    this.#tail.take();
    this.#options.readAhead.add(-this.#queuedLengthBytes);
    this.#queuedLengthBytes = 0;
  }

  /** Throws the unread rest away as it comes; a chunked body that turns out too long ends the connection. */
  discard(): void {
    this.#isDiscarding = true;
    this.#forgetQueue();
    this.#receivedLengthBytes = 0;
    this.#listen();
    this.#options.incoming.resume();
    if (!this.#hasEnded && !this.#options.incoming.destroyed) this.#pace().wait();
  }

  async #waitForPacket(): Promise<void> {
    this.#mayComeAtOnce = false;
    await nextTurn();
    if (this.#failure !== undefined) return;
    if (this.#options.incoming.complete) this.#takeWhole();
    else this.#listen();
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const { incoming } = this.#options;
    incoming.on('data', (chunk: Buffer) => this.#onData(chunk));
    incoming.on('end', () => {
      this.#hasEnded = true;
      this.#paceWatch?.end();
      this.#wakeReader();
    });
    incoming.on('error', (cause) => this.#failIncomplete(cause));
    incoming.on('close', () => {
      this.#paceWatch?.end();
      this.#failIncomplete(undefined);
    });
    // It may have happened before a listener was added.
    if (incoming.destroyed) this.#failIncomplete(incoming.errored);
  }

  #failIncomplete(cause: unknown): void {
    if (!this.#hasEnded) this.fail(new OssError('IncompleteBody', { cause }));
  }

  #onData(chunk: Buffer): void {
    if (!this.#isDiscarding) {
      if (this.#isClosed) return;
      this.#enqueue(chunk);
      if (this.#queuedLengthBytes >= QUEUE_LENGTH_BYTES_MAX || !this.#options.readAhead.hasRoom) this.#pause();
      this.#wakeReader();
      return;
    }
    const { connection, drainLengthBytesMax } = this.#options;
    this.#receivedLengthBytes += chunk.length;
    if (this.#receivedLengthBytes > drainLengthBytesMax && !connection.isClosing) {
      connection.lingerOnClose();
      if (!connection.isBusy) connection.socket.destroySoon();
    }
  }

  #enqueue(chunk: Buffer): void {
    if (chunk.length < SHORT_LENGTH_BYTES && (this.#queue.length > 0 || this.#tail.lengthBytes > 0)) {
      this.#tail.append(chunk);
    } else {
      const tail = this.#takeTail();
      if (tail !== undefined) this.#queue.push(tail);
      this.#queue.push(chunk);
    }
    this.#queuedLengthBytes += chunk.length;
    this.#options.readAhead.add(chunk.length);
    this.#receivedLengthBytes += chunk.length;
  }

  #takeTail(): Uint8Array | undefined {
    return this.#tail.lengthBytes === 0 ? undefined : this.#tail.take();
  }

  #dequeued(chunk: Uint8Array): void {
    this.#queuedLengthBytes -= chunk.length;
    this.#options.readAhead.add(-chunk.length);
    if (!this.#isPaused || this.#queuedLengthBytes >= QUEUE_LENGTH_BYTES_MAX / 2) return;
    // Without room for all, what is here has to be read first.
    if (this.#queuedLengthBytes > 0 && !this.#options.readAhead.hasRoom) return;
    this.#isPaused = false;
    this.#options.incoming.resume();
  }

  #pause(): void {
    this.#isPaused = true;
    this.#options.incoming.pause();
  }

  #nextEvent(): Promise<void> {
    this.#pace().wait();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #pace(): PaceWatch {
    const { pace, timers, connection } = this.#options;
    this.#paceWatch ??= new PaceWatch({
      limits: pace,
      timers,
      movedBytes: () => connection.socket.bytesRead,
      onFault: (fault) => this.#giveUp(fault),
    });
    return this.#paceWatch;
  }

  #giveUp(fault: PaceFault): void {
    this.#options.onSlow(fault);
    // The request is answered, and its rest only comes to be thrown away.
    if (this.#isDiscarding) this.#options.connection.socket.destroy();
    else this.fail(new OssError('RequestTimeout'));
  }

  #wakeReader(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    if (!this.#isDiscarding) this.#paceWatch?.pause();
    wake();
  }
}
