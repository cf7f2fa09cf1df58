/** `response-content-type` and its companions: headers of the answer that a signed GET may choose, mostly for links given to browsers. */
import { OssError } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

const OVERRIDES = {
  'response-content-type': 'Content-Type',
  'response-content-language': 'Content-Language',
  'response-content-encoding': 'Content-Encoding',
  'response-content-disposition': 'Content-Disposition',
  'response-expires': 'Expires',
  'response-cache-control': 'Cache-Control',
} as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get into a header.
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * Reads the overrides.
 * @returns Response headers by their exact names; empty without overrides.
 * @throws {OssError} `InvalidRequest` from an anonymous caller, who could otherwise make the server say anything to others;
 *   `InvalidArgument` for control characters, which would begin a header of the caller's making.
 */
export function readResponseOverrides({ query, caller }: OperationRequest): Readonly<Record<string, string>> {
  const overrides: Record<string, string> = {};
  for (const [parameter, header] of Object.entries(OVERRIDES)) {
    const value = query.get(parameter);
    if (value === undefined || value === '') continue;
    if (caller.kind === 'anonymous') {
      throw new OssError('InvalidRequest', {
        message: 'Request specific response headers cannot be used for anonymous GET requests.',
      });
    }
    if (FORBIDDEN.test(value)) {
      throw new OssError('InvalidArgument', {
        message: `The value of ${parameter} must not contain control characters.`,
        details: { ArgumentName: parameter },
      });
    }
    overrides[header] = value;
  }
  return overrides;
}
