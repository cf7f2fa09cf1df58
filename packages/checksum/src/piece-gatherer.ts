/**
 * Turns bytes that come in pieces of any size into pieces worth keeping: an object for every byte would cost a hundred
 * times the bytes. Short pieces are copied together, long ones pass as they are. Leaves out where pieces come from and
 * what is done with them.
 */

/** Shorter pieces are copied. */
const SHORT_LENGTH_BYTES = 16 * 1024;
/** What is gathered is passed on at this length. */
const BLOCK_LENGTH_BYTES = 64 * 1024;
const FIRST_CAPACITY_BYTES = 4 * 1024;
const NONE: readonly Uint8Array[] = [];

/**
 * Gathers the pieces of one stream. All pieces it passes on, but the last, come to at least 16 KiB by twos: of a stream
 * of n bytes there are at most `2 + n / 8192`, however it came cut up. It keeps at most 64 KiB itself.
 */
export class PieceGatherer {
  /** The only short piece so far, not copied: most streams have one piece. */
  #single: Uint8Array | undefined;
  #block: Uint8Array | undefined;
  #lengthBytes = 0;

  /**
   * Takes the next piece.
   * @returns What is to be passed on now, in order.
   */
  add(piece: Uint8Array): readonly Uint8Array[] {
    if (piece.length === 0) return NONE;
    if (piece.length >= SHORT_LENGTH_BYTES) {
      const before = this.flush();
      return before === undefined ? [piece] : [before, piece];
    }
    if (this.#lengthBytes === 0) {
      this.#single = piece;
      this.#lengthBytes = piece.length;
      return NONE;
    }
    this.#copy(piece);
    if (this.#lengthBytes < BLOCK_LENGTH_BYTES - SHORT_LENGTH_BYTES) return NONE;
    return [this.flush() as Uint8Array];
  }

  /** Gives what is gathered and not passed on yet; `undefined` when there is nothing. */
  flush(): Uint8Array | undefined {
    if (this.#lengthBytes === 0) return undefined;
    const gathered = this.#single ?? this.#block?.subarray(0, this.#lengthBytes);
    this.#single = undefined;
    this.#block = undefined;
    this.#lengthBytes = 0;
    return gathered;
  }

  #copy(piece: Uint8Array): void {
    const lengthBytes = this.#lengthBytes + piece.length;
    const earlier = this.#single ?? this.#block;
    if (this.#block === undefined || lengthBytes > this.#block.length) {
      const capacityBytes = Math.min(BLOCK_LENGTH_BYTES, Math.max(FIRST_CAPACITY_BYTES, 2 * lengthBytes));
      const block = new Uint8Array(capacityBytes);
      if (earlier !== undefined) block.set(earlier.subarray(0, this.#lengthBytes));
      this.#block = block;
      this.#single = undefined;
    }
    this.#block.set(piece, this.#lengthBytes);
    this.#lengthBytes = lengthBytes;
  }
}
