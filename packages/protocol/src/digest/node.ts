/**
 * Digests for signatures by Node's OpenSSL, all synchronous. Its twin for browsers, with the same exports, is `web.ts`; the
 * import `#digest` picks one. Leaves out checksums of bodies (the checksum package).
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** The 20-byte HMAC-SHA1 of `data`. */
export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha1', key).update(data).digest();
}

/** The 32-byte HMAC-SHA256 of `data`. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest();
}

/** The SHA-256 of `data` in lower-case hexadecimal digits. */
export function sha256Hex(data: Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}

/** Lower-case hexadecimal digits. */
export function encodeHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
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

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
