/** What the cases of the blob suite share: what they run on, and how they write and read. */
import type { BlobId, BlobStore } from '../contract/blob-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import type { ConformanceCase } from './conformance-case.js';
import { seededRandom } from './seeded-random.js';

/** What a case of this suite runs on: an engine of its own, empty at the beginning. */
export interface BlobContext {
  readonly store: BlobStore;
  /** Closes the store and opens it again on the same data. */
  readonly reopen?: () => Promise<BlobStore>;
  /** Of everything random in the case. */
  readonly seed: number;
}

/** The id of a blob that no case makes. */
export const ABSENT: BlobId = '0123456789abcdef0123456789abcdef';

/** Makes a blob with one write for each list of chunks. @returns Its id. */
export async function writeBlob(store: BlobStore, ...writes: readonly (readonly Uint8Array[])[]): Promise<BlobId> {
  const writer = await store.create();
  for (const chunks of writes) await writer.write(chunks);
  await writer.seal();
  return writer.blobId;
}

/** Reads a range of a blob, of which the length is not told. */
export async function readAll(store: BlobStore, blobId: BlobId, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(blobId, { start, end })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** @returns The lengths of all blobs that are listed. */
export async function listAll(store: BlobStore): Promise<Map<BlobId, number>> {
  const lengths = new Map<BlobId, number>();
  for await (const { blobId, length } of store.list()) lengths.set(blobId, length);
  return lengths;
}

/** Tells whether an error is an `EngineFailure` of this kind. */
export function isKind(kind: string): (error: unknown) => boolean {
  return (error) => error instanceof EngineFailure && error.reason.kind === kind;
}

/** @returns Bytes no two places of which look alike. */
export function pattern(lengthBytes: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const bytes = Buffer.allocUnsafe(lengthBytes);
  for (let offset = 0; offset + 4 <= lengthBytes; offset += 4) bytes.writeUInt32LE(random.below(2 ** 32), offset);
  for (let offset = lengthBytes - (lengthBytes % 4); offset < lengthBytes; offset += 1)
    bytes[offset] = random.below(256);
  return bytes;
}

/** A case of the blob suite. */
export type BlobCase = ConformanceCase<BlobContext>;
