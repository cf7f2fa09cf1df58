/** The blob engine on a file system that fails: power loss, full and broken disks, short writes, leaks. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../conformance/seeded-random.js';
import type { BlobStore, BlobWriter } from '../../contract/blob-store.js';
import { SimulatedFileSystem } from '../../file-system/simulated-file-system.js';
import { openFileSystemBlobStore } from './open.js';

const directory = '/data/blobs';

async function setUp(seed = 1): Promise<{ fileSystem: SimulatedFileSystem; store: BlobStore }> {
  const fileSystem = new SimulatedFileSystem({ random: seededRandom(seed).next });
  await fileSystem.makeDirectory('/data');
  await fileSystem.syncDirectory('/');
  return { fileSystem, store: await openFileSystemBlobStore({ directory, fileSystem }) };
}

async function sealed(store: BlobStore, content: Uint8Array): Promise<string> {
  const writer = await store.create();
  await writer.write([content]);
  await writer.seal();
  return writer.blobId;
}

async function readAll(store: BlobStore, blobId: string, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(blobId, { start: 0, end })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const unavailable = (because: string) => ({ reason: { kind: 'unavailable', because } });

describe('openFileSystemBlobStore on a simulated file system', () => {
  it('keeps every sealed blob through a loss of power, whatever was under way', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { fileSystem, store } = await setUp(seed);
      const random = seededRandom(seed);
      const contents = new Map<string, Uint8Array>();
      const unfinished: BlobWriter[] = [];
      for (let count = 0; count < 10; count += 1) {
        const content = random.bytes(random.below(3000));
        contents.set(await sealed(store, content), content);
        const writer = await store.create();
        await writer.write([Buffer.alloc(600_000)]);
        unfinished.push(writer);
      }
      fileSystem.crash();
      const reopened = await openFileSystemBlobStore({ directory, fileSystem });
      for (const [blobId, content] of contents) {
        expect(await reopened.length(blobId), `seed ${seed}`).toBe(content.length);
        expect((await readAll(reopened, blobId, content.length)).equals(content), `seed ${seed}`).toBe(true);
      }
      for (const writer of unfinished) await writer.abort();
    }
  });

  it('fails a write on a full disk and takes the next blob when there is room', async () => {
    const { fileSystem, store } = await setUp();
    const writer = await store.create();
    fileSystem.faults.spaceLeftBytes = 1_000_000;
    await expect(writer.write([Buffer.alloc(2_000_000)])).rejects.toMatchObject(unavailable('disk-full'));
    await expect(writer.seal()).rejects.toThrow('it is failed');
    await writer.abort();
    await expect(store.create()).rejects.toMatchObject(unavailable('disk-full'));
    fileSystem.faults.spaceLeftBytes = 1_000_000;
    const blobId = await sealed(store, Buffer.alloc(500_000, 1));
    expect((await readAll(store, blobId, 500_000)).every((byte) => byte === 1)).toBe(true);
    expect(fileSystem.openCount).toBe(0);
  });

  it('reports a failed gathered write at the latest when sealing', async () => {
    const { fileSystem, store } = await setUp();
    const writer = await store.create();
    fileSystem.faults.spaceLeftBytes = 1000;
    const writing = (async () => {
      for (let count = 0; count < 20; count += 1) await writer.write([Buffer.alloc(60_000)]);
      await writer.seal();
    })();
    await expect(writing).rejects.toMatchObject(unavailable('disk-full'));
    await writer.abort();
    expect(fileSystem.openCount).toBe(0);
  });

  it('says read-only on a read-only file system, and still reads', async () => {
    const { fileSystem, store } = await setUp();
    const blobId = await sealed(store, Buffer.from('abc'));
    fileSystem.faults.isReadOnly = true;
    await expect(store.create()).rejects.toMatchObject(unavailable('read-only'));
    await expect(store.delete(blobId)).rejects.toMatchObject(unavailable('read-only'));
    expect((await readAll(store, blobId, 3)).toString()).toBe('abc');
  });

  it.each(['syncDataError', 'syncDirectoryError'] as const)(
    'is poisoned by a %s: nothing is acknowledged, reads go on',
    async (fault) => {
      const { fileSystem, store } = await setUp();
      const before = await sealed(store, Buffer.from('before'));
      const [failing, underWay] = [await store.create(), await store.create()];
      await failing.write([Buffer.from('x')]);
      await underWay.write([Buffer.from('y')]);
      fileSystem.faults[fault] = 'EIO';
      await expect(failing.seal()).rejects.toMatchObject(unavailable('poisoned'));
      fileSystem.faults[fault] = undefined;
      await expect(underWay.seal()).rejects.toMatchObject(unavailable('poisoned'));
      await expect(store.create()).rejects.toMatchObject(unavailable('poisoned'));
      expect((await readAll(store, before, 6)).toString()).toBe('before');
      await failing.abort();
      await underWay.abort();
      expect(fileSystem.openCount).toBe(0);
    },
  );

  it('is not poisoned when the disk turns out to be full only at the sync', async () => {
    const { fileSystem, store } = await setUp();
    const writer = await store.create();
    fileSystem.faults.syncDataError = 'ENOSPC';
    await expect(writer.seal()).rejects.toMatchObject(unavailable('disk-full'));
    await writer.abort();
    fileSystem.faults.syncDataError = undefined;
    await sealed(store, Buffer.from('abc'));
  });

  it.each(['EMFILE', 'ENFILE'])('is not poisoned when a folder cannot be opened for its sync: %s', async (code) => {
    const { fileSystem, store } = await setUp();
    const writer = await store.create();
    await writer.write([Buffer.from('x')]);
    fileSystem.faults.syncDirectoryError = code;
    await expect(writer.seal()).rejects.toMatchObject(unavailable('too-many-files'));
    await writer.abort();
    fileSystem.faults.syncDirectoryError = undefined;
    await sealed(store, Buffer.from('abc'));
  });

  it('passes on a failed read and leaves no file open', async () => {
    const { fileSystem, store } = await setUp();
    const blobId = await sealed(store, Buffer.alloc(2_000_000));
    fileSystem.faults.readError = 'EIO';
    await expect(readAll(store, blobId, 2_000_000)).rejects.toMatchObject(unavailable('input-output'));
    fileSystem.faults.readError = undefined;
    for await (const chunk of store.read(blobId, { start: 0, end: 2_000_000 })) {
      expect(chunk.length).toBeGreaterThan(0);
      fileSystem.faults.readError = 'EIO';
      break;
    }
    expect(fileSystem.openCount).toBe(0);
  });

  it('shares the sync of a directory among seals of the same moment', async () => {
    const fileSystem = new SimulatedFileSystem();
    // All ids alike in their first byte: one fan-out folder.
    let count = 0;
    const random = (lengthBytes: number) => {
      const bytes = new Uint8Array(lengthBytes);
      count += 1;
      bytes[lengthBytes - 1] = count;
      return bytes;
    };
    const store = await openFileSystemBlobStore({ directory, fileSystem, random });
    const writers = await Promise.all(Array.from({ length: 20 }, () => store.create()));
    const before = fileSystem.syncDirectoryCount;
    await Promise.all(writers.map((writer) => writer.seal()));
    expect(fileSystem.syncDirectoryCount - before).toBe(2);
    fileSystem.crash();
    const reopened = await openFileSystemBlobStore({ directory, fileSystem });
    for (const { blobId } of writers) expect(await reopened.length(blobId)).toBe(0);
  });

  it('never makes a path of an id that is none', async () => {
    const { store } = await setUp();
    for (const blobId of ['../../etc/passwd', '', 'AB'.repeat(16)]) {
      await expect(store.length(blobId)).rejects.toMatchObject({ reason: { kind: 'missing-blob' } });
    }
  });
});
