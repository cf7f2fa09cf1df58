/** DeleteMultipleObjects: removes any number of objects or versions, 1,000 with each request. */
import {
  contentMd5Of,
  LIMITS,
  type ObjectToDelete,
  parseDeleteObjectsResult,
  renderDeleteObjectsRequest,
} from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { AnnalsError } from '../../error.js';

/** The objects to delete. */
export interface DeleteObjectsInput extends CallOptions {
  readonly bucket: string;
  /** Keys, or keys with versions; any number. */
  readonly objects: Iterable<string | ObjectToDelete>;
}

/** What became of one of them. */
export interface DeletionResult {
  readonly key: string;
  /** As it was asked for. */
  readonly versionId?: string;
  /** The server confirms that it is gone; an object that was not there counts as gone. */
  readonly isDeleted: boolean;
  /** The id of the delete marker that was made or removed. */
  readonly deleteMarkerVersionId?: string;
}

/** What became of all of them. */
export interface DeleteObjectsResult {
  /** In the order in which they were given. */
  readonly results: readonly DeletionResult[];
}

/**
 * Removes objects in batches, one after the other. A batch that is refused ends the call; those before it are carried
 * out, and the outcome of the error says so. Deleting again is harmless, so the whole call may be repeated.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied` (one key that may not be deleted refuses its batch).
 */
export async function deleteObjects(connection: Connection, input: DeleteObjectsInput): Promise<DeleteObjectsResult> {
  const results: DeletionResult[] = [];
  for (const batch of batchesOf(input.objects)) {
    try {
      results.push(...(await deleteBatch(connection, input, batch)));
    } catch (error) {
      const isPartlyDone = results.length > 0 && error instanceof AnnalsError && error.outcome === 'not-applied';
      throw isPartlyDone ? error.withOutcome('unknown') : error;
    }
  }
  return { results };
}

function* batchesOf(objects: Iterable<string | ObjectToDelete>): Generator<readonly ObjectToDelete[], void, void> {
  let batch: ObjectToDelete[] = [];
  for (const object of objects) {
    batch.push(typeof object === 'string' ? { key: object } : object);
    if (batch.length < LIMITS.deleteKeyCountMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function deleteBatch(
  connection: Connection,
  { bucket, objects: _, ...options }: DeleteObjectsInput,
  batch: readonly ObjectToDelete[],
): Promise<DeletionResult[]> {
  if (batch.some(({ key }) => key === '')) {
    throw new AnnalsError('InvalidInput', `Cannot delete an empty key in oss://${bucket}/: expected one character`, {
      outcome: 'not-applied',
    });
  }
  const document = renderDeleteObjectsRequest({ isQuiet: false, objects: batch });
  const { deleted } = await connection.sendForDocument(
    {
      ...options,
      bucket,
      action: `delete ${batch.length} objects in oss://${bucket}/`,
      method: 'POST',
      query: [
        ['delete', ''],
        // Keys may hold characters that XML cannot.
        ['encoding-type', 'url'],
      ],
      headers: { 'content-type': 'application/xml', 'content-md5': contentMd5Of(document) },
      body: document,
      repeat: 'always',
    },
    parseDeleteObjectsResult,
  );
  const confirmed = new Map(deleted.map((each) => [nameOf(each), each]));
  return batch.map(({ key, versionId }) => {
    const answer = confirmed.get(nameOf({ key, ...(versionId !== undefined && { versionId }) }));
    return {
      key,
      ...(versionId !== undefined && { versionId }),
      isDeleted: answer !== undefined,
      ...(answer?.deleteMarkerVersionId !== undefined && { deleteMarkerVersionId: answer.deleteMarkerVersionId }),
    };
  });
}

function nameOf({ key, versionId }: ObjectToDelete): string {
  return JSON.stringify([key, versionId ?? '']);
}
