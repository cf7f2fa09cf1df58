/** The watch over hostile inputs notices what it is there to notice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HOSTILE_INPUT_COUNT,
  type HostileTrial,
  measureAllocatedBytes,
  measureLiveBytesMax,
  readHostileInputs,
} from './hostile-inputs.js';
import { BYTE_MUTATIONS, mutate, mutationPlan } from './mutations.js';
import { XML_MUTATIONS } from './xml-mutations.js';

function trialOf(read: (input: number) => unknown): HostileTrial<number> {
  const allowance = { perInputBytes: 4096, perCharacterBytes: 0 };
  return { inputs: fc.nat({ max: 999_999 }), read, refusals: ['Refused'], lengthOf: () => 1, allowance };
}

describe('readHostileInputs', () => {
  test('counts the outcome of each input, the same every time', async () => {
    const reader = trialOf((input) => {
      if (input % 3 === 0) throw Object.assign(new Error('no'), { code: 'Refused' });
    });
    const outcomes = await readHostileInputs(reader);
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(HOSTILE_INPUT_COUNT);
    expect([...outcomes.keys()].sort()).toEqual(['Refused', 'read']);
    expect(await readHostileInputs(reader)).toEqual(outcomes);
  });

  test.each<[string, () => Error]>([
    ['an error of the engine', () => new RangeError('Invalid string length')],
    ['a refusal that is not documented', () => Object.assign(new Error('no'), { code: 'InternalError' })],
  ])('fails for %s, and names the input', async (_, makeError) => {
    const reading = readHostileInputs(
      trialOf((input) => {
        if (input > 999_000) throw makeError();
      }),
    );
    await expect(reading).rejects.toThrow(/^Neither read nor refused as documented: 999\d{3}$/);
  });

  test('fails when a documented refusal never comes up', async () => {
    await expect(readHostileInputs(trialOf(() => undefined))).rejects.toThrow(
      'The outcome Refused came up 0 times only',
    );
  });

  test('fails for a promise that is rejected', async () => {
    const reading = readHostileInputs(trialOf((input) => Promise.reject(new Error(String(input)))));
    await expect(reading).rejects.toThrow('Neither read nor refused');
  });

  test('fails when a few inputs of all take too much, and names one', async () => {
    const reading = readHostileInputs(
      trialOf((input) => (input > 999_900 ? Array.from({ length: 100_000 }, () => ({ input })) : undefined)),
    );
    await expect(reading).rejects.toThrow(/bytes of heap, not 1024000; most for 9999\d\d$/);
  });

  test('fails when a little of every input is kept', async () => {
    const kept: unknown[] = [];
    const trial = { ...trialOf((input) => kept.push({ input })), inputCount: 100_000 };
    await expect(readHostileInputs(trial)).rejects.toThrow('still in use');
  });
});

describe('memory', () => {
  const MEBIBYTE = 1024 * 1024;
  /** About 80 MiB, of which a hundredth is in use at once. */
  function passThrough(): void {
    for (let round = 0; round < 200; round += 1)
      JSON.parse(JSON.stringify(Array.from({ length: 10_000 }, () => [round])));
  }

  test('what was allocated counts, collected or not', async () => {
    expect(await measureAllocatedBytes(passThrough)).toBeGreaterThan(32 * MEBIBYTE);
  });

  test('what was collected was not in use', async () => {
    expect(await measureLiveBytesMax(passThrough)).toBeLessThan(32 * MEBIBYTE);
  });

  test('what is kept was in use, and garbage from before does not count', async () => {
    passThrough();
    const kept: unknown[] = [];
    const liveBytesMax = await measureLiveBytesMax(() => {
      for (let index = 0; index < 1_000_000; index += 1) kept.push([index]);
    });
    expect(kept.length).toBe(1_000_000);
    expect(liveBytesMax).toBeGreaterThan(24 * MEBIBYTE);
  });
});

test('mutations change what they are given, and keep within bounds', () => {
  const document = '<R><A>1</A><B><C>2</C></B></R>';
  const spoiled = new Set<string>();
  fc.assert(
    fc.property(mutationPlan, fc.constantFrom(BYTE_MUTATIONS, XML_MUTATIONS), (plan, mutations) => {
      const text = mutate(document, plan, mutations);
      expect(text.length).toBeLessThan(20_000);
      expect(text).not.toMatch(/[^\0-\xff]/);
      spoiled.add(text);
    }),
    { numRuns: 5000, seed: 1 },
  );
  expect(spoiled.size).toBeGreaterThan(3000);
});
