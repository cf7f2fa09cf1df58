/**
 * Digests for signatures by Node's OpenSSL, all synchronous. Its twin for browsers, with the same exports, is `web.ts`;
 * the import `#digest` picks one. A byte text has one character up to U+00FF per byte. Leaves out checksums of bodies
 * (the checksum package).
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about bytes
const ASCII = /^[\x00-\x7f]*$/;

/** The HMAC-SHA1 of a byte text in base64 with padding. */
export function hmacSha1Base64(key: Uint8Array, text: string): string {
  return createHmac('sha1', key).update(text, 'latin1').digest('base64');
}

/** The HMAC-SHA256 of a byte text in base64 with padding. */
export function hmacSha256Base64(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('base64');
}

/** The HMAC-SHA256 of a byte text in lower-case hexadecimal digits. */
export function hmacSha256Hex(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex');
}

/** The 32-byte HMAC-SHA256 of a byte text. */
export function hmacSha256(key: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

/** The SHA-256 of a byte text in lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  // A text is hashed as UTF-8, which for ASCII is the same and saves making bytes of it.
  return hash('sha256', ASCII.test(text) ? text : bytesOfByteText(text), 'hex');
}

/** The MD5 of bytes in base64 with padding. */
export function md5Base64(bytes: Uint8Array): string {
  return hash('md5', bytes, 'base64');
}

/** Bytes in base64 with padding. */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** The bytes of a text whose every character up to U+00FF stands for the byte of that value. */
export function bytesOfByteText(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Compares two texts in a time that tells nothing but whether their lengths are equal. */
export function constantTimeEqual(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8')];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}
