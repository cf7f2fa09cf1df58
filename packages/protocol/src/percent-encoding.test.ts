import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentDecode, percentEncode } from './percent-encoding.js';

describe('percentDecode', () => {
  it('reads escapes in either case and + as a space', () => {
    expect(percentDecode('a+b%2Bc%2fd%E6%97%A5')).toEqual({ text: 'a b+c/d日' });
  });
  it('keeps a byte order mark and NUL', () => {
    expect(percentDecode('%EF%BB%BF%00')).toEqual({ text: '\ufeff\u0000' });
  });
  it.each(['%', '%4', 'a%zz', '%%41', 'a%2', '日'])('finds the broken escape in %j', (encoded) => {
    expect(percentDecode(encoded)).toEqual({ fault: 'escape' });
  });
  it.each(['%ff', '%C0%80', '%ED%A0%80', '%E6%97', '\u00e9'])('finds that %j is not UTF-8', (encoded) => {
    expect(percentDecode(encoded)).toEqual({ fault: 'utf8' });
  });
  it('reads raw bytes above 0x7f as UTF-8', () => {
    expect(percentDecode('\u00e6\u0097\u00a5')).toEqual({ text: '日' });
  });
});

describe('percentEncode', () => {
  it('leaves only unreserved characters', () => {
    expect(percentEncode("Az09-._~!'()* +/日")).toBe('Az09-._~%21%27%28%29%2A%20%2B%2F%E6%97%A5');
    expect(percentEncode('a/b', { keepSlash: true })).toBe('a/b');
  });
  it('is undone by percentDecode for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, keepSlash) => {
        expect(percentDecode(percentEncode(text, { keepSlash }))).toEqual({ text });
      }),
      { numRuns: 5000 },
    );
  });
});
