import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../test/harness/mutations.js';
import { OssError } from './error/oss-error.js';
import { formatQuery, parseQuery, Query } from './query.js';

describe('parseQuery', () => {
  it('keeps order, repeats and empty values', () => {
    expect(parseQuery('append&position=0&b=&a=1&a=2').entries).toEqual([
      ['append', ''],
      ['position', '0'],
      ['b', ''],
      ['a', '1'],
      ['a', '2'],
    ]);
  });
  it('decodes names and values, + as a space, and splits at the first =', () => {
    expect(parseQuery('%2Bp=a+b%20c&x==y%26').entries).toEqual([
      ['+p', 'a b c'],
      ['x', '=y&'],
    ]);
  });
  it('skips empty segments but keeps an empty name', () => {
    expect(parseQuery('').entries).toEqual([]);
    expect(parseQuery('&&a&&').entries).toEqual([['a', '']]);
    expect(parseQuery('=v').entries).toEqual([['', 'v']]);
  });
  it.each(['a=%', 'a=%zz', '%ff=1', 'a=日'])('refuses %j with InvalidArgument', (text) => {
    expect(() => parseQuery(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument', status: 400 }));
  });
  it('accepts 1000 parameters and refuses 1001', () => {
    expect(parseQuery(new Array(1000).fill('a').join('&')).entries).toHaveLength(1000);
    expect(() => parseQuery(new Array(1001).fill('a').join('&'))).toThrow(OssError);
  });
  it('reads hostile queries, or refuses them', { timeout: 300_000 }, async () => {
    const pieces = [
      ...[
        '%',
        '%2',
        '%2F',
        '%00',
        '%ff',
        '%zz',
        '%C3%A9',
        '%ED%A0%80',
        '&',
        '=',
        '+',
        '?',
        '#',
        ';',
        'a',
        '__proto__',
        '\0',
      ],
      ...[
        '\u00ff',
        '日',
        '\ud800',
        '&a'.repeat(30),
        '='.repeat(300),
        '%41'.repeat(100),
        '&'.repeat(300),
        'a=b&',
        '\r\n',
      ],
    ];
    await readHostileInputs({
      inputs: spoiledTexts(
        ['', 'append&position=0', 'prefix=a%2Fb&max-keys=5', 'list-type=2&start-after=%E6%97%A5'],
        pieces,
      ),
      read: parseQuery,
      refusals: ['InvalidArgument'],
      lengthOf: (text) => text.length,
      allowance: { perInputBytes: 4 * 1024, perCharacterBytes: 192 },
    });
  });
  it('reads back what formatQuery wrote', () => {
    const text = fc.string({ unit: 'binary' });
    const name = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text), { maxLength: 20 }), (entries) => {
        expect(parseQuery(formatQuery(entries)).entries).toEqual(entries);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('Query', () => {
  it('gives the first value of a repeated name', () => {
    const query = new Query([
      ['a', '1'],
      ['a', '2'],
      ['b', ''],
    ]);
    expect(query.get('a')).toBe('1');
    expect(query.get('b')).toBe('');
    expect(query.get('c')).toBeUndefined();
    expect(query.has('b')).toBe(true);
    expect([...query.names()]).toEqual(['a', 'b']);
    expect([...query]).toHaveLength(3);
  });
});
