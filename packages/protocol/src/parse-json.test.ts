import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRefused, parseJson } from './parse-json.js';

describe('parseJson', () => {
  test.each([
    '{"a":1,"a":1}',
    '{"Effect":"Allow","Effect":"Deny"}',
    '{"a":{"b":[{"c":1},{"c":1,"d":[],"c":2}]}}',
    String.raw`{"Effect":"Allow","Eff\u0065ct":"Deny"}`,
    String.raw`{"a\"b":1 , "a\u0022b" : 2}`,
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '[{"a":"}","a":"{"}]',
  ])('refuses a member given twice: %s', (text) => {
    expect(() => parseJson(text)).toThrow(/is given twice/);
  });

  test.each(['', '{', '{a:1}', "{'a':1}", '{"a":1,}', '[1]x', '\u0000', '{"a":1}{"a":1}', '// a\n1'])(
    'refuses what is not JSON: %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(JsonRefused);
    },
  );

  test.each([
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
    String.raw`{"a":"\"a\":","b":"\\"}`,
    '{"a":"a","A":":"}',
    '1',
  ])('takes names that differ, or stand in different objects: %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test('reads whatever the engine writes, and deep nesting', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    const depth = 5000;
    expect(() => parseJson('['.repeat(depth) + ']'.repeat(depth))).not.toThrow();
  });
});
