/** Short blobs that share files, on a disk that loses power, fills up, fails and flips bits. */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../conformance/seeded-random.js';
import type { BlobId, BlobStore } from '../../../contract/blob-store.js';
import { EngineFailure } from '../../../contract/engine-failure.js';
import { asDurableFile } from '../../../file-system/durable-file.js';
import type { FileSystem } from '../../../file-system/file-system.js';
import { SimulatedFileSystem } from '../../../file-system/simulated-file-system.js';
import { checkBlobs } from '../../checked-blob-store.js';
import { openFileSystemBlobStore } from '../open.js';
import { blobIdAt, placeOf } from './segment-format.js';

const DIRECTORY = '/data/blobs';
const SEGMENTS = `${DIRECTORY}/segments`;
const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));

async function open(fileSystem: FileSystem, segmentLengthBytes = 64 * 1024 * 1024): Promise<BlobStore> {
  return checkBlobs(await openFileSystemBlobStore({ directory: DIRECTORY, fileSystem, segmentLengthBytes }));
}

const put = (store: BlobStore, bytes: Uint8Array): Promise<BlobId> => store.put(bytes.length, () => [bytes]);

async function read(store: BlobStore, blobId: BlobId, blobLength: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(blobId, { start: 0, end: blobLength, blobLength })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const filled = (length: number, byte: number): Buffer => Buffer.alloc(length, byte);

/** The same file system, with the syncs and writes of files counted. */
function counting(fileSystem: FileSystem): { readonly counted: FileSystem; readonly count: { sync: number } } {
  const count = { sync: 0 };
  const counted = new Proxy(fileSystem, {
    get(target, name) {
      if (name !== 'createDurableFile') {
        const own: unknown = Reflect.get(target, name);
        return typeof own === 'function' ? own.bind(target) : own;
      }
      return async (path: string) => {
        const file = await target.createFile(path);
        return asDurableFile({
          writeVector: file.writeVector.bind(file),
          read: file.read.bind(file),
          status: file.status.bind(file),
          close: file.close.bind(file),
          syncData: () => {
            count.sync += 1;
            return file.syncData();
          },
        });
      };
    },
  });
  return { counted, count };
}

async function readFile(fileSystem: FileSystem, path: string): Promise<Buffer> {
  const file = await fileSystem.openFile(path);
  const bytes = Buffer.alloc((await file.status()).lengthBytes);
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

async function replaceFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  await fileSystem.removeFile(path);
  const file = await fileSystem.createFile(path);
  await file.writeVector([bytes], 0);
  await file.close();
}

describe('shared blobs', () => {
  test('all that wait share one sync, and one segment', async () => {
    const { counted, count } = counting(new SimulatedFileSystem());
    const store = await open(counted);
    const blobIds = await Promise.all(Array.from({ length: 50 }, (_, index) => put(store, filled(100, index))));
    // The first went alone; the others came while it was written.
    expect(count.sync).toBe(2);
    // Behind so many the first one waits for those of its turn.
    await Promise.all(Array.from({ length: 10 }, (_, index) => put(store, filled(100, index))));
    expect(count.sync).toBe(3);
    expect(new Set(blobIds.map((blobId) => placeOf(blobId).segmentId)).size).toBe(1);
    for (const [index, blobId] of blobIds.entries()) {
      expect(blobIdAt(placeOf(blobId))).toBe(blobId);
      expect(await read(store, blobId, 100)).toEqual(filled(100, index));
    }
    await store.close();
  });

  test('a segment that is full gets no more blobs, and neither does one of an earlier process', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem, 20_000);
    const blobIds: BlobId[] = [];
    for (let index = 0; index < 6; index += 1) blobIds.push(await put(store, filled(7000, index)));
    const segmentIds = blobIds.map((blobId) => placeOf(blobId).segmentId);
    expect(segmentIds.map((id) => segmentIds.indexOf(id))).toEqual([0, 0, 2, 2, 4, 4]);
    await store.close();
    const again = await open(fileSystem, 20_000);
    const after = await put(again, filled(10, 1));
    expect(segmentIds).not.toContain(placeOf(after).segmentId);
    for (const [index, blobId] of blobIds.entries()) {
      expect(await read(again, blobId, 7000)).toEqual(filled(7000, index));
    }
    await again.close();
    expect(fileSystem.openCount).toBe(0);
  });

  test('what was acknowledged survives every loss of power', async () => {
    const random = seededRandom(seed);
    for (let history = 0; history < 60; history += 1) {
      const fileSystem = new SimulatedFileSystem({ random: () => random.below(2 ** 32) / 2 ** 32 });
      fileSystem.faults.writeLengthBytesMax = 1 + random.below(20_000);
      const acknowledged = new Map<BlobId, Buffer>();
      for (let life = 0; life < 3; life += 1) {
        const store = await open(fileSystem, 30_000);
        const pending: Promise<unknown>[] = [];
        for (let count = random.below(30); count > 0; count -= 1) {
          const bytes = filled(random.below(9000), random.below(256));
          const putting = put(store, bytes).then((blobId) => acknowledged.set(blobId, bytes));
          pending.push(putting.catch(() => undefined));
          if (random.below(3) === 0) await putting;
        }
        // Some of it is under way.
        for (let turn = random.below(40); turn > 0; turn -= 1) await Promise.resolve();
        const known = [...acknowledged];
        fileSystem.crash();
        await Promise.all(pending);
        for (const blobId of acknowledged.keys()) if (!known.some(([id]) => id === blobId)) acknowledged.delete(blobId);
        const recovered = await open(fileSystem, 30_000);
        for (const [blobId, bytes] of known) {
          expect((await read(recovered, blobId, bytes.length)).equals(bytes), `seed ${seed}`).toBe(true);
        }
        await recovered.close();
      }
    }
  });

  test('a flipped bit anywhere in a segment changes no byte that is read', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem);
    const contents = [filled(500, 1), filled(0, 0), filled(3000, 2), filled(500, 3)];
    const blobIds = await Promise.all(contents.map((content) => put(store, content)));
    await store.close();
    const path = `${SEGMENTS}/${placeOf(blobIds[0] as BlobId).segmentId}`;
    const whole = await readFile(fileSystem, path);
    const random = seededRandom(seed);
    let foundCount = 0;
    for (let round = 0; round < 300; round += 1) {
      const damaged = Buffer.from(whole);
      const place = random.below(whole.length);
      damaged[place] = (damaged[place] as number) ^ (1 << random.below(8));
      await replaceFile(fileSystem, path, damaged);
      const found = await open(fileSystem);
      for (const [index, content] of contents.entries()) {
        try {
          expect(await read(found, blobIds[index] as BlobId, content.length)).toEqual(content);
        } catch (error) {
          if (!(error instanceof EngineFailure)) throw error;
          expect(error.reason.kind).toBe('corrupt');
          foundCount += 1;
        }
      }
      await found.close();
    }
    expect(foundCount).toBeGreaterThan(20);
  });

  test('a whole record at another place, or in another segment, is damage', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem, 1);
    const ids = await Promise.all([put(store, filled(700, 1)), put(store, filled(700, 2)), put(store, filled(700, 3))]);
    await store.close();
    // The first went alone, the others share a segment.
    const [alone, first, second] = ids;
    const sharedPath = `${SEGMENTS}/${placeOf(first).segmentId}`;
    const shared = await readFile(fileSystem, sharedPath);
    const other = await readFile(fileSystem, `${SEGMENTS}/${placeOf(alone).segmentId}`);
    const lengthBytes = placeOf(second).offset - placeOf(first).offset;
    const recordAt = (bytes: Buffer, offset: number): Buffer =>
      Buffer.from(bytes.subarray(offset, offset + lengthBytes));
    const exchanged = Buffer.from(shared);
    exchanged.set(recordAt(shared, placeOf(second).offset), placeOf(first).offset);
    exchanged.set(recordAt(other, placeOf(alone).offset), placeOf(second).offset);
    await replaceFile(fileSystem, sharedPath, exchanged);
    const found = await open(fileSystem);
    for (const blobId of [first, second]) {
      await expect(read(found, blobId, 700)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    }
    expect(await read(found, alone, 700)).toEqual(filled(700, 1));
    await found.close();
  });

  test('a full disk refuses a group, and takes blobs again when there is room', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem);
    const before = await put(store, filled(5000, 1));
    fileSystem.faults.spaceLeftBytes = 3000;
    const refused = await Promise.allSettled([put(store, filled(5000, 2)), put(store, filled(5000, 3))]);
    for (const one of refused) {
      expect(one).toMatchObject({ status: 'rejected', reason: { reason: { because: 'disk-full' } } });
    }
    for (let count = 0; count < 3; count += 1) {
      await expect(put(store, filled(5000, 2))).rejects.toMatchObject({ reason: { because: 'disk-full' } });
    }
    // The one with the first blob, and none of those in which nothing came to be.
    expect(await fileSystem.readDirectory(SEGMENTS)).toEqual([placeOf(before).segmentId]);
    expect(store.segments?.ids()).toEqual([placeOf(before).segmentId]);
    fileSystem.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
    const after = await put(store, filled(5000, 4));
    expect(placeOf(after).segmentId).not.toBe(placeOf(before).segmentId);
    expect(await read(store, before, 5000)).toEqual(filled(5000, 1));
    expect(await read(store, after, 5000)).toEqual(filled(5000, 4));
    await store.close();
    expect(fileSystem.openCount).toBe(0);
  });

  test('after a failed sync nothing is acknowledged any more, also no blob with a file of its own', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem);
    const before = await put(store, filled(5000, 1));
    fileSystem.faults.syncDataError = 'EIO';
    await expect(put(store, filled(10, 2))).rejects.toMatchObject({ reason: { because: 'poisoned' } });
    fileSystem.faults.syncDataError = undefined;
    await expect(put(store, filled(10, 2))).rejects.toMatchObject({ reason: { because: 'poisoned' } });
    await expect(store.create()).rejects.toMatchObject({ reason: { because: 'poisoned' } });
    expect(await read(store, before, 5000)).toEqual(filled(5000, 1));
    await store.close();
  });

  test('a failed write may be a failed sync, but not where the file system takes no writes', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem);
    const before = await put(store, filled(5000, 1));
    fileSystem.faults.writeError = 'EROFS';
    await expect(put(store, filled(10, 2))).rejects.toMatchObject({ reason: { because: 'read-only' } });
    fileSystem.faults.writeError = undefined;
    const after = await put(store, filled(10, 2));
    expect(placeOf(after).segmentId).not.toBe(placeOf(before).segmentId);
    fileSystem.faults.writeError = 'EIO';
    await expect(put(store, filled(10, 3))).rejects.toMatchObject({ reason: { because: 'poisoned' } });
    fileSystem.faults.writeError = undefined;
    await expect(put(store, filled(10, 3))).rejects.toMatchObject({ reason: { because: 'poisoned' } });
    expect(await read(store, after, 10)).toEqual(filled(10, 2));
    await store.close();
    expect(fileSystem.openCount).toBe(0);
  });

  test('a segment that lost its end is damage where bytes are missing, and nowhere else', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem);
    const first = await put(store, filled(500, 1));
    const second = await put(store, filled(6000, 2));
    await store.close();
    const path = `${SEGMENTS}/${placeOf(first).segmentId}`;
    const whole = await readFile(fileSystem, path);
    await replaceFile(fileSystem, path, whole.subarray(0, placeOf(second).offset + 1000));
    const found = await open(fileSystem);
    expect(await read(found, first, 500)).toEqual(filled(500, 1));
    await expect(read(found, second, 6000)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    await found.close();
  });

  test('a reader of a segment that is deleted goes on, and nobody begins to read it', async () => {
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem, 1);
    const content = filled(1_500_000, 5);
    const blobId = await put(store, content);
    const reader = store.read(blobId, { start: 0, end: content.length })[Symbol.asyncIterator]();
    const chunks = [(await reader.next()).value as Uint8Array];
    await store.segments?.delete(placeOf(blobId).segmentId);
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) chunks.push(next.value);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    await expect(read(store, blobId, content.length)).rejects.toMatchObject({ reason: { kind: 'missing-blob' } });
    await store.close();
    expect(fileSystem.openCount).toBe(0);
  });

  test('what is restored lies at the places that the ids name, whatever the order, and survives a loss of power', async () => {
    const random = seededRandom(seed);
    const from = await open(new SimulatedFileSystem(), 20_000);
    const contents = Array.from({ length: 40 }, () => filled(random.below(3000), 1 + random.below(255)));
    const blobIds = await Promise.all(contents.map((content) => put(from, content)));
    await from.close();
    const fileSystem = new SimulatedFileSystem();
    const store = await open(fileSystem);
    const order = blobIds.map((_, index) => index).sort(() => random.next() - 0.5);
    for (const index of order) {
      const content = contents[index] as Buffer;
      expect(await store.restore?.(blobIds[index] as BlobId, content.length, () => [content])).toBe(true);
    }
    expect(await store.restore?.('ff'.repeat(16), 1, () => [filled(1, 1)])).toBe(false);
    await store.syncRestored?.();
    fileSystem.crash();
    const found = await open(fileSystem);
    for (const [index, content] of contents.entries()) {
      expect(await read(found, blobIds[index] as BlobId, content.length)).toEqual(content);
      expect(await found.length(blobIds[index] as BlobId)).toBe(content.length);
    }
    const next = await put(found, filled(10, 1));
    expect(blobIds.map((blobId) => placeOf(blobId).segmentId)).not.toContain(placeOf(next).segmentId);
    await found.close();
    expect(fileSystem.openCount).toBe(0);
  });

  test('what a restore wrote that was killed is durable when the next one ends', async () => {
    const from = await open(new SimulatedFileSystem(), 1);
    const contents = [filled(500, 1), filled(6000, 2), filled(300, 3)];
    const blobIds: BlobId[] = [];
    for (const content of contents) blobIds.push(await put(from, content));
    await from.close();
    const fileSystem = new SimulatedFileSystem();
    const killed = await open(fileSystem);
    for (const [index, content] of contents.entries()) {
      await killed.restore?.(blobIds[index] as BlobId, content.length, () => [content]);
    }
    await killed.close();
    const next = await open(fileSystem);
    await next.syncRestored?.();
    await next.close();
    fileSystem.crash();
    const found = await open(fileSystem);
    for (const [index, content] of contents.entries()) {
      expect(await read(found, blobIds[index] as BlobId, content.length)).toEqual(content);
    }
    await found.close();
    expect(fileSystem.openCount).toBe(0);
  });

  test('a blob that is longer than was said does not reach into its neighbour when it is restored', async () => {
    const from = await open(new SimulatedFileSystem());
    const before = await put(from, filled(10, 1));
    const [blobId, neighbour] = await Promise.all([put(from, filled(700, 1)), put(from, filled(700, 2))]);
    await from.close();
    const store = await open(new SimulatedFileSystem());
    await store.restore?.(neighbour, 700, () => [filled(700, 2)]);
    await expect(store.restore?.(blobId, 700, () => [filled(900, 1)])).rejects.toMatchObject({
      reason: { kind: 'corrupt' },
    });
    expect(await read(store, neighbour, 700)).toEqual(filled(700, 2));
    expect(placeOf(before).segmentId).toBe(placeOf(neighbour).segmentId);
    await store.close();
  });

  test('a segment is known as open before its file is there', async () => {
    const store = await open(new SimulatedFileSystem());
    const putting = put(store, filled(10, 1));
    const [segmentId = ''] = store.segments?.ids() ?? [];
    expect(await store.segments?.describe(segmentId)).toMatchObject({ segmentId, isOpen: true });
    expect(placeOf(await putting).segmentId).toBe(segmentId);
    await store.close();
  });
});
