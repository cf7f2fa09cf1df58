/**
 * Writes an answer to the socket: common headers, exact spellings, one write for small answers, back-pressure for
 * streams. An answer is complete or its connection is destroyed: never a short body under a status that says all is
 * well. Leaves out what the answer says (`../operations`, `../error/render-error.ts`).
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { formatHttpDate } from '@annals/protocol';
import type { OperationResponse, StreamedBody } from '../response.js';
import type { Connection } from './connection.js';
import { type PaceFault, type PaceLimits, PaceWatch, type Timers } from './pace-watch.js';
import type { SocketBody } from './request-body.js';

/** The exchange an answer belongs to: where it goes out, and what its headers say of the request. */
export interface ResponseDestination {
  readonly outgoing: ServerResponse;
  readonly connection: Connection;
  readonly body: SocketBody;
  readonly method: string;
  readonly requestId: string;
  readonly nowMs: number;
  /** Since the request's head was in. */
  readonly elapsedMs: number;
  readonly keepAliveMs: number;
  readonly pace: PaceLimits;
  readonly timers: Timers;
  /** Called when the reader does not keep pace, before the connection is cut. */
  readonly onSlow: (fault: PaceFault) => void;
}

/** What went out. */
export interface WrittenResponse {
  /** Bytes of body handed to the socket. */
  readonly lengthBytes: number;
  /** Why the answer broke off; `undefined` when all of it was handed over. */
  readonly failure: unknown;
}

/** The client left before the answer was complete: nothing is wrong on this side. */
export class ClientGoneError extends Error {
  constructor() {
    super('The client closed the connection before the answer was complete');
    this.name = 'ClientGoneError';
  }
}

/**
 * Writes an answer. Never throws: whatever goes wrong is in the result, and the connection is destroyed then. Calls
 * `release` exactly once.
 * @returns When everything was handed to the socket; at once when it is there already.
 */
export function writeResponse(
  response: OperationResponse,
  destination: ResponseDestination,
): WrittenResponse | Promise<WrittenResponse> {
  const { body } = response;
  const isWhole = body === undefined || body instanceof Uint8Array || isWithoutBody(response, destination);
  return isWhole ? writeWhole(response, destination) : writeStream(response, body, destination);
}

function isWithoutBody({ body, status }: OperationResponse, { method }: ResponseDestination): boolean {
  return body === undefined || method === 'HEAD' || isBodyless(status);
}

/** An answer that is one piece: it goes to the socket in one call. */
function writeWhole(response: OperationResponse, destination: ResponseDestination): WrittenResponse {
  const { outgoing, connection } = destination;
  const { body } = response;
  try {
    writeHead(response, destination);
    const bytes = isWithoutBody(response, destination) ? undefined : (body as Uint8Array);
    if (bytes === undefined) outgoing.end();
    else outgoing.end(bytes);
    // A reader may still stop before the last bytes are out; the usual small answer has left already.
    if (connection.socket.writableLength > 0) watchUntilFinished(outgoing, watchReader(destination));
    return { lengthBytes: bytes?.length ?? 0, failure: undefined };
  } catch (failure) {
    cut(response, destination);
    return { lengthBytes: 0, failure };
  } finally {
    response.release?.();
  }
}

function writeHead(response: OperationResponse, destination: ResponseDestination): void {
  const { outgoing } = destination;
  if (outgoing.destroyed) throw new ClientGoneError();
  settleUnreadBody(destination);
  outgoing.sendDate = false;
  outgoing.writeHead(response.status, STATUS_CODES[response.status] ?? 'Unknown', wireHeaders(response, destination));
}

async function writeStream(
  response: OperationResponse,
  body: StreamedBody,
  destination: ResponseDestination,
): Promise<WrittenResponse> {
  const { outgoing, connection } = destination;
  let lengthBytes = 0;
  let paceWatch: PaceWatch | undefined;
  try {
    writeHead(response, destination);
    if (body.isLive) outgoing.flushHeaders();
    for await (const chunk of body.stream) {
      lengthBytes += chunk.length;
      if (body.length !== undefined && lengthBytes > body.length) {
        throw new Error(`The body is longer than the ${body.length} bytes announced`);
      }
      if (!(body.isLive ? writeLive(outgoing, chunk) : outgoing.write(chunk))) {
        paceWatch ??= watchReader(destination);
        await drained(destination, paceWatch);
      }
      if (outgoing.destroyed) throw new ClientGoneError();
    }
    if (body.length !== undefined && lengthBytes < body.length) {
      throw new Error(`The body ended after ${lengthBytes} of ${body.length} bytes`);
    }
    outgoing.end();
    // A reader may still stop before the last bytes are out.
    if (connection.socket.writableLength > 0) {
      paceWatch ??= watchReader(destination);
      watchUntilFinished(outgoing, paceWatch);
    } else {
      paceWatch?.end();
    }
    return { lengthBytes, failure: undefined };
  } catch (failure) {
    paceWatch?.end();
    cut(response, destination);
    return { lengthBytes, failure };
  } finally {
    response.release?.();
  }
}

/** Chunks up to this length are copied with their framing; of longer ones the copy costs more than it saves. */
const FRAMED_LENGTH_BYTES_MAX = 16 * 1024;
const LINE_END = Buffer.from('\r\n', 'latin1');
/** Chunks with their framing, for as long as somebody has the chunk. */
const framedChunks = new WeakMap<Uint8Array, Buffer>();

/**
 * Writes a piece of a live body, whose head has left. A thousand followers of one object get the same piece one after
 * the other, so each costs little: the piece is framed once for all of them, and goes to the socket as one. node:http
 * would hand over size, bytes and line end by themselves, and a moment later.
 * @returns Whether the socket takes more.
 */
function writeLive(outgoing: ServerResponse, chunk: Uint8Array): boolean {
  const { socket } = outgoing;
  const isFramed = outgoing.chunkedEncoding && chunk.length > 0 && chunk.length <= FRAMED_LENGTH_BYTES_MAX;
  if (socket === null || !socket.writable || !isFramed) return outgoing.write(chunk);
  // A newer node:http holds what it was given until the next turn, and this piece must not overtake it.
  if (outgoing.writableLength > socket.writableLength) return outgoing.write(chunk);
  return socket.write(framed(chunk));
}

function framed(chunk: Uint8Array): Buffer {
  const known = framedChunks.get(chunk);
  if (known !== undefined) return known;
  const made = Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'), chunk, LINE_END]);
  framedChunks.set(chunk, made);
  return made;
}

/** Over HTTP/1.0 the end of the connection ends a body of unknown length: only a reset tells that it was cut. */
function cut({ body }: OperationResponse, { outgoing, connection }: ResponseDestination): void {
  const isStream = body !== undefined && !(body instanceof Uint8Array);
  const endsWithConnection = isStream && body.length === undefined && !outgoing.chunkedEncoding;
  if (outgoing.headersSent && endsWithConnection) connection.socket.resetAndDestroy();
  else connection.socket.destroy();
}

function settleUnreadBody({ body, connection }: ResponseDestination): void {
  const { unread } = body;
  if (unread === 'none') return;
  if (unread === 'close') connection.lingerOnClose();
  body.discard();
}

/** Names and values by turns, as `writeHead` takes them. */
function wireHeaders(response: OperationResponse, destination: ResponseDestination): string[] {
  const { outgoing, connection, requestId, nowMs, elapsedMs, keepAliveMs } = destination;
  const isLast = connection.isClosing || !outgoing.shouldKeepAlive;
  const { headers, body, status } = response;
  const lines = ['Server', 'AliyunOSS', 'Date', httpDateNow(nowMs)];
  let hasContentLength = false;
  let hasRetryAfter = false;
  for (const name in headers) {
    lines.push(name, wireValue(headers[name] as string));
    if (name === 'Content-Length') hasContentLength = true;
    else if (name === 'Retry-After') hasRetryAfter = true;
  }
  if (isForLater(status) && !hasRetryAfter) lines.push('Retry-After', RETRY_AFTER_SECONDS);
  if (!hasContentLength && !isBodyless(status)) {
    const length = body === undefined ? 0 : body.length;
    if (length !== undefined) lines.push('Content-Length', String(length));
  }
  if (isLast) lines.push('Connection', 'close');
  else lines.push('Connection', 'keep-alive', 'Keep-Alive', `timeout=${Math.floor(keepAliveMs / 1000)}`);
  lines.push('x-oss-request-id', requestId, 'x-oss-server-time', String(Math.round(elapsedMs)));
  return lines;
}

const RETRY_AFTER_SECONDS = '1';

/** An answer that asks the client to come back later says when: in a second, when nothing better is known. */
function isForLater(status: number): boolean {
  return status === 503 || status === 429;
}

/** RFC 9110 section 6.4.1: these never have a body, and 204 not even a length. */
function isBodyless(status: number): boolean {
  return status === 204 || status === 304;
}

let lastSecond = -1;
let lastDate = '';

/** The Date header changes once a second; formatting it costs more than all other headers. */
function httpDateNow(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastDate = formatHttpDate(nowMs);
  }
  return lastDate;
}

/** Anything but tab and visible ASCII. */
const UNUSUAL_CHARACTER = /[^\t\x20-\x7e]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTERS = /[\x00-\x1f\x7f]/g;

/**
 * Makes a text fit for a header: UTF-8, one byte per character as node:http wants it. A control character, which would
 * make node:http throw after the work is done and committed, becomes a space.
 */
function wireValue(value: string): string {
  if (!UNUSUAL_CHARACTER.test(value)) return value;
  return Buffer.from(value.replace(CONTROL_CHARACTERS, ' '), 'utf8').toString('latin1');
}

function watchReader({ connection, pace, timers, onSlow }: ResponseDestination): PaceWatch {
  return new PaceWatch({
    limits: pace,
    timers,
    movedBytes: () => connection.takenBytes(),
    onFault(fault) {
      onSlow(fault);
      connection.socket.destroy();
    },
  });
}

/** Resolves when the socket takes more or is gone; only this time is the reader's. */
function drained({ outgoing, connection }: ResponseDestination, paceWatch: PaceWatch): Promise<void> {
  const { socket } = connection;
  return new Promise((resolve) => {
    const done = (): void => {
      paceWatch.pause();
      socket.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    outgoing.on('close', done);
    paceWatch.wait();
  });
}

function watchUntilFinished(outgoing: ServerResponse, paceWatch: PaceWatch): void {
  const end = (): void => paceWatch.end();
  outgoing.once('finish', end);
  outgoing.once('close', end);
  paceWatch.wait();
}
