/**
 * CRC-64 in plain JavaScript, for the moments before the WebAssembly engine is ready and for pages that forbid
 * WebAssembly. Eight bytes are taken at once (slicing-by-8). Values are pairs of 32-bit halves, since arithmetic on
 * `bigint` allocates. Leaves out the choice between this and WebAssembly (`crc64.ts`).
 */

/** Halves of the reflected ECMA-182 polynomial. */
const POLYNOMIAL_HIGH = 0xc96c_5795;
const POLYNOMIAL_LOW = 0xd787_0f42;

const SLICE_COUNT = 8;
const BYTE_VALUES = 256;

/** Entry [slice * 256 + byte]: the effect of a byte that `slice` zero bytes follow. Low halves, then high halves. */
interface Tables {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/** 16 KiB, built when first needed. */
let tables: Tables | undefined;

function buildTables(): Tables {
  const low = new Uint32Array(SLICE_COUNT * BYTE_VALUES);
  const high = new Uint32Array(SLICE_COUNT * BYTE_VALUES);
  for (let byte = 0; byte < BYTE_VALUES; byte++) {
    let lowHalf = byte;
    let highHalf = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = lowHalf & 1;
      lowHalf = (lowHalf >>> 1) | ((highHalf & 1) << 31);
      highHalf >>>= 1;
      if (carry === 1) {
        lowHalf ^= POLYNOMIAL_LOW;
        highHalf ^= POLYNOMIAL_HIGH;
      }
    }
    low[byte] = lowHalf;
    high[byte] = highHalf;
  }
  for (let entry = BYTE_VALUES; entry < SLICE_COUNT * BYTE_VALUES; entry++) {
    const lowBefore = low[entry - BYTE_VALUES] as number;
    const highBefore = high[entry - BYTE_VALUES] as number;
    const shifted = lowBefore & 0xff;
    low[entry] = ((lowBefore >>> 8) | (highBefore << 24)) ^ (low[shifted] as number);
    high[entry] = (highBefore >>> 8) ^ (high[shifted] as number);
  }
  return { low, high };
}

/** What eight bytes, joined with the checksum before them, come to in one half. The first of them is shifted most. */
function effectOf(half: Uint32Array, first: number, second: number): number {
  return (
    (half[0x700 | (first & 0xff)] as number) ^
    (half[0x600 | ((first >>> 8) & 0xff)] as number) ^
    (half[0x500 | ((first >>> 16) & 0xff)] as number) ^
    (half[0x400 | (first >>> 24)] as number) ^
    (half[0x300 | (second & 0xff)] as number) ^
    (half[0x200 | ((second >>> 8) & 0xff)] as number) ^
    (half[0x100 | ((second >>> 16) & 0xff)] as number) ^
    (half[second >>> 24] as number)
  );
}

/**
 * The CRC-64 of bytes that stand behind others.
 * @param before CRC-64 of the others; 0 for none.
 */
export function crc64ByTables(before: bigint, bytes: Uint8Array): bigint {
  tables ??= buildTables();
  const { low: lowOf, high: highOf } = tables;
  let low = ~Number(before & 0xffff_ffffn);
  let high = ~Number(before >> 32n);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = 0;
  for (; offset + SLICE_COUNT <= bytes.length; offset += SLICE_COUNT) {
    const first = low ^ view.getInt32(offset, true);
    const second = high ^ view.getInt32(offset + 4, true);
    low = effectOf(lowOf, first, second);
    high = effectOf(highOf, first, second);
  }
  for (; offset < bytes.length; offset++) {
    const entry = (low ^ (bytes[offset] as number)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (lowOf[entry] as number);
    high = (high >>> 8) ^ (highOf[entry] as number);
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}
