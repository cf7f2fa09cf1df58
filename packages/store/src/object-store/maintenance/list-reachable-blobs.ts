/**
 * Lists the blobs of a store that something refers to, in the order of their ids, from rows that do not change
 * meanwhile. Garbage is left out: it may be swept at any time, and is in no copy of a store.
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { KeyValueSnapshot } from '../../contract/key-value-store.js';
import { sealedLengthOf } from '../../encryption/sealed-blob.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import { decodeBlobOwner, decodeExtent } from '../records/extent-record.js';
import { blobIdOf, blobRange, extentKey, referenceRange } from '../records/key-space.js';

/** A blob, and what its rows say of it. */
export interface ReachableBlob {
  readonly blobId: BlobId;
  /** Bytes in the blob; of an encrypted content those of the ciphertext. */
  readonly length: number;
  readonly contentId: ContentId;
  /** Of the bytes in the blob; `undefined`: they are encrypted. */
  readonly crc64: bigint | undefined;
}

/** A page of the list. */
export interface ReachableBlobPage {
  readonly blobs: readonly ReachableBlob[];
  /** To be given for the next page; `undefined`: this was the last. */
  readonly next: BlobId | undefined;
}

/** Rows of the blob index looked at in one call. */
const BLOB_COUNT_MAX = 256;

/**
 * @param after `next` of the page before. @returns Perhaps an empty page that is not the last one.
 * @throws {EngineFailure} `unavailable`, `corrupt`.
 */
export async function listReachableBlobs(
  rows: Pick<KeyValueSnapshot, 'get' | 'list'>,
  after: BlobId | undefined,
): Promise<ReachableBlobPage> {
  const owners = await rows.list({ ...blobRange(after), limit: BLOB_COUNT_MAX });
  const look = async ({ key, value }: (typeof owners)[number]): Promise<ReachableBlob | undefined> => {
    const blobId = blobIdOf(key);
    const { contentId, offset } = decodeBlobOwner(value);
    if ((await rows.list({ ...referenceRange(contentId), limit: 1 })).length === 0) return undefined;
    const row = await rows.get(extentKey(contentId, offset));
    const extent = row === undefined ? undefined : decodeExtent(row.value);
    if (extent?.kind !== 'blob' || extent.blobId !== blobId) return undefined;
    const { isSealed, length, crc64 } = extent;
    return {
      blobId,
      contentId,
      length: isSealed ? sealedLengthOf(length) : length,
      crc64: isSealed ? undefined : crc64,
    };
  };
  const blobs = (await Promise.all(owners.map(look))).filter((blob) => blob !== undefined);
  const last = owners.length < BLOB_COUNT_MAX ? undefined : owners.at(-1);
  return { blobs, next: last === undefined ? undefined : blobIdOf(last.key) };
}
