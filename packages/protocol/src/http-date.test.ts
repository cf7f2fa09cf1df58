import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHttpDate, parseHttpDate } from './http-date.js';

const AT_MS = Date.UTC(2022, 11, 8, 10, 27, 41);

describe('formatHttpDate', () => {
  it('writes RFC 1123 with a two-digit day', () => {
    expect(formatHttpDate(AT_MS + 999)).toBe('Thu, 08 Dec 2022 10:27:41 GMT');
  });
});

describe('parseHttpDate', () => {
  it.each([
    'Thu, 08 Dec 2022 10:27:41 GMT',
    'Thu, 8 Dec 2022 10:27:41 GMT',
    '08 Dec 2022 10:27:41 GMT',
    ' thu, 08 dec 2022 10:27:41 gmt ',
    'Thu, 08 Dec 2022 10:27:41 +0000',
    'Thursday, 08-Dec-22 10:27:41 GMT',
    'Thu Dec  8 10:27:41 2022',
  ])('reads %j', (text) => {
    expect(parseHttpDate(text)).toBe(AT_MS);
  });
  it('reads two-digit years as 1970 to 2069', () => {
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(784111777000);
  });
  it.each([
    '',
    'yesterday',
    'Thu, 31 Feb 2022 10:27:41 GMT',
    'Thu, 00 Dec 2022 10:27:41 GMT',
    'Thu, 08 Dec 2022 24:27:41 GMT',
    'Thu, 08 Dec 2022 10:60:41 GMT',
    'Thu, 08 Foo 2022 10:27:41 GMT',
    'Thu, 08 Dec 2022 10:27:41',
    'Thu, 08 Dec 2022 10:27:41 CET',
    '20221208T102741Z',
    '1670495261',
    `Thu, 08 Dec 2022 10:27:41 GMT${' '.repeat(100)}`,
  ])('gives undefined for %j', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
  it('reads what formatHttpDate wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253402300799 }), (seconds) => {
        expect(parseHttpDate(formatHttpDate(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });
});
