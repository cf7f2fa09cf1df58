/** docs/api-coverage.md has every operation of the protocol, in the state that the server's own table says, with its tests. */
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

test.each(OPERATION_NAMES)('%s is in docs/api-coverage.md as it is', (name) => {
  const isDone = OPERATION_ROWS[name] !== 'not-implemented';
  // `kept only`: a configuration without effect.
  expect(isDone ? ['done', 'kept only'] : ['answers 501']).toContain(rows.get(name)?.state);
  if (isDone) expect(rows.get(name)?.tests).toMatch(/^`(test|packages)\//);
});

test('it has no operation that the protocol does not have', () => {
  expect([...rows.keys()].filter((name) => !(OPERATION_NAMES as readonly string[]).includes(name))).toEqual([]);
});
