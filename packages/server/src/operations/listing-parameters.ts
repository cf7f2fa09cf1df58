/** The query parameters that listings share: how many rows, which names, and how names are written in the answer. */
import { LIMITS, OssError, percentEncode, type Query, utf8LengthBytes } from '@annals/protocol';

/**
 * Reads a count of rows such as `max-keys`.
 * @param name Name of the parameter.
 * @param bounds Default and highest value; the lowest is 1.
 * @throws {OssError} `InvalidArgument` outside the bounds.
 */
export function readRowCount(
  query: Query,
  name: string,
  bounds: { readonly default: number; readonly max: number },
): number {
  const text = query.get(name);
  // SDKs send a bare `max-keys=` for "not set".
  if (text === undefined || text === '') return bounds.default;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= bounds.max) return count;
  throw new OssError('InvalidArgument', {
    message: `Argument ${name} must be an integer between 1 and ${bounds.max}.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}

/**
 * Reads a name, or the part of one, such as `prefix` and `marker`.
 * @returns The text; empty when absent.
 * @throws {OssError} `InvalidArgument` when longer than any key can be.
 */
export function readNameParameter(query: Query, name: string): string {
  const text = query.get(name) ?? '';
  if (utf8LengthBytes(text) <= LIMITS.keyLengthBytesMax) return text;
  throw new OssError('InvalidArgument', {
    message: `The length of ${name} must not exceed ${LIMITS.keyLengthBytesMax} bytes.`,
    details: { ArgumentName: name, ArgumentValue: text },
  });
}

/**
 * Reads `encoding-type`, which a client sets that may meet names XML cannot express.
 * @returns Whether names are to be percent-encoded.
 * @throws {OssError} `InvalidArgument` for anything but `url`.
 */
export function readUrlEncoding(query: Query): boolean {
  const text = query.get('encoding-type');
  if (text === undefined || text === '') return false;
  if (text === 'url') return true;
  throw new OssError('InvalidArgument', {
    message: 'The encoding-type must be url.',
    details: { ArgumentName: 'encoding-type', ArgumentValue: text },
  });
}

/** Makes the function that writes a name into the answer. */
export function nameWriter(isUrlEncoded: boolean): (name: string) => string {
  return isUrlEncoded ? (name) => percentEncode(name) : (name) => name;
}
