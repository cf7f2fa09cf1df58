/**
 * The table of rows: every row stands under its own name, and what it says of its effect holds for all that belongs
 * together.
 */
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '@annals/protocol';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { OperationRow, OperationRows } from '../operation-row/operation-row.js';
import { getBucketCors } from './bucket/bucket-cors.js';
import { getObject } from './object/get-object.js';
import { putObject } from './object/put-object.js';
import { OPERATION_ROWS } from './table.js';

/**
 * Rows that would answer for another operation, or would not be there. The compiler refuses each of them: the gate
 * compiles this file.
 */
const { GetObject: _left, ...withoutGetObject } = OPERATION_ROWS;
export const MISTAKES: readonly OperationRows[] = [
  // @ts-expect-error A row does not stand under another's name.
  { ...OPERATION_ROWS, GetObject: putObject },
  // @ts-expect-error Nor does one that was made by a factory.
  { ...OPERATION_ROWS, GetBucketWebsite: getBucketCors },
  // @ts-expect-error Every operation has a row.
  withoutGetObject,
];

describe('types', () => {
  test('a row is of its own operation and no other', () => {
    expectTypeOf(putObject).toExtend<OperationRow<'PutObject'>>();
    expectTypeOf(putObject).not.toExtend<OperationRow<'GetObject'>>();
    expectTypeOf(getObject).toExtend<OperationRow<'GetObject'>>();
    expectTypeOf<keyof OperationRows>().toEqualTypeOf<OperationName>();
  });
});

test.each(OPERATION_NAMES)('%s has a row of its own name', (name) => {
  expect(OPERATION_ROWS[name].name).toBe(name);
});

/** Operations on one thing: the same scope and sub-resource. */
function subjectOf(name: OperationName): string {
  const { scope, query } = OPERATIONS[name];
  // A block of an access point's own is another thing than the bucket's.
  return `${scope} ?${query[0] ?? name}${query.includes('x-oss-access-point-name') ? ' of access points' : ''}`;
}

const subjects = new Map<string, OperationName[]>();
for (const name of OPERATION_NAMES) subjects.set(subjectOf(name), [...(subjects.get(subjectOf(name)) ?? []), name]);

test.each([...subjects])('%s has an effect, or it has none: also where it is shown and removed', (_subject, names) => {
  const effects = new Set(names.map((name) => OPERATION_ROWS[name].effect).filter((effect) => effect !== 'not built'));
  expect([...effects].length, names.join(', ')).toBeLessThanOrEqual(1);
});

test('what is not built is never anonymous, and only a preflight always is', () => {
  for (const name of OPERATION_NAMES) {
    const { effect, anonymous } = OPERATION_ROWS[name];
    if (effect === 'not built') expect(anonymous, name).toBe('never');
    expect(anonymous === 'always', name).toBe(name === 'OptionObject');
  }
});
