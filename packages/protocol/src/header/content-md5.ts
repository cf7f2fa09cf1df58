/** The header Content-MD5. */
import { base64Of, md5Base64 } from '#digest';
import { OssError } from '../error/oss-error.js';

/** Base64 of exactly 16 bytes: 22 digits, of which the last has four zero bits, and `==`. */
const BASE64_OF_MD5 = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

const NO_DIGEST_EC = '0017-00000502';

const BASE64_OF_20_BYTES = /^[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/;

/**
 * Reads Content-MD5.
 * @param value Header value.
 * @returns 16 bytes, or `undefined` without a header.
 * @throws {OssError} `InvalidDigest` if it is not base64 of 16 bytes.
 */
export function parseContentMd5(value: string | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  if (!BASE64_OF_MD5.test(value)) throw new OssError('InvalidDigest', { ec: NO_DIGEST_EC });
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
}

/**
 * Reads the Content-MD5 of DeleteMultipleObjects. The C SDK encodes four bytes more than the digest has, so only the
 * first 16 count there.
 * @param value Header value.
 * @returns 16 bytes, or `undefined` without a header.
 * @throws {OssError} `InvalidDigest` if it is not base64 of 16 or 20 bytes.
 */
export function parseLengthenedMd5(value: string | undefined): Uint8Array | undefined {
  if (value === undefined || !BASE64_OF_20_BYTES.test(value)) return parseContentMd5(value);
  return Uint8Array.from(atob(value), (character) => character.charCodeAt(0)).subarray(0, 16);
}

/**
 * Writes Content-MD5.
 * @param md5 16 bytes.
 */
export function formatContentMd5(md5: Uint8Array): string {
  return base64Of(md5);
}

/** Content-MD5 of a document that a client sends. */
export function contentMd5Of(document: string): string {
  return md5Base64(new TextEncoder().encode(document));
}
