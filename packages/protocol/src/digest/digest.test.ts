import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as node from './node.js';
import * as web from './web.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe.each([
  ['node', node],
  ['web', web],
])('%s digests', (_, digest) => {
  it('give the HMAC-SHA1 of RFC 2202, case 2', () => {
    const mac = digest.hmacSha1Base64(encode('Jefe'), 'what do ya want for nothing?');
    expect(hexOf(Buffer.from(mac, 'base64'))).toBe('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  });

  it('give the HMAC-SHA256 of RFC 4231, case 2', () => {
    const [key, text] = [encode('Jefe'), 'what do ya want for nothing?'];
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(digest.hmacSha256Hex(key, text)).toBe(expected);
    expect(hexOf(digest.hmacSha256(key, text))).toBe(expected);
    expect(hexOf(Buffer.from(digest.hmacSha256Base64(key, text), 'base64'))).toBe(expected);
  });

  it('give the SHA-256 of FIPS 180-2, B.1', () => {
    expect(digest.sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('give the MD5 of RFC 1321, A.5', () => {
    expect(hexOf(Buffer.from(digest.md5Base64(encode('abc')), 'base64'))).toBe('900150983cd24fb0d6963f7d28e17f72');
  });

  it.each([
    ['', '', true],
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'abcd', false],
    ['ä', 'a', false],
  ])('compare %j and %j', (left, right, equal) => {
    expect(digest.constantTimeEqual(left, right)).toBe(equal);
  });
});

describe('node and web digests', () => {
  it('agree', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (key, data) => {
        const text = String.fromCharCode(...data);
        expect(hexOf(node.bytesOfByteText(text))).toBe(hexOf(data));
        expect(hexOf(web.bytesOfByteText(text))).toBe(hexOf(data));
        expect(web.hmacSha1Base64(key, text)).toBe(node.hmacSha1Base64(key, text));
        expect(web.hmacSha256Base64(key, text)).toBe(node.hmacSha256Base64(key, text));
        expect(web.hmacSha256Hex(key, text)).toBe(node.hmacSha256Hex(key, text));
        expect(hexOf(web.hmacSha256(key, text))).toBe(hexOf(node.hmacSha256(key, text)));
        expect(web.sha256Hex(text)).toBe(node.sha256Hex(text));
        expect(web.base64Of(data)).toBe(node.base64Of(data));
      }),
    );
  });

  it.each([1023, 1024, 1025, 4000])('agree on the HMAC of a text of %i bytes, after a longer one', (length) => {
    const key = encode('a key');
    node.hmacSha256Hex(encode('another key, which is longer'), 'x'.repeat(1024));
    expect(node.hmacSha256Hex(key, 'ÿ'.repeat(length))).toBe(web.hmacSha256Hex(key, 'ÿ'.repeat(length)));
  });
});
