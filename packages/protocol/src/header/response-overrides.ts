/** `response-*` query parameters: headers that a signed read asks the server to answer with. */
import { OssError } from '../error/oss-error.js';
import { RESPONSE_HEADERS } from '../headers.js';
import { isWellFormedText, toHeaderText } from '../text.js';
import { invalidArgument } from './refuse.js';

const OVERRIDES: readonly (readonly [parameter: string, header: string])[] = [
  ['response-content-type', RESPONSE_HEADERS.contentType],
  ['response-content-language', RESPONSE_HEADERS.contentLanguage],
  ['response-content-encoding', RESPONSE_HEADERS.contentEncoding],
  ['response-content-disposition', RESPONSE_HEADERS.contentDisposition],
  ['response-expires', RESPONSE_HEADERS.expires],
  ['response-cache-control', RESPONSE_HEADERS.cacheControl],
];

/** A line end here would let the author of the URL add headers to the response. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * Collects the response headers that a read asks for.
 * @param query Query of the request.
 * @param isAnonymous Whether the request has no signature.
 * @returns Header values by spelled name, other characters than ASCII as their UTF-8 bytes; empty if it asks for none.
 * @throws {OssError} `InvalidRequest` if an anonymous request asks, `InvalidArgument` for a value with control
 * characters.
 */
export function readResponseOverrides(
  query: { get(name: string): string | undefined },
  isAnonymous: boolean,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [parameter, header] of OVERRIDES) {
    const value = query.get(parameter);
    if (value === undefined || value === '') continue;
    if (isAnonymous) {
      throw new OssError('InvalidRequest', {
        message: 'Request specific response headers cannot be used for anonymous GET requests.',
      });
    }
    if (CONTROL.test(value) || !isWellFormedText(value)) {
      throw invalidArgument(parameter, '', `The value of ${parameter} has a character that no header can have.`);
    }
    headers[header] = toHeaderText(value);
  }
  return headers;
}
