/** What a sender says its body digests to: `Content-MD5` and `x-oss-hash-crc64ecma`, both of this body alone. */
import { OssError } from '@annals/protocol';
import type { ExpectedDigests } from '@annals/store';
import type { OperationRequest } from './operation.js';

const MD5_BASE64 = /^[A-Za-z0-9+/]{22}==$/;
const CRC64_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * Reads the digests a body is checked against.
 * @throws {OssError} `InvalidDigest` for a Content-MD5 that is not the base64 of 16 bytes, `InvalidArgument` for a CRC-64 that is no unsigned 64-bit decimal.
 */
export function readExpectedDigests(request: OperationRequest): ExpectedDigests {
  const md5 = readContentMd5(request);
  const crc64 = readCrc64(request);
  return { ...(md5 !== undefined && { md5 }), ...(crc64 !== undefined && { crc64 }) };
}

/**
 * Reads `Content-MD5`.
 * @returns 16 bytes, or `undefined` when absent.
 * @throws {OssError} `InvalidDigest`.
 */
export function readContentMd5(request: OperationRequest): Uint8Array | undefined {
  const text = request.headers.get('content-md5');
  if (text === undefined) return undefined;
  if (!MD5_BASE64.test(text)) throw new OssError('InvalidDigest');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function readCrc64(request: OperationRequest): bigint | undefined {
  const text = request.headers.get('x-oss-hash-crc64ecma');
  if (text === undefined) return undefined;
  const crc64 = /^\d{1,20}$/.test(text) ? BigInt(text) : CRC64_MAX + 1n;
  if (crc64 <= CRC64_MAX) return crc64;
  throw new OssError('InvalidArgument', {
    message: 'x-oss-hash-crc64ecma must be an unsigned 64-bit decimal number.',
    details: { ArgumentName: 'x-oss-hash-crc64ecma', ArgumentValue: text },
  });
}
