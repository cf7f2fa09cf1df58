// @ts-check
/**
 * Followers of one object in a process of their own: reading a hundred connections takes time that the writer, and the
 * clock beside it, must not wait for. `node follower-process.js PORT KEY COUNT`; told `{ length }`, answers
 * `{ times }`: when each follower had so many bytes, by the clock that all processes of a machine share.
 */
import { connect } from 'node:net';
import { followHead } from './requests.js';
import { sharedNowMs } from './statistics.js';

/** No chunk's length and no head has this letter behind the end of the head: so followers can count it. */
const LETTER = 'x'.charCodeAt(0);

/**
 * All connections read into the same memory: allocating for each read would cost this process more than the rest, and
 * what it costs is part of what is measured.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

class Follower {
  constructor() {
    this.length = 0;
    this.lastAtMs = 0;
    this.head = Buffer.alloc(0);
    this.isHeadRead = false;
    /** @type {() => void} */
    this.onHead = () => undefined;
    this.opened = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      this.onHead = resolve;
    });
    this.wanted = Number.POSITIVE_INFINITY;
    /** @type {(atMs: number) => void} */
    this.resolve = () => undefined;
  }

  /**
   * @param {number} port
   * @param {string} key
   */
  static async open(port, key) {
    const follower = new Follower();
    const onread = {
      buffer: READ_BUFFER,
      callback: (/** @type {number} */ lengthBytes, /** @type {Uint8Array} */ buffer) => {
        follower.onData(Buffer.from(buffer.buffer, buffer.byteOffset, lengthBytes));
        return true;
      },
    };
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    socket.write(followHead(key), 'latin1');
    // Its end is where the object ends when the head is written.
    await follower.opened;
    return follower;
  }

  /** @param {Buffer} chunk */
  onData(chunk) {
    this.lastAtMs = sharedNowMs();
    let at = 0;
    if (!this.isHeadRead) {
      this.head = Buffer.concat([this.head, chunk]);
      at = this.head.indexOf('\r\n\r\n');
      if (at < 0) return;
      this.isHeadRead = true;
      this.onHead();
      chunk = this.head;
    }
    for (; at < chunk.length; at += 1) if (chunk[at] === LETTER) this.length += 1;
    if (this.length >= this.wanted) this.resolve(this.lastAtMs);
  }

  /** @param {number} length */
  until(length) {
    return new Promise((/** @type {(atMs: number) => void} */ resolve) => {
      this.wanted = length;
      this.resolve = resolve;
      // One append is under way at a time: the bytes that came last are its own.
      if (this.length >= length) resolve(this.lastAtMs);
    });
  }
}

const [port = '', key = '', count = ''] = process.argv.slice(2);
const followers = await Promise.all(Array.from({ length: Number(count) }, () => Follower.open(Number(port), key)));
process.on('message', async (/** @type {{ length: number }} */ { length }) => {
  process.send?.({ times: await Promise.all(followers.map((follower) => follower.until(length))) });
});
process.on('disconnect', () => process.exit());
process.send?.({ times: [] });
