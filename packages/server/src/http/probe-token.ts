/** The token that the server's own pages ask for, when one is set. */
import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Tells whether a request may see the pages.
 * @param token `undefined`: every client may ask.
 * @param authorization The header as sent.
 */
export function hasProbeToken(token: string | undefined, authorization: string | undefined): boolean {
  if (token === undefined) return true;
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  // Digests have one length, so the comparison takes one time whatever is given.
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
