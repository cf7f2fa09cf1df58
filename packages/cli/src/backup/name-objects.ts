/** Finds the objects that need certain blobs, from the rows of a backup alone. */
import { ObjectsOfBlobs } from '@annals/store';
import type { BackupRow } from './backup-format.js';

/**
 * @param rows All rows, in order; read several times.
 * @returns Names of objects, `oss://BUCKET/KEY`, each once; of earlier versions too.
 */
export async function nameObjects(
  rows: () => AsyncIterable<BackupRow>,
  blobIds: ReadonlySet<string>,
): Promise<string[]> {
  const objects = new ObjectsOfBlobs(blobIds);
  while (objects.isUnfinished) {
    for await (const row of rows()) objects.look(row);
    objects.endPass();
  }
  return objects.names;
}
