/**
 * `encoding-type=url`: names in listings percent-encoded, because XML cannot carry every key. Leaves out which fields:
 * documents say.
 */
import { OssError } from '../error/oss-error.js';
import { percentDecode, percentEncode } from '../percent-encoding.js';
import { malformed } from './malformed.js';

/** The one encoding type there is. */
export type EncodingType = 'url';

/**
 * Reads the query parameter `encoding-type`.
 * @param value Parameter value; empty counts as absent.
 * @returns `url`, or `undefined` without one.
 * @throws {OssError} `InvalidArgument` for anything else.
 */
export function parseEncodingType(value: string | undefined): EncodingType | undefined {
  if (value === undefined || value === '') return undefined;
  if (value.toLowerCase() === 'url') return 'url';
  throw new OssError('InvalidArgument', {
    message: 'Invalid Encoding Method specified in Request',
    details: { ArgumentName: 'encoding-type', ArgumentValue: value },
  });
}

/**
 * Encodes a name for a document, or leaves it.
 * @param name A key, prefix, marker or delimiter.
 * @param encodingType Encoding type of the document.
 */
export function encodeName<Name extends string | undefined>(
  name: Name,
  encodingType: EncodingType | undefined,
): Name | string {
  return name === undefined || encodingType === undefined ? name : percentEncode(name);
}

/**
 * Decodes a name of a document, or leaves it.
 * @param text As in the document.
 * @param encodingType Encoding type of the document.
 * @throws {OssError} `MalformedXML` if it is no percent-encoded UTF-8.
 */
export function decodeName<Name extends string | undefined>(
  text: Name,
  encodingType: EncodingType | undefined,
): Name | string {
  if (text === undefined || encodingType === undefined) return text;
  const decoded = percentDecode(text);
  if ('text' in decoded) return decoded.text;
  throw malformed('A name is not percent-encoded.');
}
