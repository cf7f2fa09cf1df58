/** What both versions of ListObjects read alike. */
import { LIMITS } from '@annals/protocol';
import { readNameParameter, readRowCount, readUrlEncoding } from './listing-parameters.js';
import type { OperationRequest } from './operation.js';
import { requireBucket } from './request-target.js';

export interface ListingInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly isUrlEncoded: boolean;
}

/**
 * Reads the parameters that ListObjects and ListObjectsV2 share.
 * @throws {OssError} `InvalidArgument`.
 */
export function readListingInput(request: OperationRequest): ListingInput {
  const { query } = request;
  return {
    bucket: requireBucket(request),
    prefix: readNameParameter(query, 'prefix'),
    delimiter: readNameParameter(query, 'delimiter'),
    maxKeys: readRowCount(query, 'max-keys', { default: LIMITS.maxKeysDefault, max: LIMITS.maxKeysMax }),
    isUrlEncoded: readUrlEncoding(query),
  };
}
