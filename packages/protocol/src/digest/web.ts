/**
 * Digests for signatures where there is no Node: plain JavaScript, because the browser's own are asynchronous and
 * missing on pages without TLS. Same exports as `node.ts`, which documents them.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** The HMAC-SHA1 of a byte text in base64 with padding. */
export function hmacSha1Base64(key: Uint8Array, text: string): string {
  return encodeBase64(hmac(sha1, key, bytesOfByteText(text)));
}

/** The HMAC-SHA256 of a byte text in base64 with padding. */
export function hmacSha256Base64(key: Uint8Array, text: string): string {
  return encodeBase64(hmacSha256(key, text));
}

/** The HMAC-SHA256 of a byte text in lower-case hexadecimal digits. */
export function hmacSha256Hex(key: Uint8Array, text: string): string {
  return encodeHex(hmacSha256(key, text));
}

/** The 32-byte HMAC-SHA256 of a byte text. */
export function hmacSha256(key: Uint8Array, text: string): Uint8Array {
  return hmac(sha256, key, bytesOfByteText(text));
}

/** The SHA-256 of a byte text in lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  return encodeHex(sha256(bytesOfByteText(text)));
}

/** The MD5 of bytes in base64 with padding. */
export function md5Base64(bytes: Uint8Array): string {
  return encodeBase64(md5(bytes));
}

/** Bytes in base64 with padding. */
export function base64Of(bytes: Uint8Array): string {
  return encodeBase64(bytes);
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

function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function encodeHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
