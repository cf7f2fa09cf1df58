/** Repeatable randomness for tests: the same seed gives the same numbers on every machine. Not for secrets. */

export interface SeededRandom {
  /** @returns A number from 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** @returns A whole number from 0 (inclusive) to `end` (exclusive). */
  below(end: number): number;
  bytes(lengthBytes: number): Uint8Array;
}

/** The generator known as mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (end) => Math.floor(next() * end),
    bytes: (lengthBytes) => Uint8Array.from({ length: lengthBytes }, () => Math.floor(next() * 256)),
  };
}
