/** PutBucket: creates a bucket. */
import {
  type BucketAcl,
  contentMd5Of,
  type DataRedundancyType,
  renderCreateBucketConfiguration,
  type StorageClass,
} from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import type { BucketTarget } from './bucket-target.js';

/** The bucket to create. */
export interface PutBucketInput extends BucketTarget {
  /** Default `private`. */
  readonly acl?: BucketAcl;
  /** Of objects that say nothing of it themselves. Default `Standard`. */
  readonly storageClass?: StorageClass;
  /** Default `LRS`. */
  readonly dataRedundancyType?: DataRedundancyType;
}

/**
 * Creates a bucket. Repeating it for one's own bucket succeeds and changes nothing but the ACL, if one is given.
 * @throws {OssServiceError} `InvalidBucketName`, `BucketAlreadyExists` (another owner's, or one's own of another
 * class), `TooManyBuckets`.
 */
export async function putBucket(connection: Connection, input: PutBucketInput): Promise<void> {
  const { acl, storageClass, dataRedundancyType } = input;
  const settings = {
    ...(storageClass !== undefined && { storageClass }),
    ...(dataRedundancyType !== undefined && { dataRedundancyType }),
  };
  const hasSettings = Object.keys(settings).length > 0;
  const document = hasSettings ? renderCreateBucketConfiguration(settings) : undefined;
  await connection.sendForHeaders({
    ...input,
    action: `create the bucket oss://${input.bucket}`,
    method: 'PUT',
    repeat: 'always',
    headers: {
      ...(acl !== undefined && { 'x-oss-acl': acl }),
      ...(document !== undefined && { 'content-type': 'application/xml', 'content-md5': contentMd5Of(document) }),
    },
    ...(document !== undefined && { body: document }),
  });
}
