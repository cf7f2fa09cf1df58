import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../test/harness/mutations.js';
import { formatContentRange, type RangeResult, resolveRange } from './range.js';

const WHOLE: RangeResult = { kind: 'whole' };
const NONE: RangeResult = { kind: 'unsatisfiable' };
const part = (start: number, end: number): RangeResult => ({ kind: 'partial', start, end });

describe('resolveRange of an object of 1000 bytes', () => {
  it.each<[string, RangeResult, RangeResult]>([
    ['bytes=0-499', part(0, 500), part(0, 500)],
    ['bytes=-500', part(500, 1000), part(500, 1000)],
    ['bytes=500-', part(500, 1000), part(500, 1000)],
    ['bytes=999-999', part(999, 1000), part(999, 1000)],
    ['bytes=500-2000', WHOLE, part(500, 1000)],
    ['bytes=0-1000', WHOLE, part(0, 1000)],
    ['bytes=0-99999999999999999999999', WHOLE, part(0, 1000)],
    ['bytes=1000-2000', WHOLE, NONE],
    ['bytes=1000-', WHOLE, NONE],
    ['bytes=-2000', WHOLE, part(0, 1000)],
    ['bytes=-0', NONE, NONE],
    ['byte=0-1', WHOLE, WHOLE],
    ['bytes=', WHOLE, WHOLE],
    ['bytes=-', WHOLE, WHOLE],
    ['bytes=5-2', WHOLE, WHOLE],
    ['bytes=a-b', WHOLE, WHOLE],
    ['bytes=+1-2', WHOLE, WHOLE],
    ['bytes=0-1x', WHOLE, WHOLE],
    ['Bytes = 0-1', part(0, 2), part(0, 2)],
    ['bytes=0-1, 5-6', part(0, 2), part(0, 2)],
  ])('reads %j', (header, byDefault, standard) => {
    expect(resolveRange(header, 1000)).toEqual(byDefault);
    expect(resolveRange(header, 1000, { standard: true })).toEqual(standard);
  });
  it('means the whole object without a header', () => {
    expect(resolveRange(undefined, 1000, { standard: true })).toEqual(WHOLE);
  });
});

describe('resolveRange of an empty object', () => {
  it.each(['bytes=0-', 'bytes=0-0', 'bytes=-1'])('has no %s', (header) => {
    expect(resolveRange(header, 0)).toEqual(WHOLE);
    expect(resolveRange(header, 0, { standard: true })).toEqual(NONE);
  });
});

describe('resolveRange with multi-range', () => {
  it('gives every range in the order asked for', () => {
    expect(resolveRange('bytes=5-6,0-1, -2', 1000, { multiRange: true })).toEqual({
      kind: 'multiple',
      ranges: [
        { start: 5, end: 7 },
        { start: 0, end: 2 },
        { start: 998, end: 1000 },
      ],
    });
    expect(resolveRange('bytes=5-6', 1000, { multiRange: true })).toEqual(part(5, 7));
  });
  it('means the whole object if one range is invalid', () => {
    expect(resolveRange('bytes=5-6,1000-', 1000, { multiRange: true, standard: true })).toEqual(WHOLE);
    expect(resolveRange('bytes=5-6,x', 1000, { multiRange: true })).toEqual(WHOLE);
    expect(resolveRange('bytes=5-6,', 1000, { multiRange: true })).toEqual(WHOLE);
  });
  it('accepts 50 ranges and refuses 51', () => {
    expect(resolveRange(`bytes=${new Array(50).fill('0-1').join()}`, 1000, { multiRange: true }).kind).toBe('multiple');
    expect(() => resolveRange(`bytes=${new Array(51).fill('0-1').join()}`, 1000, { multiRange: true })).toThrow(
      expect.objectContaining({ code: 'MultiRangeFailed', ec: '0016-00000110' }),
    );
  });
});

describe('resolveRange, any input', () => {
  it('stays inside the object; hostile headers', { timeout: 300_000 }, async () => {
    const pieces = [
      ...[
        'bytes=',
        'Bytes =',
        'byte=',
        '0',
        '9',
        '-',
        ',',
        ' ',
        '\t',
        '99999999999999999999',
        'a',
        '+',
        '.',
        ';',
        '\0',
        '日',
      ],
      ...['0-', '-5', '5-2', '0-0', ',0-0'.repeat(50), '9'.repeat(400), '-'.repeat(300), ' '.repeat(300), 'bytes=0-1,'],
    ];
    await readHostileInputs({
      inputs: fc.tuple(
        spoiledTexts(['bytes=0-4', 'bytes=-5', 'bytes=3-', 'bytes=0-0, 7-8,-1'], pieces),
        fc.nat(30),
        fc.boolean(),
        fc.boolean(),
      ),
      read: ([header, lengthBytes, standard, multiRange]) => {
        const result = resolveRange(header, lengthBytes, { standard, multiRange });
        const ranges = result.kind === 'partial' ? [result] : result.kind === 'multiple' ? result.ranges : [];
        const isInside = ranges.every(({ start, end }) => start >= 0 && end > start && end <= lengthBytes);
        const isKnown = standard || result.kind !== 'unsatisfiable' || /-0+[ \t]*(?:,|$)/.test(header);
        if (!isInside || !isKnown) throw new Error(`${JSON.stringify(result)} of ${lengthBytes} bytes`);
      },
      refusals: ['MultiRangeFailed'],
      lengthOf: ([header]) => header.length,
    });
  });
});

describe('formatContentRange', () => {
  it('is inclusive', () => {
    expect(formatContentRange({ start: 0, end: 500 }, 1000)).toBe('bytes 0-499/1000');
  });
});
