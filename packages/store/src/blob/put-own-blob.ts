/** `put` of an engine in which every blob has a place of its own. */
import type { BlobFill, BlobId, BlobStore } from '../contract/blob-store.js';

/**
 * @see BlobStore.put
 * @throws {RangeError} `fill` makes another number of bytes than was announced.
 */
export async function putOwnBlob(
  blobs: Pick<BlobStore, 'create'>,
  lengthBytes: number,
  fill: BlobFill,
): Promise<BlobId> {
  const writer = await blobs.create();
  try {
    const chunks = fill(writer.blobId);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length !== lengthBytes) {
      throw new RangeError(`Cannot put a blob of ${length} bytes: ${lengthBytes} were announced`);
    }
    await writer.write(chunks);
    await writer.seal();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return writer.blobId;
}
