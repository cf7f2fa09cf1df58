/** The table is made of families, and no name stands in two of them: the later one would silently take its place. */
import { expect, expectTypeOf, test } from 'vitest';
import { BUCKET_OPERATIONS } from './bucket-operations.js';
import { BUCKET_SERVICE_OPERATIONS } from './bucket-service-operations.js';
import { OBJECT_OPERATIONS } from './object-operations.js';
import type { OperationRow } from './operation-row.js';
import { OPERATION_NAMES, type OPERATIONS, type OperationName } from './operation-table.js';
import { SERVICE_OPERATIONS } from './service-operations.js';
import { UPLOAD_OPERATIONS } from './upload-operations.js';

const FAMILIES = [
  SERVICE_OPERATIONS,
  BUCKET_OPERATIONS,
  BUCKET_SERVICE_OPERATIONS,
  OBJECT_OPERATIONS,
  UPLOAD_OPERATIONS,
];

test('every name stands in one family', () => {
  const names = FAMILIES.flatMap((family) => Object.keys(family));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect([...names].sort()).toEqual([...OPERATION_NAMES].sort());
});

test('the table is exhaustive by type', () => {
  expectTypeOf<keyof typeof OPERATIONS>().toEqualTypeOf<OperationName>();
  expectTypeOf<(typeof OPERATIONS)['GetObject']>().toEqualTypeOf<OperationRow>();
});
