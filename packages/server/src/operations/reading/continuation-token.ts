/**
 * Continuation tokens of ListObjectsV2: opaque to clients, here the last name of the page before in the shape that the
 * public service's have, so that a text somebody made up is recognized as such. Tokens need no secret: they say nothing
 * a `start-after` could not say.
 */
import { OssError } from '@annals/protocol';

/** Field 1 of a protocol buffer: a text with its length in front. Also a place to count versions of the format. */
const NAME_FIELD = 0x0a;

/** Of base64, what a URL would have to escape, and what stands for it. */
const UNRESERVED: Readonly<Record<string, string>> = { '+': '.', '/': '_', '=': '-' };

/**
 * Makes a token.
 * @param name Last key or common prefix of a page.
 * @returns Such as `CgJiYw--` for `bc`.
 */
export function formatContinuationToken(name: string): string {
  const bytes = Buffer.from(name, 'utf8');
  return Buffer.concat([Buffer.of(NAME_FIELD, ...varint(bytes.length)), bytes])
    .toString('base64')
    .replace(/[+/=]/g, (character) => UNRESERVED[character] ?? '');
}

/**
 * Reads a token.
 * @returns The name to go on after.
 * @throws {OssError} `InvalidArgument` for a token this server did not make.
 */
export function parseContinuationToken(token: string): string {
  const bytes = Buffer.from(token.replaceAll('.', '+').replaceAll('_', '/').replaceAll('-', '='), 'base64');
  // No name is so long that its length takes more than two bytes, and the last of them has no high bit.
  const name = bytes.subarray((bytes[1] ?? 0) < 0x80 ? 2 : 3).toString('utf8');
  // Making the token again shows every liberty that decoding took: other alphabets, padding, lengths, broken UTF-8.
  if (name !== '' && formatContinuationToken(name) === token) return name;
  throw new OssError('InvalidArgument', {
    message: 'The continuation token provided is incorrect.',
    details: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}

function varint(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
}
