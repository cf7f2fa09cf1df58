import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../../test/harness/mutations.js';
import { formatContinuationToken, parseContinuationToken } from './continuation-token.js';

describe('continuation tokens', () => {
  test('carry every name, and have nothing that a URL would escape', () => {
    for (const name of ['bc', 'a/b c', '日本/😀', '\0', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(1023)]) {
      const token = formatContinuationToken(name);
      expect(token).toMatch(/^[A-Za-z0-9._-]+$/);
      expect(parseContinuationToken(token)).toBe(name);
    }
  });

  test('spoiled in many ways are the token of another name, or refused', { timeout: 300_000 }, async () => {
    const names = ['bc', 'logs/2026/', '日本', 'x'.repeat(300)];
    const pieces = [
      'A',
      'Cg',
      '-',
      '--',
      '.',
      '_',
      '+',
      '/',
      '=',
      '%',
      ' ',
      '\0',
      '日',
      '\ud800',
      'gICA',
      'x'.repeat(300),
      '-'.repeat(300),
    ];
    await readHostileInputs({
      inputs: spoiledTexts(names.map(formatContinuationToken), pieces),
      read: (token) => {
        const name = parseContinuationToken(token);
        if (name === '' || formatContinuationToken(name) !== token) throw new Error(`read as ${JSON.stringify(name)}`);
      },
      refusals: ['InvalidArgument'],
      lengthOf: (token) => token.length,
    });
  });
});
