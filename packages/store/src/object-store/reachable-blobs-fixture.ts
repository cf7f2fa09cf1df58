/** For tests: what the versions and parts of a store lead to, and what is there. */
import type { BlobId } from '../contract/blob-store.js';
import type { KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';
import { decodeExtent } from './records/extent-record.js';
import { blobIdOf, extentRange } from './records/key-space.js';
import { decodePartRecord } from './records/upload-record.js';
import { readVersionNames } from './records/version-names.js';

/** What was found. */
export interface ReachableBlobs {
  /** Blobs that a version or a part leads to, in order. */
  readonly blobIds: readonly BlobId[];
  /** Blobs that the index knows, in order. */
  readonly ownedBlobIds: readonly BlobId[];
  /** Extents that a version or a part leads to. */
  readonly extentCount: number;
  readonly extentRowCount: number;
  /** Notes of garbage. */
  readonly noteCount: number;
}

/** Walks from the versions and parts that are there to the extents and blobs. */
export async function findReachable(keyValues: KeyValueStore): Promise<ReachableBlobs> {
  const rows = await keyValues.list({ start: Buffer.from([0]), end: Buffer.from([0xff]), limit: 1_000_000 });
  const rowsOf = (letter: string) => rows.filter(({ key }) => key[0] === letter.charCodeAt(0));
  const contentIds = [...rowsOf('O'), ...rowsOf('V')].flatMap(contentIdIn);
  contentIds.push(...rowsOf('P').map(({ value }) => decodePartRecord(Buffer.alloc(21), value).contentId));
  const blobIds = new Set<BlobId>();
  const seen = new Set<string>();
  let extentCount = 0;
  for (let contentId = contentIds.pop(); contentId !== undefined; contentId = contentIds.pop()) {
    if (seen.has(contentId)) continue;
    seen.add(contentId);
    for (const { value } of await keyValues.list({ ...extentRange(contentId), limit: 100_000 })) {
      const extent = decodeExtent(value);
      extentCount += 1;
      if (extent.kind === 'blob') blobIds.add(extent.blobId);
      if (extent.kind === 'slice') contentIds.push(extent.contentId);
    }
  }
  return {
    blobIds: [...blobIds].sort(),
    ownedBlobIds: rowsOf('I')
      .map(({ key }) => blobIdOf(key))
      .sort(),
    extentCount,
    extentRowCount: rowsOf('E').length,
    noteCount: rowsOf('G').length,
  };
}

function contentIdIn({ key, value }: KeyValueEntry): readonly string[] {
  const { contentId } = readVersionNames(key, value);
  return contentId === undefined ? [] : [contentId];
}
