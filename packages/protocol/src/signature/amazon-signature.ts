/**
 * Requests of S3 clients: told in words that this is another protocol. Without it they get "Authorization header is
 * invalid", and a link of theirs a denial that names no reason.
 */
import { OssError } from '../error/oss-error.js';
import type { SignableRequest } from './signable-request.js';

/** What clients of S3 are told. */
const AMAZON_SIGNATURE_MESSAGE =
  'This server speaks OSS, the protocol of Alibaba Cloud, and the request is signed for Amazon S3. Use a client for OSS: https://github.com/annals/annals/blob/main/docs/sdks.md';

/**
 * Refuses a request that is signed for Amazon S3: by its header (`AWS4-HMAC-SHA256`, `AWS`), in its URL, or with the
 * headers that only such a signature needs.
 * @throws {OssError} `InvalidArgument`.
 */
export function refuseAmazonSignature({ headers, query }: SignableRequest): void {
  const authorization = headers.get('authorization');
  const isSigned =
    authorization === undefined
      ? query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm') || query.has('AWSAccessKeyId')
      : /^\s*AWS(?:4-HMAC-SHA256|4-ECDSA-P256-SHA256)?\s/.test(authorization);
  const hasHeaders = authorization === undefined && headers.has('x-amz-date') && headers.has('x-amz-content-sha256');
  if (!isSigned && !hasHeaders) return;
  throw new OssError('InvalidArgument', {
    message: AMAZON_SIGNATURE_MESSAGE,
    ec: '0002-00000061',
    details: { ArgumentName: 'authorization' },
  });
}
