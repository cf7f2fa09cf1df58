/**
 * Bytes that come in pieces and are needed in one: room grows by doubling, so that a thousand pieces cost no thousand
 * copies.
 */

const EMPTY = Buffer.alloc(0);
const FIRST_CAPACITY_BYTES = 1024;

/** A run of bytes that grows at its end. A first piece is kept as it is; it is copied when a second one comes. */
export class GrowingBuffer {
  #bytes: Buffer = EMPTY;
  /** Whether there is room of our own behind the bytes. */
  #capacityBytes = 0;

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  /** Adds a piece. An only piece is not copied, so its memory must not be written to. */
  append(piece: Buffer): void {
    const lengthBytes = this.#bytes.length + piece.length;
    if (this.#bytes.length === 0) {
      this.#bytes = piece;
      this.#capacityBytes = 0;
    } else if (lengthBytes <= this.#capacityBytes) {
      const grown = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, lengthBytes);
      grown.set(piece, this.#bytes.length);
      this.#bytes = grown;
    } else {
      this.#capacityBytes = Math.max(FIRST_CAPACITY_BYTES, 2 * lengthBytes);
      const grown = Buffer.allocUnsafeSlow(this.#capacityBytes).subarray(0, lengthBytes);
      grown.set(this.#bytes);
      grown.set(piece, this.#bytes.length);
      this.#bytes = grown;
    }
  }

  /** Hands over everything and starts empty. */
  take(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = EMPTY;
    this.#capacityBytes = 0;
    return bytes;
  }
}
