/** GetBucketLocation: where a bucket is. */
import { parseLocationConstraint } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { required } from '../../connection/response-headers.js';
import type { BucketTarget } from './bucket-target.js';

/**
 * Reads where a bucket is.
 * @returns Region with the public service's prefix, such as `oss-cn-hangzhou`.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export function getBucketLocation(connection: Connection, input: BucketTarget): Promise<string> {
  const action = `locate the bucket oss://${input.bucket}`;
  return connection.sendForDocument({ ...input, action, method: 'GET', query: [['location', '']] }, (document) =>
    required(parseLocationConstraint(document) || undefined, 'LocationConstraint', action, 'not-applied'),
  );
}
