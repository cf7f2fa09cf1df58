/** Wrong bytes are never handed out: every byte of a stored blob is changed once, at places that matter. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { BlobStore } from '../contract/blob-store.js';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { BLOCK_LENGTH_BYTES, dataLengthOf, encodeTrailer, FOOTER_LENGTH_BYTES } from './blob-trailer.js';
import { checkBlobs } from './checked-blob-store.js';
import { openFileSystemBlobStore } from './file-system/open.js';

const LENGTH = 3 * BLOCK_LENGTH_BYTES + 1000;
const TRAILER_LENGTH = 4 * 4 + FOOTER_LENGTH_BYTES;

let fileSystem: SimulatedFileSystem;
let store: BlobStore;
let blobId: string;
let path: string;

/** Opens the store again, so that it remembers no trailer. */
async function reopen(): Promise<void> {
  store = checkBlobs(await openFileSystemBlobStore({ directory: '/blobs', fileSystem }));
}

/** @returns How many bytes came before the end or the failure, and the failure. */
async function read(start: number, end: number): Promise<{ length: number; error: unknown }> {
  let length = 0;
  try {
    for await (const chunk of store.read(blobId, { start, end })) {
      for (const byte of chunk) {
        if (byte !== 7) throw new Error('A wrong byte was handed out');
      }
      length += chunk.length;
    }
    return { length, error: undefined };
  } catch (error) {
    return { length, error };
  }
}

const corrupt = { reason: { kind: 'corrupt' } };

beforeEach(async () => {
  fileSystem = new SimulatedFileSystem();
  await reopen();
  const writer = await store.create();
  await writer.write([Buffer.alloc(LENGTH, 7)]);
  await writer.seal();
  blobId = writer.blobId;
  path = `/blobs/${blobId.slice(0, 2)}/${blobId.slice(2)}`;
});

describe('checkBlobs', () => {
  it.each([0, BLOCK_LENGTH_BYTES - 1, BLOCK_LENGTH_BYTES, 2 * BLOCK_LENGTH_BYTES + 5, LENGTH - 1])(
    'hands out nothing of the block in which byte %d is wrong, and all others',
    async (position) => {
      fileSystem.corrupt(path, position);
      const blockStart = Math.floor(position / BLOCK_LENGTH_BYTES) * BLOCK_LENGTH_BYTES;
      const blockEnd = Math.min(blockStart + BLOCK_LENGTH_BYTES, LENGTH);
      const whole = await read(0, LENGTH);
      expect(whole.error).toMatchObject(corrupt);
      expect(whole.length).toBe(blockStart);
      expect(await read(0, blockStart)).toEqual({ length: blockStart, error: undefined });
      expect(await read(blockEnd, LENGTH)).toEqual({ length: LENGTH - blockEnd, error: undefined });
      // Also when the wrong byte is not among those asked for: the block cannot be checked without it.
      const beside = position === blockStart ? blockStart + 1 : blockStart;
      expect((await read(beside, beside + 1)).error).toMatchObject(corrupt);
    },
  );

  it('refuses a blob any byte of whose trailer is wrong', async () => {
    for (let position = 1; position <= TRAILER_LENGTH; position += 1) {
      fileSystem.corrupt(path, -position);
      await reopen();
      expect(await read(0, 1), `byte ${position} from the end`).toMatchObject({ length: 0, error: corrupt });
      await expect(store.length(blobId)).rejects.toMatchObject(corrupt);
      fileSystem.corrupt(path, -position);
    }
    await reopen();
    expect(await read(0, LENGTH)).toEqual({ length: LENGTH, error: undefined });
  });

  it('refuses a blob that was never sealed', async () => {
    const writer = await store.create();
    await writer.write([Buffer.alloc(300_000)]);
    await expect(store.length(writer.blobId)).rejects.toMatchObject(corrupt);
    await writer.abort();
  });

  it('reads the trailer of a hot blob once', async () => {
    await reopen();
    expect((await read(0, 1)).error).toBeUndefined();
    fileSystem.corrupt(path, -1);
    expect((await read(0, 1)).error).toBeUndefined();
    await store.delete(blobId);
    expect((await read(0, 1)).error).toMatchObject({ reason: { kind: 'missing-blob' } });
  });

  it.each([0, 1, BLOCK_LENGTH_BYTES - 1, BLOCK_LENGTH_BYTES, BLOCK_LENGTH_BYTES + 1, 10 * BLOCK_LENGTH_BYTES + 17])(
    'tells the length of %d data bytes from the length of the blob',
    (dataLength) => {
      const tags = Array<number>(Math.ceil(dataLength / BLOCK_LENGTH_BYTES)).fill(0);
      expect(dataLengthOf(dataLength + encodeTrailer('0'.repeat(32), dataLength, tags).length)).toBe(dataLength);
    },
  );
});
