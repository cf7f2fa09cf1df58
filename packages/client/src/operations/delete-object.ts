/** DeleteObject: removes an object. Leaves out versions. */
import type { CallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';

/** The object to delete. */
export interface DeleteObjectInput extends CallOptions {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Removes an object; one that does not exist is no error. In a versioned bucket the bytes stay behind a delete marker.
 */
export async function deleteObject(connection: Connection, input: DeleteObjectInput): Promise<void> {
  await connection.sendForHeaders({
    ...input,
    action: `delete oss://${input.bucket}/${input.key}`,
    method: 'DELETE',
    repeat: 'always',
  });
}
