import { describe, expect, it } from 'vitest';
import { appendableEtag, md5Etag, multipartEtag, quoteEtag, unquoteEtag } from './etag.js';

describe('appendableEtag', () => {
  it("gives the public service's own samples", () => {
    expect(appendableEtag(14741617095266562575n, Date.UTC(2015, 6, 8, 6, 57, 1))).toBe(
      '0F7230CAA4BE94CCBDC99C5500000000',
    );
    expect(appendableEtag(3231342946509354535n, 1554782373_999)).toBe('2776271A4A09D82CA518AC5C00000000');
  });
});

describe('md5Etag and multipartEtag', () => {
  const md5 = Uint8Array.from({ length: 16 }, (_, index) => index * 16 + index);
  it('write upper-case hex', () => {
    expect(md5Etag(md5)).toBe('00112233445566778899AABBCCDDEEFF');
    expect(multipartEtag(md5, 2)).toBe('00112233445566778899AABBCCDDEEFF-2');
  });
  it('refuse what is no MD5', () => {
    expect(() => md5Etag(new Uint8Array(15))).toThrow(RangeError);
  });
});

describe('quoteEtag and unquoteEtag', () => {
  it('are each other’s reverse', () => {
    expect(quoteEtag('AB')).toBe('"AB"');
    expect(unquoteEtag('"AB"')).toBe('AB');
  });
  it.each([
    ['AB', 'AB'],
    [' "AB" ', 'AB'],
    ['"', '"'],
    ['""', ''],
  ])('reads %j as %j', (text, expected) => {
    expect(unquoteEtag(text)).toBe(expected);
  });
});
