/**
 * Request ids: 24 upper-case hex digits, of which the first 8 are the second of the request. SDK tests assert the
 * length. Leaves out clock and randomness: the caller brings both.
 */

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0').toUpperCase(),
);

/** Random bytes that a request id takes. */
export const REQUEST_ID_RANDOM_BYTES = 8;

/**
 * Makes a request id.
 * @param atMs Time of the request, milliseconds since 1970.
 * @param random 8 random bytes.
 * @returns 24 upper-case hex digits.
 * @throws {RangeError} If there are not 8 random bytes.
 */
export function formatRequestId(atMs: number, random: Uint8Array): string {
  if (random.length !== REQUEST_ID_RANDOM_BYTES) {
    throw new RangeError(`A request id takes 8 random bytes, not ${random.length}`);
  }
  // Modulo 2^32, so that the id keeps its length after the year 2106.
  let text = (Math.floor(atMs / 1000) % 0x1_0000_0000).toString(16).padStart(8, '0').toUpperCase();
  for (let index = 0; index < random.length; index += 1) text += HEX[random[index] as number];
  return text;
}
