/**
 * Combines the CRC-64 of two byte strings into that of their concatenation, without the bytes. This is what keeps an
 * append's cost independent of the object's length.
 *
 * Appending n bytes multiplies the first checksum by x^(8n) modulo the polynomial. For every power of two there is a
 * table of that multiplication by nibbles (16 positions x 16 values, 2 KiB), built when first needed by applying the
 * table below it twice; a combination applies one table per set bit of n. Values are pairs of 32-bit halves, since
 * arithmetic on `bigint` allocates.
 */

/** Halves of the reflected ECMA-182 polynomial. */
const POLYNOMIAL_HIGH = 0xc96c_5795;
const POLYNOMIAL_LOW = 0xd787_0f42;

const NIBBLE_COUNT = 16;
const NIBBLE_VALUES = 16;

/** Multiplication by one power of x; entry [nibble * 16 + value] holds [low half, high half]. */
type MultiplicationTable = Uint32Array;

/** `tables[k]` multiplies by x^(8 * 2^k): the effect of 2^k zero bytes. */
const tables: MultiplicationTable[] = [];

/** Result of the last {@link multiply}; two numbers in module variables instead of an allocation per call. */
let resultLow = 0;
let resultHigh = 0;

function multiply(table: MultiplicationTable, low: number, high: number): void {
  let productLow = 0;
  let productHigh = 0;
  for (let nibble = 0; nibble < NIBBLE_COUNT; nibble++) {
    const half = nibble < 8 ? low : high;
    const entry = (nibble * NIBBLE_VALUES + ((half >>> ((nibble & 7) * 4)) & 15)) * 2;
    productLow ^= table[entry] as number;
    productHigh ^= table[entry + 1] as number;
  }
  resultLow = productLow >>> 0;
  resultHigh = productHigh >>> 0;
}

/** Leaves the product of the single bit `bit` with x^8 in the result. */
function shiftBitByOneByte(bit: number): void {
  let low = bit < 32 ? (1 << bit) >>> 0 : 0;
  let high = bit < 32 ? 0 : (1 << (bit - 32)) >>> 0;
  for (let step = 0; step < 8; step++) {
    const carry = low & 1;
    low = ((low >>> 1) | ((high & 1) << 31)) >>> 0;
    high >>>= 1;
    if (carry === 1) {
      low = (low ^ POLYNOMIAL_LOW) >>> 0;
      high = (high ^ POLYNOMIAL_HIGH) >>> 0;
    }
  }
  resultLow = low;
  resultHigh = high;
}

/** Builds a table from the images of the 64 single bits; `imageOf` leaves each in the result. */
function buildTable(imageOf: (bit: number) => void): MultiplicationTable {
  const table = new Uint32Array(NIBBLE_COUNT * NIBBLE_VALUES * 2);
  for (let nibble = 0; nibble < NIBBLE_COUNT; nibble++) {
    const base = nibble * NIBBLE_VALUES;
    for (let bit = 0; bit < 4; bit++) {
      imageOf(nibble * 4 + bit);
      // Multiplication is linear: a value with this bit on top is the sum of the bit's image and that of the rest.
      for (let rest = 0; rest < 1 << bit; rest++) {
        const entry = (base + (1 << bit) + rest) * 2;
        table[entry] = (table[(base + rest) * 2] as number) ^ resultLow;
        table[entry + 1] = (table[(base + rest) * 2 + 1] as number) ^ resultHigh;
      }
    }
  }
  return table;
}

function tableForPower(power: number): MultiplicationTable {
  for (let next = tables.length; next <= power; next++) {
    const below = tables[next - 1];
    tables.push(
      below === undefined
        ? buildTable(shiftBitByOneByte)
        : buildTable((bit) => {
            multiply(below, bit < 32 ? (1 << bit) >>> 0 : 0, bit < 32 ? 0 : (1 << (bit - 32)) >>> 0);
            multiply(below, resultLow, resultHigh);
          }),
    );
  }
  return tables[power] as MultiplicationTable;
}

/**
 * The CRC-64 of A followed by B, from those of A and B. Takes O(log length) time, under a microsecond in practice.
 * @param first CRC-64 of A; 0 when A is empty.
 * @param second CRC-64 of B.
 * @param secondLength Length of B in bytes, 0 to 2^53 - 1.
 * @throws RangeError when the length is anything else.
 */
export function combineCrc64(first: bigint, second: bigint, secondLength: number | bigint): bigint {
  let remaining = Number(secondLength);
  if (!Number.isSafeInteger(remaining) || remaining < 0) {
    throw new RangeError(`Cannot combine CRC-64 over ${secondLength} bytes: expected 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  resultLow = Number(first & 0xffff_ffffn);
  resultHigh = Number(first >> 32n);
  for (let power = 0; remaining > 0; power++) {
    if (remaining % 2 === 1) {
      multiply(tableForPowerKeepingResult(power), resultLow, resultHigh);
    }
    remaining = Math.floor(remaining / 2);
  }
  return ((BigInt(resultHigh) << 32n) | BigInt(resultLow)) ^ second;
}

/** Building a table uses the result variables, so a value in flight is put back. */
function tableForPowerKeepingResult(power: number): MultiplicationTable {
  const ready = tables[power];
  if (ready !== undefined) {
    return ready;
  }
  const [low, high] = [resultLow, resultHigh];
  const table = tableForPower(power);
  resultLow = low;
  resultHigh = high;
  return table;
}
