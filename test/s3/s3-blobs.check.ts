/**
 * Blobs in a bucket of a real S3 server: long ones, what broken-off uploads leave, listings of many pages, and what the
 * engine says when the server refuses.
 */
import { join } from 'node:path';
import { EngineFailure, openS3BlobStore, type S3Place, type S3Timing } from '@annals/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytes, listAll, MIB, read, write } from '../harness/blob-calls.js';
import { filesBelow } from '../harness/files-below.js';
import { S3_SECRET_ACCESS_KEY, startVersityGateway, type VersityGateway } from './versity-gateway.js';

const BUCKET = 'blobs';
const PART_LENGTH = 8 * MIB + 64 * 1024;

let gateway: VersityGateway;
let prefixCount = 0;

beforeAll(async () => {
  gateway = await startVersityGateway();
  await gateway.makeBucket(BUCKET);
});

afterAll(() => gateway?.remove());

function freshPlace(): S3Place {
  prefixCount += 1;
  return gateway.place(BUCKET, `place-${prefixCount}/`);
}

/** What lies in the folder of the server below the prefix, unfinished uploads included. */
async function filesOf(place: S3Place): Promise<string[]> {
  const files = await filesBelow(join(gateway.folder, BUCKET));
  return files.filter((path) => path.includes(place.prefix) || path.includes('.sgwtmp'));
}

describe('long blobs', () => {
  it.each([PART_LENGTH - 1, PART_LENGTH, PART_LENGTH + 1, 2 * PART_LENGTH, 40 * MIB + 12_345])(
    'a blob of %i bytes comes back',
    async (length) => {
      const store = await openS3BlobStore({ place: freshPlace() });
      const content = bytes(length, length);
      const blobId = await write(store, content);
      expect(await store.length(blobId)).toBe(length);
      expect((await read(store, blobId, 0, length)).equals(content)).toBe(true);
      const [start, end] = [PART_LENGTH - 3, Math.min(length, PART_LENGTH + 5)];
      if (start < end) expect((await read(store, blobId, start, end)).equals(content.subarray(start, end))).toBe(true);
      expect(await listAll(store)).toEqual(new Map([[blobId, length]]));
      await store.close();
    },
  );

  it('a body of 8 MiB is one request, also sealed and with its trailer: no upload is begun', async () => {
    const place = freshPlace();
    const [store, other] = [await openS3BlobStore({ place }), await openS3BlobStore({ place })];
    for (const [length, uploadCount] of [
      [PART_LENGTH, 0],
      [PART_LENGTH + 1, 1],
    ] as const) {
      const writer = await store.create();
      await writer.write([bytes(length, 1)]);
      // A write does not wait for what it begins.
      await expect.poll(async () => (await listAll(other)).size).toBe(uploadCount);
      await writer.seal();
      await writer.abort();
    }
    await other.close();
    await store.close();
  });

  it('overwriteEnd writes the last bytes, of short and of long blobs', async () => {
    const store = await openS3BlobStore({ place: freshPlace() });
    for (const length of [1000, 9 * MIB]) {
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

  it('uploads together take no more memory than they may, and all arrive', async () => {
    const store = await openS3BlobStore({ place: freshPlace(), uploadMemoryBytes: 40 * MIB });
    const contents = Array.from({ length: 8 }, (_, index) => bytes(20 * MIB, index));
    const ids: string[] = [];
    // One begins when another ends: writers that hold a part and wait for each other's memory would stand still.
    const next = contents.values();
    const work = async (): Promise<void> => {
      for (const content of next) ids.push(await write(store, content));
    };
    await Promise.all([work(), work(), work()]);
    expect(await listAll(store)).toEqual(new Map(ids.map((blobId) => [blobId, 20 * MIB])));
    await store.close();
  });
});

describe('what is given up', () => {
  it('leaves nothing: short, long, sealed or not', async () => {
    const place = freshPlace();
    const store = await openS3BlobStore({ place });
    for (const length of [10, 30 * MIB]) {
      const writer = await store.create();
      await writer.write([bytes(length, 1)]);
      await writer.abort();
      const sealed = await store.create();
      await sealed.write([bytes(length, 2)]);
      await sealed.seal();
      await sealed.abort();
    }
    expect(await filesOf(place)).toEqual([]);
    expect((await listAll(store)).size).toBe(0);
    await store.close();
  });

  it('an upload of a process that has gone is listed with its length and age, and deleted', async () => {
    const place = freshPlace();
    const gone = await openS3BlobStore({ place });
    const writer = await gone.create();
    await writer.write([bytes(20 * MIB, 3)]);
    await expect.poll(() => filesOf(place).then(({ length }) => length)).toBeGreaterThan(1);
    await gone.close();
    await writer.abort();
    const store = await openS3BlobStore({ place });
    for await (const { modifiedAtMs } of store.list()) {
      expect(Math.abs(modifiedAtMs - Date.now())).toBeLessThan(120_000);
    }
    const found = await listAll(store);
    expect([...found.keys()]).toEqual([writer.blobId]);
    expect([PART_LENGTH, 2 * PART_LENGTH]).toContain(found.get(writer.blobId));
    await store.delete(writer.blobId);
    expect(await filesOf(place)).toEqual([]);
    expect((await listAll(store)).size).toBe(0);
    await store.close();
  });
});

it('a listing has every blob of many pages once', async () => {
  const store = await openS3BlobStore({ place: freshPlace() });
  const ids = new Set<string>();
  const numbers = Array.from({ length: 1_100 }).values();
  const work = async (): Promise<void> => {
    for (const _ of numbers) ids.add(await write(store, Buffer.from('short')));
  };
  await Promise.all(Array.from({ length: 16 }, work));
  expect(new Set((await listAll(store)).keys())).toEqual(ids);
  await store.close();
});

it('a reader that stops early frees its connection', async () => {
  const store = await openS3BlobStore({ place: freshPlace() });
  const length = 16 * MIB;
  const blobId = await write(store, bytes(length, 4));
  // More than there are connections.
  for (let round = 0; round < 200; round += 1) {
    for await (const chunk of store.read(blobId, { start: 0, end: length })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  }
  expect(await store.length(blobId)).toBe(length);
  await store.close();
});

describe('a server that refuses', () => {
  async function failuresOf(place: S3Place, timing?: S3Timing): Promise<EngineFailure[]> {
    const store = await openS3BlobStore({ place, ...(timing !== undefined && { timing }) });
    const absent = '0123456789abcdef0123456789abcdef';
    const writer = await store.create();
    await writer.write([Buffer.from('x')]);
    const attempts = [
      writer.seal(),
      store.length(absent),
      read(store, absent, 0, 1),
      store.delete(absent),
      listAll(store).then(() => undefined),
    ];
    const outcomes = await Promise.allSettled(attempts);
    await writer.abort();
    await store.close();
    return outcomes.map((outcome) => {
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
      if (reason instanceof EngineFailure) return reason;
      throw new Error(`it did not fail as an engine does: ${String(reason)}`);
    });
  }

  function textOf(failure: EngineFailure): string {
    return `${failure.message} ${JSON.stringify(failure.reason)} ${String(failure.cause)} ${(failure.cause as Error).stack}`;
  }

  it('a wrong secret: refused, in the words of the server, without a secret', async () => {
    const secretAccessKey = 'a-wrong-secret-of-no-value';
    const place = freshPlace();
    const { accessKeyId } = await place.credentials(false);
    const wrong = { ...place, credentials: async () => ({ accessKeyId, secretAccessKey }) };
    for (const failure of await failuresOf(wrong)) {
      expect(failure.reason).toEqual({ kind: 'unavailable', because: 'refused' });
      expect(textOf(failure)).toMatch(/status 403/);
      expect(textOf(failure)).not.toContain(secretAccessKey);
      expect(textOf(failure)).not.toContain(S3_SECRET_ACCESS_KEY);
    }
  });

  it('keys that are read again after a refusal are used', async () => {
    const place = freshPlace();
    const right = await place.credentials(false);
    let current = { ...right, secretAccessKey: 'the-secret-before' };
    const credentials = async (isRefused: boolean) => {
      if (isRefused) current = right;
      return current;
    };
    const store = await openS3BlobStore({ place: { ...place, credentials } });
    const blobId = await write(store, Buffer.from('written'));
    expect((await read(store, blobId, 0, 7)).toString()).toBe('written');
    await store.close();
  });

  it('a bucket that is missing: refused, and never "no such blob"', async () => {
    for (const failure of await failuresOf(gateway.place('not-there'))) {
      expect(failure.reason).toEqual({ kind: 'unavailable', because: 'refused' });
      expect(textOf(failure)).toContain('NoSuchBucket');
    }
  });

  it('nothing listens: away', async () => {
    const timing: S3Timing = { nowMs: Date.now, wait: async () => undefined, random: () => 0 };
    const place = { ...freshPlace(), endpoint: 'http://127.0.0.1:1' };
    for (const failure of await failuresOf(place, timing)) {
      expect(failure.reason).toEqual({ kind: 'unavailable', because: 'unreachable' });
      expect(textOf(failure)).toContain('at http://127.0.0.1:1');
    }
  });

  it('a clock of ours that is an hour off is corrected by that of the server, for signatures and for ages', async () => {
    for (const offsetMs of [-3_600_000, 3_600_000]) {
      const timing: S3Timing = { nowMs: () => Date.now() + offsetMs, wait: async () => undefined, random: () => 0 };
      const store = await openS3BlobStore({ place: freshPlace(), timing });
      const blobId = await write(store, Buffer.from('written'));
      for await (const found of store.list()) {
        expect(found.blobId).toBe(blobId);
        expect(Math.abs(found.modifiedAtMs - timing.nowMs())).toBeLessThan(120_000);
      }
      await store.close();
    }
  });
});
