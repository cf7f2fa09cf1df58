/**
 * Arrays as PostgreSQL receives them in binary form, so that no byte of a key or value is written as text. `pg` sends a
 * Buffer as a binary parameter, and the type of the parameter says how the server reads it. Leaves out reading: `pg`
 * receives text only.
 */

const OID_BOOLEAN = 16;
const OID_BYTEA = 17;
const OID_BIGINT = 20;
const OID_INTEGER = 23;

/** @returns A `bytea[]`. */
export function byteaArray(items: readonly Uint8Array[]): Buffer {
  let lengthBytes = 0;
  for (const item of items) lengthBytes += 4 + item.length;
  const { array, start } = arrayOf(OID_BYTEA, items.length, lengthBytes);
  let offset = start;
  for (const item of items) {
    array.writeInt32BE(item.length, offset);
    array.set(item, offset + 4);
    offset += 4 + item.length;
  }
  return array;
}

/** @returns An `int[]`. */
export function integerArray(items: readonly number[]): Buffer {
  const { array, start } = arrayOf(OID_INTEGER, items.length, items.length * 8);
  for (const [index, item] of items.entries()) {
    array.writeInt32BE(4, start + index * 8);
    array.writeInt32BE(item, start + index * 8 + 4);
  }
  return array;
}

/** @returns A `bigint[]`. */
export function bigintArray(items: readonly bigint[]): Buffer {
  const { array, start } = arrayOf(OID_BIGINT, items.length, items.length * 12);
  for (const [index, item] of items.entries()) {
    array.writeInt32BE(8, start + index * 12);
    array.writeBigInt64BE(BigInt.asIntN(64, item), start + index * 12 + 4);
  }
  return array;
}

/** @returns A `boolean[]`. */
export function booleanArray(items: readonly boolean[]): Buffer {
  const { array, start } = arrayOf(OID_BOOLEAN, items.length, items.length * 5);
  for (const [index, item] of items.entries()) {
    array.writeInt32BE(1, start + index * 5);
    array.writeUInt8(item ? 1 : 0, start + index * 5 + 4);
  }
  return array;
}

/** An array of one dimension, or of none when it is empty, with room for its items. */
function arrayOf(
  elementType: number,
  count: number,
  lengthBytes: number,
): { readonly array: Buffer; readonly start: number } {
  const start = count === 0 ? 12 : 20;
  const array = Buffer.alloc(start + lengthBytes);
  array.writeInt32BE(count === 0 ? 0 : 1, 0);
  array.writeInt32BE(elementType, 8);
  if (count > 0) {
    array.writeInt32BE(count, 12);
    array.writeInt32BE(1, 16);
  }
  return { array, start };
}
