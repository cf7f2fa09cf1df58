/**
 * Blobs where several gateways serve one store: each has a place of its own. A file that short blobs share is known to
 * the process alone that writes it, and the readers of other processes cannot be waited for when its blobs are moved.
 * Leaves out the engines: blobs that share files already are read as before.
 */
import { putOwnBlob } from '../../blob/put-own-blob.js';
import type { BlobStore } from '../../contract/blob-store.js';

/** @returns The same engine, which lets no blobs share files. */
export function withoutSegments(blobs: BlobStore): BlobStore {
  return {
    create: (blobId) => blobs.create(blobId),
    put: (lengthBytes, fill) => putOwnBlob(blobs, lengthBytes, fill),
    read: (blobId, range) => blobs.read(blobId, range),
    length: (blobId) => blobs.length(blobId),
    delete: (blobId) => blobs.delete(blobId),
    list: () => blobs.list(),
    overwriteEnd: (blobId, end) => blobs.overwriteEnd(blobId, end),
    ...(blobs.findOlder !== undefined && {
      findOlder: (blobId) => blobs.findOlder?.(blobId) ?? Promise.resolve(undefined),
    }),
    close: () => blobs.close(),
  };
}
