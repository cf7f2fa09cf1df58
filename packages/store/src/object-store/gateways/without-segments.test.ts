/** Where several gateways serve one store, short blobs share no files; those that do already are read. */
import { expect, test } from 'vitest';
import { checkBlobs } from '../../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../../blob/file-system/open.js';
import type { BlobId, BlobStore } from '../../contract/blob-store.js';
import { SimulatedFileSystem } from '../../file-system/simulated-file-system.js';
import { withoutSegments } from './without-segments.js';

const open = async (fileSystem: SimulatedFileSystem): Promise<BlobStore> =>
  checkBlobs(await openFileSystemBlobStore({ directory: '/blobs', fileSystem }));

const put = (blobs: BlobStore, text: string): Promise<BlobId> => blobs.put(text.length, () => [Buffer.from(text)]);

async function read(blobs: BlobStore, blobId: BlobId, end: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blobs.read(blobId, { start: 0, end, blobLength: end })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a short blob gets a file of its own, which another process finds', async () => {
  const fileSystem = new SimulatedFileSystem();
  const earlier = await open(fileSystem);
  const shared = await put(earlier, 'shared');
  await earlier.close();
  const [one, other] = [withoutSegments(await open(fileSystem)), withoutSegments(await open(fileSystem))];
  const own = await put(one, 'own');
  expect(await read(other, own, 3)).toBe('own');
  expect(await read(other, shared, 6)).toBe('shared');
  const listed: BlobId[] = [];
  for await (const { blobId } of other.list()) listed.push(blobId);
  expect(listed).toEqual([own]);
  expect([one.segments, other.segments]).toEqual([undefined, undefined]);
  await one.close();
  await other.close();
  expect(fileSystem.openCount).toBe(0);
});

test('a blob that is not as long as was said is refused, and leaves nothing', async () => {
  const blobs = withoutSegments(await open(new SimulatedFileSystem()));
  await expect(blobs.put(5, () => [Buffer.from('four')])).rejects.toThrow(RangeError);
  for await (const { blobId } of blobs.list()) expect.fail(`blob ${blobId} is left`);
  await blobs.close();
});
