import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PieceGatherer } from './piece-gatherer.js';

function gather(pieces: readonly Uint8Array[]): Uint8Array[] {
  const gatherer = new PieceGatherer();
  const passed: Uint8Array[] = [];
  for (const piece of pieces) passed.push(...gatherer.add(piece));
  const rest = gatherer.flush();
  return rest === undefined ? passed : [...passed, rest];
}

function piecesOf(lengths: readonly number[]): Uint8Array[] {
  let next = 0;
  return lengths.map((length) => Uint8Array.from({ length }, () => next++ % 251));
}

describe('PieceGatherer', () => {
  test('passes on what came, in order, in few pieces, however it was cut up', () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(100, 4096, 16_383, 16_384, 65_536, 70_000));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 40 }), (lengths) => {
        const pieces = piecesOf(lengths);
        const whole = Buffer.concat(pieces);
        const passed = gather(pieces);
        expect(Buffer.compare(Buffer.concat(passed), whole)).toBe(0);
        expect(passed.length).toBeLessThanOrEqual(2 + whole.length / 8192);
        expect(passed.every(({ length: passedLength }) => passedLength > 0)).toBe(true);
      }),
      { seed: 20_261_128, numRuns: 200 },
    );
  });

  test('a million pieces of one byte are seventeen or so', () => {
    expect(gather(piecesOf(Array.from({ length: 1_000_000 }, () => 1))).length).toBeLessThan(25);
  });

  test('an only piece is not copied', () => {
    const [piece] = piecesOf([1024]);
    expect(gather([piece as Uint8Array])[0]).toBe(piece);
  });
});
