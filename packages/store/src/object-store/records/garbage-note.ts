/**
 * The value of a garbage note: how many bytes it speaks of (8 bytes), and, of an upload that was completed, the numbers
 * of the parts that did not become part of the object (4 bytes each). Big-endian. Notes of earlier programs are empty
 * and speak of no number.
 */
import { EngineFailure } from '../../contract/engine-failure.js';

/** What a note says besides its key. */
export interface GarbageNote {
  /** Of the content, as far as its last user needed it, and as far as it is still there. */
  readonly lengthBytes: number;
  /** Of a completed upload: parts that were left out, in ascending order. */
  readonly leftOutPartNumbers?: readonly number[];
}

const LENGTH_LENGTH_BYTES = 8;
const NUMBER_LENGTH_BYTES = 4;

/** @returns The value of the row. */
export function encodeGarbageNote({ lengthBytes, leftOutPartNumbers = [] }: GarbageNote): Uint8Array {
  const row = Buffer.alloc(LENGTH_LENGTH_BYTES + NUMBER_LENGTH_BYTES * leftOutPartNumbers.length);
  row.writeBigUInt64BE(BigInt(lengthBytes));
  leftOutPartNumbers.forEach((partNumber, index) => {
    row.writeUInt32BE(partNumber, LENGTH_LENGTH_BYTES + NUMBER_LENGTH_BYTES * index);
  });
  return row;
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeGarbageNote(value: Uint8Array): GarbageNote {
  if (value.length === 0) return { lengthBytes: 0 };
  if (value.length < LENGTH_LENGTH_BYTES || value.length % NUMBER_LENGTH_BYTES !== 0) {
    throw new EngineFailure({ kind: 'corrupt', detail: `garbage note of ${value.length} bytes` });
  }
  const row = Buffer.from(value.buffer, value.byteOffset, value.length);
  const count = (row.length - LENGTH_LENGTH_BYTES) / NUMBER_LENGTH_BYTES;
  const leftOutPartNumbers = Array.from({ length: count }, (_, index) =>
    row.readUInt32BE(LENGTH_LENGTH_BYTES + NUMBER_LENGTH_BYTES * index),
  );
  return { lengthBytes: Number(row.readBigUInt64BE()), leftOutPartNumbers };
}

/** @returns The bytes a note speaks of; 0 for a damaged one, which the sweep reports. */
export function spokenLengthOf(value: Uint8Array): number {
  try {
    return decodeGarbageNote(value).lengthBytes;
  } catch {
    return 0;
  }
}
