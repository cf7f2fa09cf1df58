/** Tags given with an upload: the `x-oss-tagging` header, written like a query string. */
import { LIMITS, OssError, parseQuery, type Query, utf8LengthBytes } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

const HEADER = 'x-oss-tagging';
const ALLOWED = /^[\p{L}\p{M}\p{N} +\-=._:/]*$/u;

/**
 * Reads the tags of a new object.
 * @returns Tags by key; empty without the header.
 * @throws {OssError} `InvalidArgument` for bad encoding or a repeated key, `BadRequest` for more than ten, `InvalidTag` for a key or value outside the rules.
 */
export function readTaggingHeader(request: OperationRequest): Readonly<Record<string, string>> {
  const header = request.headers.get(HEADER);
  if (header === undefined || header === '') return {};
  const { entries } = decode(header);
  if (new Set(entries.map(([key]) => key)).size < entries.length) throw badEncoding(header);
  if (entries.length > LIMITS.objectTagCountMax) {
    throw new OssError('BadRequest', {
      message: `Object tags cannot be greater than ${LIMITS.objectTagCountMax}`,
    });
  }
  for (const [key, value] of entries) validateTag(key, value);
  return Object.fromEntries(entries);
}

function validateTag(key: string, value: string): void {
  if (key === '' || utf8LengthBytes(key) > LIMITS.tagKeyLengthBytesMax || !ALLOWED.test(key)) {
    throw new OssError('InvalidTag', { details: { ArgumentName: 'TagKey', ArgumentValue: key } });
  }
  if (utf8LengthBytes(value) > LIMITS.tagValueLengthBytesMax || !ALLOWED.test(value)) {
    throw new OssError('InvalidTag', {
      message: 'The TagValue you have provided is invalid',
      details: { ArgumentName: 'TagValue', ArgumentValue: value },
    });
  }
}

function decode(header: string): Query {
  try {
    return parseQuery(header);
  } catch (error) {
    if (error instanceof OssError) throw badEncoding(header);
    throw error;
  }
}

function badEncoding(header: string): OssError {
  return new OssError('InvalidArgument', {
    message:
      "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    details: { ArgumentName: HEADER, ArgumentValue: header },
  });
}
