/**
 * Ways to spoil a valid text: each is small, and several in a row make what nobody would think of. Texts here are
 * bytes, one character per byte, so that UTF-8 can be broken too. Leaves out drawing: fast-check draws numbers, which
 * say what is done where.
 */
import fc from 'fast-check';

/**
 * Spoils a text.
 * @param text One character per byte.
 * @param where From 0 (start) to 1 (end).
 * @param choice A whole number of at least 0: how it is done.
 */
export type Mutation = (text: string, where: number, choice: number) => string;

/** Mutations only ever make a text longer than this by what the last one added. */
const LENGTH_MAX = 2000;

/** Draws 1 to 4 mutations, each as one number: a text costs less to spoil than to draw. */
export const mutationPlan: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });

/**
 * Spoils a text by plan.
 * @param text One character per byte.
 * @param plan As `mutationPlan` draws it.
 */
export function mutate(text: string, plan: readonly number[], mutations: readonly Mutation[]): string {
  let spoiled = text;
  for (const number of plan) {
    // Numbers that are close together, as they are when small, shall not do the same.
    const first = scramble(number);
    const second = scramble(first);
    const mutation = mutations[first % mutations.length] as Mutation;
    if (spoiled.length > LENGTH_MAX) break;
    spoiled = mutation(spoiled, (first >>> 8) / 2 ** 24, second);
  }
  return spoiled;
}

/** Mutations that know nothing of the text: bytes flipped, removed, doubled, cut off. */
export const BYTE_MUTATIONS: readonly Mutation[] = [
  (text, where, choice) => {
    const at = Math.floor(where * text.length);
    const flipped = (text.charCodeAt(at) ^ (1 << (choice % 8))) & 0xff;
    return text.slice(0, at) + String.fromCharCode(flipped) + text.slice(at + 1);
  },
  (text, where, choice) => {
    const at = Math.floor(where * text.length);
    return text.slice(0, at) + text.slice(at + 1 + (choice % 16));
  },
  (text, where, choice) => {
    const at = Math.floor(where * text.length);
    const span = text.slice(at, at + 1 + (choice % 48));
    return text.slice(0, at) + span.repeat(2 + (choice % 3)) + text.slice(at + span.length);
  },
  (text, where) => text.slice(0, Math.floor(where * text.length)),
];

/** Pieces that spoil any JSON: its signs, values of other kinds, bytes that are no UTF-8, much of one thing. */
export const JSON_PIECES: readonly string[] = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\\u0000', '\\ud800', '"__proto__":1,', '"__proto__":{},'],
  ...['null', 'true', '-', '-1', '1e999', 'NaN', '9'.repeat(400), '{},', '[],', '""', "'", '//', '/**/', '\0'],
  ...['['.repeat(300), '{"a":'.repeat(100), ' '.repeat(300), '\xff', '\xc0\x80', '\xed\xa0\x80', '\xef\xbb\xbf'],
];

/** Makes a mutation that puts one of some pieces somewhere. */
export function inserting(pieces: readonly string[]): Mutation {
  return (text, where, choice) => {
    const at = Math.floor(where * (text.length + 1));
    return text.slice(0, at) + pieces[choice % pieces.length] + text.slice(at);
  };
}

/**
 * Draws texts that began as valid ones and were spoiled.
 * @param texts Valid ones; an empty one among them lets pieces stand alone.
 * @param pieces What the texts' grammar is made of, and what it does not expect.
 */
export function spoiledTexts(texts: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const insert = inserting(pieces);
  const mutations = [...BYTE_MUTATIONS, insert, insert, insert];
  return fc.tuple(fc.constantFrom(...texts), mutationPlan).map(([text, plan]) => mutate(text, plan, mutations));
}

/** Text of UTF-8 as its bytes, one character each. */
export function bytesOfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A reversible mix of 32 bits (the finisher of MurmurHash3). */
function scramble(number: number): number {
  let mixed = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
