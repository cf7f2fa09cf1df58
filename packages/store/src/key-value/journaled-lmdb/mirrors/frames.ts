/**
 * Messages on a stream of bytes: each with its length and its kind in front, many in one write. Leaves out what they
 * say (`mirror-messages.ts`).
 *
 *     frame := length u32 (of what follows), kind u8, payload
 */
import type { Duplex } from 'node:stream';

const HEADER_LENGTH_BYTES = 5;

/** Takes the payload of one message; its bytes are the receiver's. */
export type FrameReceiver = (kind: number, payload: Buffer) => void;

/** Cuts what arrives into messages. */
export class FrameReader {
  readonly #receive: FrameReceiver;
  /** What no message was made of yet, in order. */
  #waiting: Buffer[] = [];
  #waitingLengthBytes = 0;
  /** Bytes that must be there before it is worth looking again. */
  #wantedLengthBytes = HEADER_LENGTH_BYTES;

  constructor(receive: FrameReceiver) {
    this.#receive = receive;
  }

  push(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#waitingLengthBytes += chunk.length;
    if (this.#waitingLengthBytes < this.#wantedLengthBytes) return;
    const bytes = this.#waiting.length === 1 ? chunk : Buffer.concat(this.#waiting);
    let offset = 0;
    this.#wantedLengthBytes = HEADER_LENGTH_BYTES;
    while (bytes.length - offset >= HEADER_LENGTH_BYTES) {
      const end = offset + 4 + bytes.readUInt32LE(offset);
      if (end > bytes.length) {
        this.#wantedLengthBytes = end - offset;
        break;
      }
      this.#receive(bytes[offset + 4] as number, bytes.subarray(offset + HEADER_LENGTH_BYTES, end));
      offset = end;
    }
    this.#waiting = offset === bytes.length ? [] : [bytes.subarray(offset)];
    this.#waitingLengthBytes = bytes.length - offset;
  }
}

/** Sends messages: all of one turn of the event loop in one write. */
export class FrameWriter {
  readonly #stream: Duplex;
  #queued: Uint8Array[] = [];
  #isScheduled = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Bytes that the other end has not taken yet, as far as the stream knows. */
  get waitingLengthBytes(): number {
    return this.#stream.writableLength;
  }

  send(frame: Uint8Array): void {
    this.#queued.push(frame);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#isScheduled = false;
    const queued = this.#queued;
    if (queued.length === 0 || this.#stream.destroyed) return;
    this.#queued = [];
    this.#stream.write(queued.length === 1 ? queued[0] : Buffer.concat(queued));
  }
}

/**
 * @param lengthBytes Of the payload.
 * @returns A frame whose payload is still to be filled, and that payload.
 */
export function makeFrame(kind: number, lengthBytes: number): { readonly frame: Buffer; readonly payload: Buffer } {
  const frame = Buffer.allocUnsafe(HEADER_LENGTH_BYTES + lengthBytes);
  frame.writeUInt32LE(1 + lengthBytes, 0);
  frame[4] = kind;
  return { frame, payload: frame.subarray(HEADER_LENGTH_BYTES) };
}
