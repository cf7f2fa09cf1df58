/**
 * Stands between a socket and node:http's parser: reads every byte strictly first, and hands on only what it has
 * understood, one request at a time. So nothing the lenient parser might make of doubtful bytes is ever executed; a
 * request behind one that is not answered yet waits here, its client held back; and a body in tiny chunks reaches the
 * parser in one piece per read. Leaves out answering (`exchange.ts`), and what a fault is answered with
 * (`http-server.ts`).
 */
import { METHODS } from 'node:http';
import type { Socket } from 'node:net';
import { OssError } from '@annals/protocol';
import { badRequest } from './bad-request.js';
import { ChunkedReader } from './chunked-reader.js';
import type { Connection } from './connection.js';
import { GrowingBuffer } from './growing-buffer.js';
import { type HeadBounds, HeadReader } from './head-reader.js';

/**
 * Bytes behind a request under way that are read before the client is held back; at most one read of the socket more.
 */
const WAITING_LENGTH_BYTES_MAX = 64 * 1024;
/** Data shorter than this is copied into one piece with its chunk framing; longer data is handed on where it lies. */
const COPIED_LENGTH_BYTES_MAX = 4 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const CHUNK_END = Buffer.from('\r\n');
const BODY_END = Buffer.from('0\r\n\r\n');

/** Where in the stream of a connection a fault was found. */
export type FaultPlace = 'head' | 'body';

/** What a gate is built from. */
export interface WireGateOptions {
  readonly connection: Connection;
  readonly bounds: HeadBounds;
  /** Called once for the first thing that is not HTTP; nothing behind it is read. */
  readonly onFault: (error: OssError, place: FaultPlace) => void;
}

/** Enough of a first line to tell what it is. */
const LOOKED_AT_LENGTH_BYTES = 8 * 1024;

type BytesListener = (bytes: Buffer) => void;
type Phase = 'between' | 'head' | 'body' | 'chunked' | 'shut';

/**
 * The gate of one connection. Makes itself the only listener of the socket's bytes, in place of node:http, which it
 * feeds.
 */
export class WireGate {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #onFault: WireGateOptions['onFault'];
  readonly #head: HeadReader;
  readonly #parse: BytesListener;
  readonly #endParsing: () => void;
  readonly #waiting = new GrowingBuffer();
  #phase: Phase = 'between';
  #chunked: ChunkedReader | undefined;
  #bodyRestBytes = 0;
  #isHoldingBack = false;
  #wantsFlow = false;
  #waitsForDrain = false;
  #hasEnded = false;
  /** Whether the request read last came before the one in front of it was answered. */
  #isPipelined = false;
  #isRequestApproved = false;
  /** Whether the request read last had a body: what comes next may be more of it than was announced. */
  #isBehindBody = false;

  /**
   * @throws {Error} node:http does not listen to the socket as expected: better no connection than an unguarded one.
   */
  constructor(socket: Socket, { connection, bounds, onFault }: WireGateOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#onFault = onFault;
    this.#head = new HeadReader(bounds);
    const [parse, ...others] = socket.listeners('data') as BytesListener[];
    const endParsing = (socket.listeners('end') as (() => void)[]).at(-1);
    if (parse === undefined || others.length > 0 || endParsing === undefined) {
      throw new Error('Cannot guard a connection: node:http does not listen to it in the expected way');
    }
    this.#parse = parse;
    this.#endParsing = endParsing;
    socket.off('data', parse);
    socket.off('end', endParsing);
    // Listening through this method also ends node:http's reading past everybody, straight from the handle.
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => this.#end());
    // node:http lets a socket flow when it sees fit; as long as the gate holds the client back, that has to wait.
    const resume = socket.resume.bind(socket);
    socket.resume = () => {
      if (this.#isHoldingBack) this.#wantsFlow = true;
      else resume();
      return socket;
    };
    connection.onFree = () => this.#continue();
  }

  /** Whether the body of a request is coming in that node:http has reported, be it answered already or not. */
  get isInBody(): boolean {
    return !this.#isRequestApproved && (this.#phase === 'body' || this.#phase === 'chunked');
  }

  /** Whether the request that node:http reports now is one the gate has let through; true once for each. */
  takeApproval(): boolean {
    const isApproved = this.#isRequestApproved;
    this.#isRequestApproved = false;
    return isApproved;
  }

  /** Lets nothing through any more. */
  shut(): void {
    this.#phase = 'shut';
    this.#waiting.take();
    this.#release();
  }

  #receive(bytes: Buffer): void {
    if (this.#phase === 'shut') return;
    if (this.#waiting.lengthBytes > 0) {
      this.#wait(bytes);
      return;
    }
    if (this.#phase === 'between') this.#isPipelined = false;
    this.#read(bytes);
  }

  #read(bytes: Buffer): void {
    try {
      for (let index = 0; index < bytes.length && this.#phase !== 'shut'; ) index = this.#readSome(bytes, index);
    } catch (error) {
      if (!(error instanceof OssError)) throw error;
      const place = this.#phase === 'head' ? 'head' : 'body';
      this.shut();
      this.#onFault(error, place);
    }
  }

  /** @returns The place up to which everything was read, handed on or put aside. */
  #readSome(bytes: Buffer, from: number): number {
    switch (this.#phase) {
      case 'between':
        return this.#begin(bytes, from);
      case 'head':
        return this.#readHead(bytes, from);
      case 'body':
        return this.#passBody(bytes, from, from);
      case 'chunked':
        return this.#readChunks(bytes, from);
      case 'shut':
        return bytes.length;
    }
  }

  #begin(bytes: Buffer, from: number): number {
    if (!this.#connection.acceptsRequests) {
      this.shut();
      return bytes.length;
    }
    if (this.#mayBegin()) {
      this.#phase = 'head';
      if (this.#isBehindBody && !mayBeginRequest(bytes, from)) {
        throw badRequest('What comes behind the body of the request is not a request.');
      }
      return from;
    }
    this.#wait(bytes.subarray(from));
    return bytes.length;
  }

  /** One request at a time, and none for a client that does not take the answers. */
  #mayBegin(): boolean {
    if (!this.#connection.isFree) return false;
    const socket = this.#socket;
    if (!socket.writableNeedDrain) return true;
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true;
      socket.once('drain', () => {
        this.#waitsForDrain = false;
        this.#continue();
      });
    }
    return false;
  }

  #readHead(bytes: Buffer, from: number): number {
    const end = this.#head.read(bytes, from);
    if (end < 0) {
      this.#parse(from === 0 ? bytes : bytes.subarray(from));
      return bytes.length;
    }
    const { bodyLengthBytes, statedLengthBytes } = this.#head.finish();
    this.#isRequestApproved = true;
    this.#isBehindBody = bodyLengthBytes !== 0;
    if (bodyLengthBytes !== undefined) {
      this.#bodyRestBytes = bodyLengthBytes;
      return this.#passBody(bytes, from, end);
    }
    this.#phase = 'chunked';
    this.#chunked = new ChunkedReader(statedLengthBytes);
    this.#parse(bytes.subarray(from, end));
    return end;
  }

  /** Hands on the bytes from `from`, of which the body begins at `bodyStart`, up to its end. */
  #passBody(bytes: Buffer, from: number, bodyStart: number): number {
    const end = Math.min(bytes.length, bodyStart + this.#bodyRestBytes);
    this.#bodyRestBytes -= end - bodyStart;
    this.#phase = this.#bodyRestBytes === 0 ? 'between' : 'body';
    this.#parse(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end));
    return end;
  }

  /** Hands on the data of all chunks in `bytes` as one chunk. */
  #readChunks(bytes: Buffer, from: number): number {
    const { start, end, next, isComplete } = (this.#chunked as ChunkedReader).read(bytes, from);
    if (isComplete) {
      this.#phase = 'between';
      this.#chunked = undefined;
    }
    const lengthBytes = end - start;
    const size = `${lengthBytes.toString(16)}\r\n`;
    if (lengthBytes > COPIED_LENGTH_BYTES_MAX) {
      this.#parse(Buffer.from(size, 'latin1'));
      this.#parse(bytes.subarray(start, end));
      this.#parse(isComplete ? Buffer.concat([CHUNK_END, BODY_END]) : CHUNK_END);
    } else if (lengthBytes > 0) {
      const pieces = [Buffer.from(size, 'latin1'), bytes.subarray(start, end), CHUNK_END];
      this.#parse(Buffer.concat(isComplete ? [...pieces, BODY_END] : pieces));
    } else if (isComplete) {
      this.#parse(BODY_END);
    }
    return next;
  }

  #wait(bytes: Buffer): void {
    this.#waiting.append(bytes);
    if (this.#isHoldingBack || this.#waiting.lengthBytes < WAITING_LENGTH_BYTES_MAX) return;
    this.#isHoldingBack = true;
    this.#wantsFlow = !this.#socket.isPaused();
    this.#socket.pause();
  }

  /** The request before is answered, or its answer has left: on with what waits. */
  #continue(): void {
    if (this.#phase !== 'between') return;
    if (this.#waiting.lengthBytes > 0) {
      if (!this.#mayBegin()) return;
      this.#isPipelined = true;
      this.#read(this.#waiting.take());
    }
    if (this.#waiting.lengthBytes < WAITING_LENGTH_BYTES_MAX) this.#release();
    if (this.#hasEnded && this.#waiting.lengthBytes === 0) this.#endBehindLast();
  }

  #release(): void {
    if (!this.#isHoldingBack) return;
    this.#isHoldingBack = false;
    if (this.#wantsFlow) this.#socket.resume();
  }

  /** The client sends no more. */
  #end(): void {
    this.#hasEnded = true;
    if (this.#waiting.lengthBytes === 0) this.#endBehindLast();
  }

  /**
   * A client that sends several requests at once and then nothing wants their answers all the same. One that ends
   * behind a single request it has no answer to cannot be told from one that is gone.
   */
  #endBehindLast(): void {
    const isWhole = this.#phase === 'between' || (this.#phase === 'head' && this.#head.isEmpty);
    if (isWhole && this.#isPipelined && !this.#connection.isFree) this.#connection.closeAfterAnswer();
    else this.#endParsing();
  }
}

/**
 * Tells whether bytes whose first line is not complete can be the beginning of a request; complete lines are the head
 * reader's to judge. Without this the rest of a body that is longer than it said would be taken for a request that
 * comes slowly, and its client wait.
 */
function mayBeginRequest(bytes: Buffer, from: number): boolean {
  const start = bytes[from] === CR && bytes[from + 1] === LF ? from + 2 : from;
  const end = Math.min(bytes.length, from + LOOKED_AT_LENGTH_BYTES);
  const lineEnd = bytes.indexOf(LF, start);
  if (lineEnd >= 0 && lineEnd < end) return true;
  const text = bytes.toString('latin1', start, end);
  if (text === '' || text === '\r') return true;
  const [method = '', target, protocol = '', ...more] = text.split(' ');
  if (target === undefined) return METHODS.some((known) => known.startsWith(method));
  return (
    METHODS.includes(method) &&
    more.length === 0 &&
    /^(?:H|HT|HTT|HTTP|HTTP\/|HTTP\/1|HTTP\/1\.|HTTP\/1\.[01]\r?)?$/.test(protocol)
  );
}
