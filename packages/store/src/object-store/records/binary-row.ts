/**
 * Writes and reads the values of binary rows, field by field. Numbers have 7 bits in each byte, the lowest first, and
 * the top bit says that more follow; texts are UTF-8 behind their length. Whatever a reader is given, it reads nothing
 * beyond the end.
 */

const TEXT_UNIT_LENGTH_BYTES_MAX = 3;
const SHIFT = 128;
/** Bytes of a number below 2^53 at most. */
const COUNT_LENGTH_BYTES_MAX = 8;
const ID_LENGTH_BYTES = 16;

/** Writes one row at a time; its memory is used again. */
export class BinaryRowWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(1024);
  #at = 0;

  /** @param form The first byte. */
  begin(form: number): void {
    this.#at = 0;
    this.#reserve(1);
    this.#bytes[this.#at++] = form;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#at = this.#bytes.writeUInt16BE(value, this.#at);
  }

  uint64(value: bigint): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeBigUInt64BE(value, this.#at);
  }

  /** @param value In milliseconds since 1970. */
  time(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
  }

  /** @param value A whole number from 0 on, below 2^53. */
  count(value: number): void {
    this.#reserve(COUNT_LENGTH_BYTES_MAX);
    let rest = value;
    while (rest >= SHIFT) {
      this.#bytes[this.#at++] = (rest % SHIFT) + SHIFT;
      rest = Math.floor(rest / SHIFT);
    }
    this.#bytes[this.#at++] = rest;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** @param digits 32 of them. */
  hex(digits: string): void {
    this.#reserve(ID_LENGTH_BYTES);
    this.#at += this.#bytes.write(digits, this.#at, ID_LENGTH_BYTES, 'hex');
  }

  text(value: string): void {
    this.#reserve(COUNT_LENGTH_BYTES_MAX + value.length * TEXT_UNIT_LENGTH_BYTES_MAX);
    const start = this.#at;
    // Most are so short that one byte has their length.
    const length = this.#bytes.write(value, start + 1, 'utf8');
    if (length >= SHIFT) {
      this.count(length);
      this.#at += this.#bytes.write(value, this.#at, 'utf8');
      return;
    }
    this.#bytes[start] = length;
    this.#at = start + 1 + length;
  }

  /** @param tail Bytes behind all fields. @returns The row; a copy. */
  end(tail: Uint8Array | undefined): Uint8Array {
    const row = Buffer.allocUnsafe(this.#at + (tail?.length ?? 0));
    this.#bytes.copy(row, 0, 0, this.#at);
    if (tail !== undefined) row.set(tail, this.#at);
    return row;
  }

  #reserve(lengthBytes: number): void {
    if (this.#at + lengthBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + lengthBytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Reads the fields of one row in the order in which they were written. Each throws when the row is not like that. */
export class BinaryRowReader {
  readonly #bytes: Buffer;
  #at = 1;

  constructor(value: Uint8Array) {
    this.#bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  }

  /** @throws {BadBinaryRow} Always. @param finding The end of a sentence about the row. */
  fail(finding: string): never {
    throw new BadBinaryRow(finding);
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(8));
  }

  time(): number {
    const value = this.#bytes.readDoubleBE(this.#take(8));
    return Number.isFinite(value) ? value : this.fail('has a time that is none');
  }

  count(): number {
    let value = 0;
    let unit = 1;
    for (let length = 1; length <= COUNT_LENGTH_BYTES_MAX; length += 1) {
      const byte = this.#bytes[this.#take(1)] as number;
      if (byte < SHIFT) {
        value += byte * unit;
        return Number.isSafeInteger(value) ? value : this.fail('has a number that is too large');
      }
      value += (byte - SHIFT) * unit;
      unit *= SHIFT;
    }
    return this.fail('has a number that does not end');
  }

  /** @returns A copy. */
  bytes(length: number): Buffer {
    const start = this.#take(length);
    return Buffer.from(this.#bytes.subarray(start, start + length));
  }

  /** @returns 32 lower-case digits. */
  hex(): string {
    const start = this.#take(ID_LENGTH_BYTES);
    return this.#bytes.toString('hex', start, start + ID_LENGTH_BYTES);
  }

  text(): string {
    const length = this.count();
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** @returns All that is left, not copied. */
  end(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) this.fail('is cut off');
    this.#at = start + length;
    return start;
  }
}

class BadBinaryRow extends Error {}

/**
 * @param read Reads all fields.
 * @returns What it read, or what is wrong with the row, as the end of a sentence.
 */
export function readBinaryRow<Value>(
  value: Uint8Array,
  read: (reader: BinaryRowReader) => Value,
): { readonly value: Value } | { readonly finding: string } {
  try {
    return { value: read(new BinaryRowReader(value)) };
  } catch (error) {
    if (error instanceof BadBinaryRow) return { finding: error.message };
    throw error;
  }
}
