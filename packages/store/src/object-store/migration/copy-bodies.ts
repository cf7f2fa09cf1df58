/**
 * Copies bodies from one place to another under the ids that they have, and compares what arrived with what was read.
 * Leaves out which bodies there are, and what is noted about them.
 */
import { Crc64 } from '@annals/checksum';
import type { BlobStore } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { ReachableBlob } from '../maintenance/list-reachable-blobs.js';
import type { StoreImport } from '../maintenance/store-import.js';

/** What is copied with. */
export interface BodyCopy {
  readonly source: BlobStore;
  readonly target: BlobStore;
  readonly import: StoreImport;
  /** Called for each body that is there and compared. */
  readonly onBody: (lengthBytes: number) => void;
}

/** Requests to a bucket, or files, at a time. */
const COPY_COUNT_MAX = 8;

/**
 * Copies all of them; durable when it resolves.
 * @throws {EngineFailure} `corrupt`, `missing-blob`: a body of the source is damaged, or did not arrive whole;
 *   `unavailable`.
 */
export async function copyBodies(blobs: readonly ReachableBlob[], copy: BodyCopy): Promise<void> {
  const { target } = copy;
  const copied: (readonly [blob: ReachableBlob, crc64: bigint])[] = [];
  // Places in shared files are written one after the other.
  await eachOf(blobs, target.restore === undefined ? COPY_COUNT_MAX : 1, async (blob) => {
    copied.push([blob, await copyOne(blob, copy)]);
  });
  await target.syncRestored?.();
  await eachOf(copied, COPY_COUNT_MAX, async ([blob, crc64]) => {
    if ((await checksumOf(target, blob)) !== crc64) {
      throw damaged(`blob ${blob.blobId} did not arrive at the target as it was read`);
    }
    copy.onBody(blob.length);
  });
}

async function copyOne(blob: ReachableBlob, { source, import: into }: BodyCopy): Promise<bigint> {
  const { blobId, length } = blob;
  const crc = new Crc64();
  const chunks = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source.read(blobId, { start: 0, end: length, blobLength: length })) {
      crc.update(chunk);
      yield chunk;
    }
  };
  if (await into.hasBlob(blobId, length)) for await (const _ of chunks());
  else await into.putBlob(blobId, length, chunks());
  if (blob.crc64 !== undefined && crc.digest() !== blob.crc64) {
    throw damaged(`blob ${blobId} of the source is not what its row says`);
  }
  return crc.digest();
}

async function checksumOf(blobs: BlobStore, { blobId, length }: ReachableBlob): Promise<bigint> {
  const crc = new Crc64();
  for await (const chunk of blobs.read(blobId, { start: 0, end: length, blobLength: length })) crc.update(chunk);
  return crc.digest();
}

/** Waits for all that have begun, also after a failure. @throws The first failure. */
async function eachOf<Item>(
  items: readonly Item[],
  countMax: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const left = items.values();
  const run = async (): Promise<void> => {
    for (const item of left) {
      if (failures.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: countMax }, run));
  if (failures.length > 0) throw failures.find((error) => !(error instanceof EngineFailure)) ?? failures[0];
}

function damaged(detail: string): EngineFailure {
  return new EngineFailure({ kind: 'corrupt', detail });
}
