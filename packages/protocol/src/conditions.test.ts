import { describe, expect, it } from 'vitest';
import {
  COPY_SOURCE_CONDITION_PREFIX,
  type Conditions,
  evaluateConditions,
  isRangeWanted,
  readConditions,
} from './conditions.js';

const BEFORE = 'Wed, 28 Dec 2022 10:27:40 GMT';
const EXACT = 'Wed, 28 Dec 2022 10:27:41 GMT';
const AFTER = 'Wed, 28 Dec 2022 10:27:42 GMT';
const STATE = { etag: 'AB', lastModifiedMs: Date.UTC(2022, 11, 28, 10, 27, 41, 900) };

describe('evaluateConditions', () => {
  it.each<[Conditions, string]>([
    [{}, 'proceed'],
    [{ ifMatch: '"AB"' }, 'proceed'],
    [{ ifMatch: 'AB' }, 'proceed'],
    [{ ifMatch: '*' }, 'proceed'],
    [{ ifMatch: '"X", "AB"' }, 'proceed'],
    [{ ifMatch: '"X"' }, 'precondition-failed'],
    [{ ifMatch: '"ab"' }, 'precondition-failed'],
    [{ ifMatch: '' }, 'precondition-failed'],
    [{ ifMatch: 'W/"AB"' }, 'precondition-failed'],
    [{ ifNoneMatch: '"AB"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"AB"' }, 'not-modified'],
    [{ ifNoneMatch: '*' }, 'not-modified'],
    [{ ifNoneMatch: '"X"' }, 'proceed'],
    [{ ifModifiedSince: BEFORE }, 'proceed'],
    [{ ifModifiedSince: EXACT }, 'not-modified'],
    [{ ifModifiedSince: AFTER }, 'not-modified'],
    [{ ifModifiedSince: 'nonsense' }, 'proceed'],
    [{ ifUnmodifiedSince: BEFORE }, 'precondition-failed'],
    [{ ifUnmodifiedSince: EXACT }, 'proceed'],
    [{ ifUnmodifiedSince: 'nonsense' }, 'proceed'],
    [{ ifMatch: '"AB"', ifUnmodifiedSince: BEFORE }, 'proceed'],
    [{ ifNoneMatch: '"X"', ifModifiedSince: EXACT }, 'proceed'],
    [{ ifMatch: '"X"', ifNoneMatch: '"AB"' }, 'precondition-failed'],
    [{ ifMatch: '"AB"', ifNoneMatch: '"AB"' }, 'not-modified'],
    [{ ifUnmodifiedSince: AFTER, ifModifiedSince: AFTER }, 'not-modified'],
    [{ ifUnmodifiedSince: BEFORE, ifModifiedSince: AFTER }, 'precondition-failed'],
  ])('answers %j with %s', (conditions, outcome) => {
    expect(evaluateConditions(conditions, STATE)).toBe(outcome);
  });
});

describe('readConditions', () => {
  it('reads the plain and the copy-source set apart', () => {
    const headers = new Map([
      ['if-match', 'a'],
      ['x-oss-copy-source-if-none-match', 'b'],
      ['if-modified-since', EXACT],
    ]);
    expect(readConditions(headers)).toEqual({ ifMatch: 'a', ifModifiedSince: EXACT });
    expect(readConditions(headers, COPY_SOURCE_CONDITION_PREFIX)).toEqual({ ifNoneMatch: 'b' });
    const others = new Map([
      ['if-none-match', '"a", "b"'],
      ['if-unmodified-since', AFTER],
    ]);
    expect(readConditions(others)).toEqual({ ifNoneMatch: '"a", "b"', ifUnmodifiedSince: AFTER });
  });
});

describe('isRangeWanted', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, true],
    ['"AB"', true],
    ['AB', true],
    [EXACT, true],
    ['W/"AB"', false],
    ['"X"', false],
    ['"AB", "X"', false],
    ['*', false],
    ['', false],
    [BEFORE, false],
    [AFTER, false],
    ['nonsense', false],
  ])('takes %j as %s', (header, isWanted) => {
    expect(isRangeWanted(header, STATE)).toBe(isWanted);
  });
});
