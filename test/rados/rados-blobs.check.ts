/**
 * Blobs in a pool of a real cluster: long ones, what broken-off uploads leave, listings of many pages, readers of what
 * is deleted, and what the engine says when the cluster refuses.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type BlobStore, EngineFailure, openRadosBlobStore, type RadosPlace } from '@annals/store';
import { describe, expect, it } from 'vitest';
import { bytes, listAll, MIB, read, write } from '../harness/blob-calls.js';
import { freshPlace, objectsOf, putObject, sharedCluster } from './ceph-cluster.js';

const STRIPE_LENGTH = 4 * MIB;

describe('long blobs', () => {
  it.each([STRIPE_LENGTH - 1, STRIPE_LENGTH, STRIPE_LENGTH + 1, 2 * STRIPE_LENGTH, 30 * MIB + 12_345])(
    'a blob of %i bytes comes back, in objects of one stripe each',
    async (length) => {
      const place = freshPlace(sharedCluster());
      const store = await openRadosBlobStore({ place });
      const content = bytes(length, length);
      const blobId = await write(store, content);
      expect(await store.length(blobId)).toBe(length);
      expect((await read(store, blobId, 0, length)).equals(content)).toBe(true);
      const [start, end] = [STRIPE_LENGTH - 3, Math.min(length, STRIPE_LENGTH + 5)];
      expect((await read(store, blobId, start, end)).equals(content.subarray(start, end))).toBe(true);
      expect(await listAll(store)).toEqual(new Map([[blobId, length]]));
      expect(await objectsOf(place)).toHaveLength(Math.ceil(length / STRIPE_LENGTH));
      await store.delete(blobId);
      expect(await objectsOf(place)).toEqual([]);
      await store.close();
    },
  );

  it('overwriteEnd writes the last bytes, within a stripe and across two', async () => {
    const store = await openRadosBlobStore({ place: freshPlace(sharedCluster()) });
    for (const length of [1000, STRIPE_LENGTH + 3, 9 * MIB]) {
      const content = bytes(length, length);
      const blobId = await write(store, content);
      await store.overwriteEnd(blobId, Buffer.from('the end'));
      content.write('the end', length - 7, 'latin1');
      expect((await read(store, blobId, 0, length)).equals(content)).toBe(true);
      const tooLong = Buffer.alloc(length + 1);
      await expect(store.overwriteEnd(blobId, tooLong)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    }
    await expect(store.overwriteEnd('0'.repeat(32), Buffer.from('x'))).rejects.toMatchObject({
      reason: { kind: 'missing-blob' },
    });
    await store.close();
  });

  it('a stripe that is missing or short is damage, and never a short stream', async () => {
    const place = freshPlace(sharedCluster());
    const store = await openRadosBlobStore({ place });
    const blobId = await write(store, bytes(10 * MIB, 1));
    await putObject(place, `blob.${blobId}.00000002`, Buffer.from('short'));
    await expect(read(store, blobId, 0, 10 * MIB)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    expect(await read(store, blobId, 0, 8 * MIB)).toHaveLength(8 * MIB);
    await store.close();
  });

  it('uploads together take no more memory than they may, and all arrive', async () => {
    const store = await openRadosBlobStore({ place: freshPlace(sharedCluster()), uploadMemoryBytes: 20 * MIB });
    const ids: string[] = [];
    const next = Array.from({ length: 6 }, (_, index) => bytes(16 * MIB, index)).values();
    const work = async (): Promise<void> => {
      for (const content of next) ids.push(await write(store, content));
    };
    await Promise.all([work(), work(), work()]);
    expect(await listAll(store)).toEqual(new Map(ids.map((blobId) => [blobId, 16 * MIB])));
    await store.close();
  });
});

describe('a blob that is deleted while it is read', () => {
  it('is read to its end, is no blob any more, and leaves nothing', async () => {
    const place = freshPlace(sharedCluster());
    const store = await openRadosBlobStore({ place });
    const content = bytes(20 * MIB, 2);
    const blobId = await write(store, content);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(blobId, { start: 0, end: content.length })) {
      if (chunks.length === 0) {
        await store.delete(blobId);
        expect(await store.length(blobId)).toBe(undefined);
        expect((await listAll(store)).size).toBe(0);
        await expect(read(store, blobId, 0, 1)).rejects.toMatchObject({ reason: { kind: 'missing-blob' } });
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    await expect.poll(() => objectsOf(place), { timeout: 30_000 }).toEqual([]);
    await store.close();
  });

  it('is a leftover that the sweep finds, when the process ends before its reader', async () => {
    const place = freshPlace(sharedCluster());
    const gone = await openRadosBlobStore({ place });
    const blobId = await write(gone, bytes(20 * MIB, 3));
    const reading = gone.read(blobId, { start: 0, end: 20 * MIB })[Symbol.asyncIterator]();
    await reading.next();
    await gone.delete(blobId);
    await gone.close();
    const store = await openRadosBlobStore({ place });
    expect(await store.length(blobId)).toBe(undefined);
    expect(await listAll(store)).toEqual(new Map([[blobId, 20 * MIB]]));
    await store.delete(blobId);
    expect(await objectsOf(place)).toEqual([]);
    await store.close();
  });
});

describe('what is given up', () => {
  it('leaves nothing: short, long, sealed or not', async () => {
    const place = freshPlace(sharedCluster());
    const store = await openRadosBlobStore({ place });
    for (const length of [10, 18 * MIB]) {
      const writer = await store.create();
      await writer.write([bytes(length, 1)]);
      await writer.abort();
      const sealed = await store.create();
      await sealed.write([bytes(length, 2)]);
      await sealed.seal();
      await sealed.abort();
    }
    expect(await objectsOf(place)).toEqual([]);
    expect((await listAll(store)).size).toBe(0);
    await store.close();
  });

  it('an upload of a process that has gone is listed with its length and age, is no blob, and is deleted', async () => {
    const place = freshPlace(sharedCluster());
    const gone = await openRadosBlobStore({ place });
    const writer = await gone.create();
    await writer.write([bytes(18 * MIB, 3)]);
    await expect.poll(() => objectsOf(place), { timeout: 30_000 }).toHaveLength(4);
    await gone.close();
    await writer.abort();
    const store = await openRadosBlobStore({ place });
    for await (const { modifiedAtMs } of store.list()) {
      expect(Math.abs(modifiedAtMs - Date.now())).toBeLessThan(120_000);
    }
    expect(await listAll(store)).toEqual(new Map([[writer.blobId, 16 * MIB]]));
    expect(await store.length(writer.blobId)).toBe(undefined);
    await expect(read(store, writer.blobId, 0, 1)).rejects.toMatchObject({ reason: { kind: 'missing-blob' } });
    await store.delete(writer.blobId);
    expect(await objectsOf(place)).toEqual([]);
    await store.close();
  });

  it('stripes that came after their head was removed are found and deleted; what is not ours stays', async () => {
    const place = freshPlace(sharedCluster());
    const store = await openRadosBlobStore({ place });
    const blobId = 'ab'.repeat(16);
    for (const index of ['00000003', '00000057']) await putObject(place, `blob.${blobId}.${index}`, bytes(1000, 1));
    for (const name of ['other', `blob.${blobId}.`, `blob.${blobId}.00000000`, 'blob.x']) {
      await putObject(place, name, Buffer.from('not ours'));
    }
    expect(await listAll(store)).toEqual(new Map([[blobId, 1000]]));
    await store.delete(blobId);
    expect((await listAll(store)).size).toBe(0);
    expect(await objectsOf(place)).toHaveLength(4);
    await store.close();
  });

  it('a restored blob takes the place of what was left of it', async () => {
    const place = freshPlace(sharedCluster());
    const gone = await openRadosBlobStore({ place });
    const blobId = 'cd'.repeat(16);
    const writer = await gone.create(blobId);
    await writer.write([bytes(18 * MIB, 4)]);
    await expect.poll(() => objectsOf(place), { timeout: 30_000 }).toHaveLength(4);
    await gone.close();
    const store = await openRadosBlobStore({ place });
    const again = await store.create(blobId);
    await again.write([Buffer.from('whole')]);
    await again.seal();
    expect((await read(store, blobId, 0, 5)).toString()).toBe('whole');
    expect(await objectsOf(place)).toEqual([`blob.${blobId}`]);
    await store.close();
  });
});

it('a listing has every blob of many pages once', async () => {
  const store = await openRadosBlobStore({ place: freshPlace(sharedCluster()) });
  const ids = new Set<string>();
  const numbers = Array.from({ length: 700 }).values();
  const work = async (): Promise<void> => {
    for (const _ of numbers) ids.add(await write(store, Buffer.from('short')));
  };
  await Promise.all(Array.from({ length: 32 }, work));
  expect(new Set((await listAll(store)).keys())).toEqual(ids);
  await store.close();
});

it('the event loop goes on while the cluster works', async () => {
  const store = await openRadosBlobStore({ place: freshPlace(sharedCluster()) });
  let beats = 0;
  const timer = setInterval(() => {
    beats += 1;
  }, 5);
  const blobId = await write(store, bytes(40 * MIB, 5));
  await read(store, blobId, 0, 40 * MIB);
  clearInterval(timer);
  // A call that waited for the cluster would leave some.
  expect(beats).toBeGreaterThan(10);
  await store.close();
});

describe('a cluster that refuses', () => {
  async function failuresOf(place: RadosPlace): Promise<EngineFailure[]> {
    const store = await openRadosBlobStore({ place });
    const absent = '0123456789abcdef0123456789abcdef';
    const outcomes: PromiseSettledResult<unknown>[] = [];
    const writer = await store.create();
    await writer.write([Buffer.from('x')]);
    for (const attempt of [
      () => writer.seal(),
      () => store.length(absent),
      () => read(store, absent, 0, 1),
      () => store.delete(absent),
      () => listAll(store),
      () => (store as BlobStore & { identity: { readStoreId(): Promise<unknown> } }).identity.readStoreId(),
    ]) {
      outcomes.push(...(await Promise.allSettled([attempt()])));
    }
    await writer.abort();
    await store.close();
    return outcomes.map((outcome) => {
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
      if (reason instanceof EngineFailure) return reason;
      throw new Error(`it did not fail as an engine does: ${String(reason)}`);
    });
  }

  const refused = { kind: 'unavailable', because: 'refused' };

  it('a wrong key: refused, in words, without a key', async () => {
    const { wrongKeyringFile, secrets } = sharedCluster();
    const place = { ...freshPlace(sharedCluster()), keyringFile: wrongKeyringFile };
    for (const failure of await failuresOf(place)) {
      expect(failure.reason).toEqual(refused);
      const text = `${failure.message} ${String(failure.cause)} ${(failure.cause as Error).stack}`;
      expect(text).toContain('as client.annals: EACCES');
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('a user without rights on the pool: refused', async () => {
    const place = {
      ...freshPlace(sharedCluster()),
      user: 'stranger',
      keyringFile: sharedCluster().strangerKeyringFile,
    };
    for (const failure of await failuresOf(place)) {
      expect(failure.reason).toEqual(refused);
      expect(String(failure.cause)).toContain('EPERM (the user lacks the right)');
    }
  });

  it('a pool that is missing: refused, and never "no such blob"', async () => {
    for (const failure of await failuresOf({ ...freshPlace(sharedCluster()), pool: 'absent' })) {
      expect(failure.reason).toEqual(refused);
      expect(String(failure.cause)).toContain('rados://absent/');
      expect(String(failure.cause)).toContain('no such pool');
    }
  });

  it('files that are missing: refused', async () => {
    const place = freshPlace(sharedCluster());
    for (const wrong of [{ configurationFile: '/absent/ceph.conf' }, { keyringFile: '/absent/keyring' }]) {
      for (const { reason, cause } of await failuresOf({ ...place, ...wrong })) {
        expect(reason).toEqual(refused);
        expect(String(cause)).toContain('a file is missing');
      }
    }
  });

  it('nothing listens: away, at once for those that come within a second, and the event loop goes on', async () => {
    const place = { ...freshPlace(sharedCluster()), configurationFile: sharedCluster().deadConfigurationFile };
    let beats = 0;
    const timer = setInterval(() => {
      beats += 1;
    }, 50);
    const startedAtMs = performance.now();
    const failures = await failuresOf({ ...place, timeoutMs: 2_000 });
    clearInterval(timer);
    for (const { reason } of failures) expect(reason).toEqual({ kind: 'unavailable', because: 'unreachable' });
    expect(String(failures[0]?.cause)).toContain('no monitor answered in time');
    expect(beats).toBeGreaterThan((performance.now() - startedAtMs) / 500);
    await pause(0);
  });
});
