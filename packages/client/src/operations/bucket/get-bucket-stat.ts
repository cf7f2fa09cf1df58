/** GetBucketStat: how much is in a bucket. */
import { type BucketStat, parseBucketStat } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import type { BucketTarget } from './bucket-target.js';

/**
 * Counts the objects of a bucket and their bytes, in one request. Annals is exact; the public service is hours behind.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export function getBucketStat(connection: Connection, input: BucketTarget): Promise<BucketStat> {
  const action = `count what is in oss://${input.bucket}`;
  return connection.sendForDocument({ ...input, action, method: 'GET', query: [['stat', '']] }, (document) =>
    parseBucketStat(document),
  );
}
