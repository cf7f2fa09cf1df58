import { expect, it } from 'vitest';
import { closestName } from './closest-name.js';

const NAMES = ['data', 'port', 'log-level', 'appendable.overwrite', 'appendable.copy'];

it.each([
  ['prot', 'port'],
  ['log_level', 'log-level'],
  ['logLevel', 'log-level'],
  ['appendable.overwrit', 'appendable.overwrite'],
  ['Data', 'data'],
])('closestName takes %s for %s', (written, meant) => {
  expect(closestName(written, NAMES)).toBe(meant);
});

it.each(['', 'x', 'completely-different', 'appendable.something'])('closestName does not guess at %j', (written) => {
  expect(closestName(written, NAMES)).toBeUndefined();
});
