import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RowSelection } from '../maintenance/row-selection.js';
import { familyOf, ROW_FAMILIES } from './row-family.js';

const letters = Object.values(ROW_FAMILIES);

test('each family has a letter of its own, and docs/format.md has the same', () => {
  expect(new Set(letters).size).toBe(letters.length);
  const page = readFileSync(new URL('../../../../../docs/format.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^\| `([A-Z])` \w[^|]*\|/gm)].map(([, letter]) => letter);
  expect(told.sort()).toEqual([...letters].sort());
});

test('picking rows for a bucket refuses a row of no family, and does not drop it in silence', () => {
  const strange = { key: Buffer.from('Zsomething'), value: new Uint8Array() };
  expect(familyOf(strange.key)).toBeUndefined();
  expect(familyOf(new Uint8Array())).toBeUndefined();
  const selection = new RowSelection('bucket', '');
  expect(() => selection.look(strange)).toThrow('Cannot tell whether a row that begins with "Z" belongs to bucket');
  expect(() => selection.includes(strange)).toThrow('"Z"');
  for (const letter of letters)
    expect(() => selection.includes({ key: Buffer.alloc(64, letter), value: new Uint8Array() })).not.toThrow();
});
