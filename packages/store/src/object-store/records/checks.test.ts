import { describe, expect, test } from 'vitest';
import { fields, kinds, text } from './checks.js';
import { decodeJson, tryDecodeJson } from './row-decoder.js';

describe('checks', () => {
  test('a finding names fields whatever their names are', () => {
    const check = fields<{ readonly 'a "b"\n': string; readonly constructor: string }>({
      'a "b"\n': text,
      constructor: text,
    });
    expect(check({ 'a "b"\n': 'x', constructor: 'y' })).toBeUndefined();
    expect(check({ 'a "b"\n': 1, constructor: 'y' })).toBe('.a "b"\n is no text');
    expect(check({ 'a "b"\n': 'x' })).toBe('.constructor is no text');
  });

  test('of kinds the one that is named counts', () => {
    const check = kinds<{ readonly kind: 'a'; readonly x: string } | { readonly kind: 'b' }>({
      a: fields<{ readonly kind: 'a'; readonly x: string }>({ kind: text as never, x: text }),
      b: fields<{ readonly kind: 'b' }>({ kind: text as never }),
    });
    expect(check({ kind: 'b' })).toBeUndefined();
    expect(check({ kind: 'a' })).toBe('.x is no text');
    for (const wrong of [{ kind: 'c' }, {}, { kind: 'toString' }])
      expect(check(wrong)).toBe('.kind has an unknown value');
    for (const wrong of [null, [], 'a']) expect(check(wrong)).toBe(' is no object');
  });

  test('what is said of bad JSON quotes nothing of it', () => {
    const secret = 'hunter2hunter2';
    expect(tryDecodeJson(secret, text)).toEqual({ finding: 'is not JSON' });
    const check = fields<{ readonly a: string; readonly b: string }>({ a: text, b: text });
    expect(() => decodeJson(`{"a":"${secret}"}`, check, 'the file x')).toThrow(
      expect.objectContaining({
        reason: { kind: 'corrupt', detail: 'the file x does not hold what it should: its value.b is no text' },
      }),
    );
  });
});
