/** Finds out whether an engine takes bytes and keeps them, in the only way there is: by giving it some. */

import type { StoreContext } from '../context/store-context.js';
import { serviceConfigurationKey } from '../records/key-space.js';

/** A disk without room for so much counts as full. */
const BLOB_LENGTH_BYTES = 64 * 1024;

/** Name of the row; docs/format.md tells strangers of it. */
const ROW_NAME = 'writeCheck';

/** @see StoreMaintenance.checkWritable, which says what it promises. */
export function checkWritable(context: StoreContext, engine: 'blobs' | 'rows'): Promise<void> {
  return engine === 'blobs' ? checkBlobs(context) : checkKeyValues(context);
}

async function checkBlobs({ blobs, blobsInUse }: StoreContext): Promise<void> {
  const writer = await blobs.create();
  // The sweep of orphans must not come between.
  blobsInUse.add(writer.blobId);
  try {
    await writer.write([new Uint8Array(BLOB_LENGTH_BYTES)]);
    await writer.seal();
    await blobs.delete(writer.blobId);
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    blobsInUse.delete(writer.blobId);
  }
}

/** With a row as long as the longest that an append writes: a shorter one may still fit where that one does not. */
async function checkKeyValues({ keyValues, settings }: StoreContext): Promise<void> {
  const key = serviceConfigurationKey(ROW_NAME);
  // An empty text and a lot of space: JSON, as all values of its family.
  const { inlineLengthMax, loneInlineLengthMax, unplacedInlineLengthMax } = settings;
  const length = Math.max(inlineLengthMax, loneInlineLengthMax, unplacedInlineLengthMax);
  await keyValues.commit({ puts: [{ key, value: Buffer.from('""'.padEnd(length), 'latin1') }] });
  await keyValues.commit({ deletes: [key] });
}
