/** What a sender says its body digests to: `Content-MD5` and `x-oss-hash-crc64ecma`, both of this body alone. */
import { invalidArgument, parseContentMd5, REQUEST_HEADERS } from '@annals/protocol';
import type { ExpectedDigests } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';

const CRC64_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * Reads the digests a body is checked against.
 * @throws {OssError} `InvalidDigest` for a Content-MD5 that is not the base64 of 16 bytes, `InvalidArgument` for a
 *   CRC-64 that is no unsigned 64-bit decimal.
 */
export function readExpectedDigests({ headers }: OperationRequest): ExpectedDigests {
  const md5 = parseContentMd5(headers.get('content-md5'));
  const crc64 = parseCrc64(headers.get(REQUEST_HEADERS.crc64));
  return { ...(md5 !== undefined && { md5 }), ...(crc64 !== undefined && { crc64 }) };
}

function parseCrc64(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const crc64 = /^\d{1,20}$/.test(text) ? BigInt(text) : CRC64_MAX + 1n;
  if (crc64 <= CRC64_MAX) return crc64;
  throw invalidArgument(REQUEST_HEADERS.crc64, text, 'The CRC-64 must be an unsigned 64-bit decimal number.');
}
