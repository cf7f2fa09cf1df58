/**
 * A store of format 3 is brought to the format of today whatever cuts it off, and blobs that are not what their rows
 * say are refused and not believed.
 */
import { describe, expect, test } from 'vitest';
import { BlobFiles, withTrailerOfFormat3 } from '../../blob/blob-files-fixture.js';
import { BLOCK_LENGTH_BYTES } from '../../blob/blob-trailer.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import { openTestStore, readFrom } from '../../conformance/object-store-test-store.js';
import type { BlobStore } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { openObjectStore } from '../object-store.js';
import { formatKey } from '../records/key-space.js';
import type { MigrationProgress } from './identify-blobs.js';

const FORMAT_3 = Buffer.from('{"name":"annals","version":3}');
const OBJECT_COUNT = 12;

interface OldStore {
  readonly files: BlobFiles;
  readonly keyValues: KeyValueStore;
  readonly keyWrapping: MemoryKeyWrapping;
  readonly bodies: ReadonlyMap<string, Buffer>;
  /** By object. */
  readonly blobIds: ReadonlyMap<string, string>;
}

/** What a program of format 3 left behind. */
async function makeOldStore(): Promise<OldStore> {
  const files = new BlobFiles();
  const keyValues = openMemoryKeyValueStore();
  const keyWrapping = new MemoryKeyWrapping();
  const bodies = new Map<string, Buffer>();
  const blobIds = new Map<string, string>();
  const blobs = await files.open();
  for (const encryption of [undefined, { algorithm: 'AES256' } as const]) {
    const store =
      bodies.size === 0
        ? await openTestStore({ keyValues, blobs, keyWrapping, settings: { putLengthMax: 0 } })
        : { store: await openObjectStore({ keyValues, blobs, keyWrapping, settings: { putLengthMax: 0 } }) };
    for (let index = 0; index < OBJECT_COUNT / 2; index += 1) {
      const key = `${encryption?.algorithm ?? 'clear'}-${index}`;
      // Two of each length, so that exchanging them can be tried.
      const body = Buffer.alloc(BLOCK_LENGTH_BYTES + 1000 * (index >> 1), `<${key}>`);
      const before = new Set(await listed(blobs));
      await store.store.putObject(
        {
          bucket: 'bucket',
          ownerId: 'owner',
          attributes: {
            system: {},
            user: {},
            acl: 'default',
            storageClass: 'Standard',
            tags: {},
            ...(encryption && { encryption }),
          },
          expected: {},
          key,
          forbidOverwrite: false,
          lengthMax: 10_000_000,
        },
        { length: body.length, open: () => streamOf(body) },
      );
      bodies.set(key, body);
      blobIds.set(key, (await listed(blobs)).find((id) => !before.has(id)) as string);
    }
  }
  for (const id of blobIds.values()) await files.replace(id, withTrailerOfFormat3(await files.read(id)));
  await keyValues.commit({ puts: [{ key: formatKey, value: FORMAT_3 }] });
  return { files, keyValues, keyWrapping, bodies, blobIds };
}

async function* streamOf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function listed(blobs: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { blobId } of blobs.list()) ids.push(blobId);
  return ids;
}

async function migrate(old: OldStore, wrap: (blobs: BlobStore) => BlobStore = (blobs) => blobs) {
  const steps: MigrationProgress[] = [];
  const store = await openObjectStore({
    keyValues: old.keyValues,
    keyWrapping: old.keyWrapping,
    blobs: wrap(await old.files.open()),
    onMigration: (progress) => steps.push(progress),
  });
  return { store, last: steps.at(-1) };
}

async function formatOf({ keyValues }: OldStore): Promise<string> {
  return Buffer.from((await keyValues.get(formatKey))?.value ?? []).toString();
}

async function expectAllRead(old: OldStore): Promise<void> {
  const { store } = await migrate(old);
  for (const [key, body] of old.bodies) {
    expect(Buffer.compare(await readFrom(store, key), body), key).toBe(0);
  }
}

describe('a store of format 3', () => {
  test('is brought to the format of today at its first start, and then no more', async () => {
    const old = await makeOldStore();
    const { last } = await migrate(old);
    expect(last).toEqual({
      fromVersion: 3,
      toVersion: 4,
      blobCount: OBJECT_COUNT,
      refusedCount: 0,
      unreadCount: 0,
      isDone: true,
    });
    expect(await formatOf(old)).toBe('{"name":"annals","version":6}');
    expect((await migrate(old)).last).toBeUndefined();
    await expectAllRead(old);
  });

  test('survives being cut off in the middle of every trailer, and a loss of power then', async () => {
    for (let cutAt = 0; cutAt < OBJECT_COUNT; cutAt += 1) {
      const old = await makeOldStore();
      let writtenCount = 0;
      const cut = migrate(old, (blobs) =>
        withOverwriting(blobs, async (blobId, end) => {
          writtenCount += 1;
          if (writtenCount <= cutAt) return blobs.overwriteEnd(blobId, end);
          // Half of it reaches the disk.
          const torn = await old.files.read(blobId);
          torn.set(end.subarray(0, end.length / 2), torn.length - end.length);
          await old.files.replace(blobId, torn);
          throw new Error('the power failed');
        }),
      );
      await expect(cut).rejects.toThrow('the power failed');
      // Nobody who knows format 3 alone may open it any more.
      expect(await formatOf(old)).toMatch(/^\{"name":"annals","version":6,"migration"/);
      await expectAllRead(old);
      expect(await formatOf(old)).toBe('{"name":"annals","version":6}');
    }
  });

  test('is as it was when nothing could be committed', async () => {
    const old = await makeOldStore();
    const keyValues: KeyValueStore = { ...wrapped(old.keyValues), commit: () => Promise.reject(new Error('no room')) };
    await expect(openObjectStore({ keyValues, blobs: await old.files.open() })).rejects.toThrow('no room');
    expect(await formatOf(old)).toBe(FORMAT_3.toString());
    const [id = ''] = old.blobIds.values();
    expect((await old.files.read(id)).equals(withTrailerOfFormat3(await old.files.read(id)))).toBe(true);
    await expectAllRead(old);
  });

  test.each(['clear', 'AES256'])(
    'does not believe exchanged, shortened, damaged and missing blobs: %s',
    async (kind) => {
      const old = await makeOldStore();
      const id = (index: number) => old.blobIds.get(`${kind}-${index}`) as string;
      const [first, second] = [await old.files.read(id(0)), await old.files.read(id(1))];
      await old.files.replace(id(0), second);
      await old.files.replace(id(1), first);
      await old.files.replace(id(2), await old.files.read(id(4)));
      const damaged = await old.files.read(id(3));
      damaged[5] = (damaged[5] as number) ^ 1;
      await old.files.replace(id(3), damaged);
      await (await old.files.open()).delete(id(4));
      const { store, last } = await migrate(old);
      // Of encrypted blobs the exchanged and the damaged ones look right until they are opened.
      expect(last).toMatchObject({ isDone: true, refusedCount: kind === 'clear' ? 5 : 2 });
      for (const [key, body] of old.bodies) {
        if (key === `${kind}-5` || !key.startsWith(kind)) {
          expect(Buffer.compare(await readFrom(store, key), body)).toBe(0);
        } else {
          await expect(readFrom(store, key), key).rejects.toMatchObject({
            reason: { kind: key === `${kind}-4` ? 'missing-blob' : 'corrupt' },
          });
        }
      }
    },
  );
});

function withOverwriting(blobs: BlobStore, overwriteEnd: BlobStore['overwriteEnd']): BlobStore {
  return {
    create: () => blobs.create(),
    put: (lengthBytes, fill) => blobs.put(lengthBytes, fill),
    read: (blobId, range) => blobs.read(blobId, range),
    length: (blobId) => blobs.length(blobId),
    delete: (blobId) => blobs.delete(blobId),
    list: () => blobs.list(),
    close: () => blobs.close(),
    findOlder: async (blobId) => blobs.findOlder?.(blobId),
    overwriteEnd,
  };
}

function wrapped(keyValues: KeyValueStore): KeyValueStore {
  return {
    get: (key) => keyValues.get(key),
    list: (range) => keyValues.list(range),
    commit: (commit) => keyValues.commit(commit),
    snapshot: () => keyValues.snapshot(),
    watch: (key, listener) => keyValues.watch(key, listener),
    statistics: () => keyValues.statistics(),
    close: () => keyValues.close(),
  };
}
