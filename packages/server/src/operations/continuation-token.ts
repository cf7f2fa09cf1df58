/**
 * Continuation tokens of ListObjectsV2: opaque to clients, here the last name of the page before, framed so that a text somebody made up
 * is recognized as such. Tokens need no secret: they say nothing a `start-after` could not say.
 */
import { OssError } from '@annals/protocol';

/** Tells our tokens from other base64; also a place to count versions of the format. */
const FORMAT = 0x0a;

/** @param name Last key or common prefix of a page. */
export function formatContinuationToken(name: string): string {
  return Buffer.concat([Buffer.of(FORMAT), Buffer.from(name, 'utf8')]).toString('base64url');
}

/**
 * Reads a token.
 * @returns The name to go on after.
 * @throws {OssError} `InvalidArgument` for a token this server did not make.
 */
export function parseContinuationToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  const name = bytes.subarray(1).toString('utf8');
  // Making the token again shows every liberty that decoding took: other alphabets, padding, broken UTF-8.
  if (bytes[0] === FORMAT && bytes.length > 1 && formatContinuationToken(name) === token) return name;
  throw new OssError('InvalidArgument', {
    message: 'The continuation token provided is incorrect.',
    details: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}
