/** DeleteBucket: removes an empty bucket. */
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';

/** The bucket to delete. */
export interface DeleteBucketInput extends CallOptions {
  readonly bucket: string;
}

/**
 * Removes an empty bucket.
 * @throws {OssServiceError} `NoSuchBucket`, `BucketNotEmpty`.
 */
export async function deleteBucket(connection: Connection, input: DeleteBucketInput): Promise<void> {
  await connection.sendForHeaders({
    ...input,
    action: `delete the bucket oss://${input.bucket}`,
    method: 'DELETE',
  });
}
