import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesWildcard } from './wildcard.js';

describe('matchesWildcard', () => {
  test.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['**', 'ab', true],
    ['?', '', false],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxbyy', false],
    ['*ab', 'aab', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*?', '', false],
    ['*.log', 'a.log.log', true],
    ['[a]', 'a', false],
    ['a.c', 'abc', false],
    ['a*', 'a\n\0b', true],
  ])('%j against %j: %j', (pattern, text, isMatch) => {
    expect(matchesWildcard(pattern, text)).toBe(isMatch);
  });

  test('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
        expect(matchesWildcard(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 5000 },
    );
  });

  test('ends on patterns that make regular expressions hang', () => {
    // 2,048 characters of pattern against 2,048 of text: some four million steps, where back-tracking would need more
    // than atoms exist.
    expect(matchesWildcard(`${'*a'.repeat(1023)}*b`, 'a'.repeat(2048))).toBe(false);
    expect(matchesWildcard(`*${'a'.repeat(1024)}b*`, 'a'.repeat(2048))).toBe(false);
    expect(matchesWildcard(`${'*?'.repeat(1024)}`, 'a'.repeat(1023))).toBe(false);
  });
});
