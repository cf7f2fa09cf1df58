/**
 * docs/api-coverage.md has every operation of the protocol, in the state that the server's own table says, with its
 * tests.
 */
import { readFileSync } from 'node:fs';
import { OPERATION_NAMES } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/api-coverage.md', import.meta.url), 'utf8');

interface Row {
  readonly state: string;
  readonly tests: string;
}

/** Rows by the name in their first column. */
const rows = new Map<string, Row>();
for (const line of page.split('\n')) {
  const [, name = '', , state = '', tests = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
  if (/^[A-Z]\w+$/.test(name) && name !== 'Operation') rows.set(name, { state, tests });
}

const STATES = { works: 'done', kept: 'kept only', 'not built': 'answers 501' } as const;

test.each(OPERATION_NAMES)('%s is in docs/api-coverage.md as it is', (name) => {
  const { effect } = OPERATION_ROWS[name];
  expect(rows.get(name)?.state).toBe(STATES[effect]);
  if (effect !== 'not built') expect(rows.get(name)?.tests).toMatch(/^`(test|packages)\//);
});

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [[, working], [, kept], [, missing]] = [
  /\*\*(\d+) operations work/.exec(readme) ?? [],
  /(\d+) keep, show or remove settings/.exec(readme) ?? [],
  /(\d+) are recognised and answer 501/.exec(readme) ?? [],
];

test.each([
  ['works', working],
  ['kept', kept],
  ['not built', missing],
] as const)('the README counts what %s', (effect, count) => {
  expect(Number(count)).toBe(OPERATION_NAMES.filter((name) => OPERATION_ROWS[name].effect === effect).length);
});

test('it has no operation that the protocol does not have', () => {
  expect([...rows.keys()].filter((name) => !(OPERATION_NAMES as readonly string[]).includes(name))).toEqual([]);
});
