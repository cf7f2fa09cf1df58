/**
 * Digests for signatures where there is no Node: plain JavaScript, because the browser's own are asynchronous and missing on
 * pages without TLS. Same exports as `node.ts`, which documents them.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** The 20-byte HMAC-SHA1 of `data`. */
export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(sha1, key, data);
}

/** The 32-byte HMAC-SHA256 of `data`. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(sha256, key, data);
}

/** The SHA-256 of `data` in lower-case hexadecimal digits. */
export function sha256Hex(data: Uint8Array): string {
  return encodeHex(sha256(data));
}

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Lower-case hexadecimal digits. */
export function encodeHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of a text whose every character up to U+00FF stands for the byte of that value. */
export function bytesOfByteText(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Compares two texts in a time that tells nothing but whether their lengths in bytes are equal. */
export function constantTimeEqual(left: string, right: string): boolean {
  const encoder = new TextEncoder();
  const [leftBytes, rightBytes] = [encoder.encode(left), encoder.encode(right)];
  if (leftBytes.length !== rightBytes.length) return false;
  let difference = 0;
  for (const [index, byte] of leftBytes.entries()) difference |= byte ^ (rightBytes[index] ?? 0);
  return difference === 0;
}
