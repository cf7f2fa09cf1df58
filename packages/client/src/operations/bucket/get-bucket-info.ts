/** GetBucketInfo: what a bucket is. */
import { type BucketInfo, parseBucketInfo } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import type { BucketTarget } from './bucket-target.js';

/**
 * Reads what a bucket is: owner, ACL, place, endpoints, storage class.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export function getBucketInfo(connection: Connection, input: BucketTarget): Promise<BucketInfo> {
  const action = `look at the bucket oss://${input.bucket}`;
  return connection.sendForDocument({ ...input, action, method: 'GET', query: [['bucketInfo', '']] }, (document) =>
    parseBucketInfo(document),
  );
}
