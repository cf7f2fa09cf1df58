/** PutBucket: creates a bucket. Leaves out storage class and redundancy. */
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';

/** The bucket to create. */
export interface PutBucketInput extends CallOptions {
  readonly bucket: string;
  /** Default `private`. */
  readonly acl?: 'private' | 'public-read' | 'public-read-write';
}

/**
 * Creates a bucket. Repeating it for one's own bucket succeeds and changes nothing but the ACL, if one is given.
 * @throws {OssServiceError} `InvalidBucketName`, `BucketAlreadyExists` (another owner's), `TooManyBuckets`.
 */
export async function putBucket(connection: Connection, input: PutBucketInput): Promise<void> {
  await connection.sendForHeaders({
    ...input,
    action: `create the bucket oss://${input.bucket}`,
    method: 'PUT',
    repeat: 'always',
    headers: input.acl === undefined ? {} : { 'x-oss-acl': input.acl },
  });
}
