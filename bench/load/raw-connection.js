// @ts-check
/**
 * One keep-alive HTTP/1.1 connection that costs the load generator as little as possible: requests go out in one write,
 * answers are parsed just far enough. The same client drives the bare server and Annals, so its own cost is in both
 * sides of every ratio.
 */
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** @typedef {{ status: number, headers: Map<string, string>, bodyLength: number, body: Buffer }} RawAnswer */

export class RawConnection {
  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
    /** @type {Buffer[]} */
    this.pieces = [];
    this.received = 0;
    /** @type {((answer: RawAnswer) => void) | undefined} */
    this.resolve = undefined;
    /** @type {((error: Error) => void) | undefined} */
    this.reject = undefined;
    /** @type {RawAnswer | undefined} */
    this.answer = undefined;
    this.remaining = 0;
    this.keepBody = true;
    this.hasBody = true;
    /** Of peers, whose short answers may come in chunks: these are passed over, not kept. */
    this.isChunked = false;
    this.tail = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.onData(chunk));
    socket.on('error', (error) => this.reject?.(error));
    socket.on('close', () => this.reject?.(new Error('The server closed the connection')));
  }

  /**
   * @param {number} port
   * @returns {Promise<RawConnection>}
   */
  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawConnection(socket)));
    });
  }

  /** @returns {boolean} Also when the server closed it because nothing was asked for a while. */
  get isClosed() {
    return this.socket.destroyed;
  }

  /**
   * Sends one request and waits for its whole answer.
   * @param {string} head Request line and headers, with the final empty line.
   * @param {readonly Uint8Array[]} body Pieces of the body, written in order.
   * @param {boolean} keepBody Whether the answer's body is kept or only counted.
   * @returns {Promise<RawAnswer>}
   */
  send(head, body = [], keepBody = true) {
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw new Error('The server closed the connection');
      this.resolve = resolve;
      this.reject = reject;
      this.keepBody = keepBody;
      this.hasBody = !head.startsWith('HEAD ');
      this.socket.cork();
      this.socket.write(head, 'latin1');
      for (const piece of body) this.socket.write(piece);
      this.socket.uncork();
    });
  }

  /** @param {Buffer} chunk */
  onData(chunk) {
    if (this.answer === undefined) {
      const start = this.pieces.length === 0 ? chunk : Buffer.concat([...this.pieces, chunk]);
      const end = start.indexOf(HEAD_END);
      if (end < 0) {
        this.pieces = [start];
        return;
      }
      this.pieces = [];
      const lines = start.toString('latin1', 0, end).split('\r\n');
      /** @type {Map<string, string>} */
      const headers = new Map();
      for (let index = 1; index < lines.length; index += 1) {
        const line = lines[index] ?? '';
        const colon = line.indexOf(':');
        headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      }
      this.answer = {
        status: Number((lines[0] ?? '').slice(9, 12)),
        headers,
        bodyLength: this.hasBody ? Number(headers.get('content-length') ?? 0) : 0,
        body: Buffer.alloc(0),
      };
      this.isChunked = this.hasBody && headers.get('transfer-encoding') === 'chunked';
      this.remaining = this.answer.bodyLength;
      chunk = start.subarray(end + HEAD_END.length);
    }
    if (this.isChunked) {
      this.tail = Buffer.concat([this.tail, chunk]).subarray(-LAST_CHUNK.length);
      if (this.tail.equals(LAST_CHUNK)) this.finish(this.answer);
      return;
    }
    this.remaining -= chunk.length;
    if (this.keepBody && chunk.length > 0) this.answer.body = Buffer.concat([this.answer.body, chunk]);
    if (this.remaining <= 0) this.finish(this.answer);
  }

  /** @param {RawAnswer} answer */
  finish(answer) {
    this.answer = undefined;
    this.tail = Buffer.alloc(0);
    this.resolve?.(answer);
  }

  /** @param {Error | undefined} error For a request that still waits. */
  close(error = undefined) {
    if (error !== undefined) this.reject?.(error);
    this.reject = undefined;
    this.socket.destroy();
  }
}
