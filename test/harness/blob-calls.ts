/** Whole blobs in and out, as tests of an engine want them. */
import type { BlobStore } from '@annals/store';
import { seededRandom } from '@annals/store/conformance';
import { expect } from 'vitest';

export const MIB: number = 1024 * 1024;

/** Bytes no two blocks of which look alike. */
export function bytes(length: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const block = Buffer.alloc(64 * 1024);
  for (let offset = 0; offset < block.length; offset += 4) block.writeUInt32LE(random.below(2 ** 32), offset);
  const all = Buffer.alloc(length);
  for (let offset = 0; offset < length; offset += block.length) {
    block.writeUInt32LE(offset, 0);
    block.copy(all, offset);
  }
  return all;
}

/** @returns The id. What fails is given up. */
export async function write(store: BlobStore, content: Buffer, pieceLength = 700_001): Promise<string> {
  const writer = await store.create();
  try {
    for (let offset = 0; offset < content.length; offset += pieceLength) {
      await writer.write([content.subarray(offset, offset + pieceLength)]);
    }
    await writer.seal();
    return writer.blobId;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

export async function read(store: BlobStore, blobId: string, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(blobId, { start, end })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The lengths of all blobs; each is told of once. */
export async function listAll(store: BlobStore): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { blobId, length } of store.list()) {
    expect(found.has(blobId)).toBe(false);
    found.set(blobId, length);
  }
  return found;
}
