/** A migration that is cut off after each of its writes goes on, and what it makes is the store that there was. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkBlobs } from '../../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../../blob/file-system/open.js';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { checkStore } from '../../check/check-store.js';
import { fillWithEverything } from '../../check/everything-fixture.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import type { BlobStore } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { SimulatedFileSystem } from '../../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { formatKey } from '../records/key-space.js';
import {
  CannotMigrate,
  type MigrateStoreInput,
  type MigrationSide,
  migrateStore,
  requireMovable,
} from './migrate-store.js';
import { MigrationOvertaken } from './migration-notes.js';
import { totalRows } from './movable-rows.js';

const openFiles = async (fileSystem = new SimulatedFileSystem()): Promise<BlobStore> =>
  checkBlobs(await openFileSystemBlobStore({ directory: '/blobs', fileSystem }));

let source: MigrationSide;

beforeEach(async () => {
  source = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  await fillWithEverything({ ...source, keyWrapping: new MemoryKeyWrapping() });
});

afterEach(async () => {
  await source.keyValues.close();
  await source.blobs.close();
});

/** The process ends before its n-th write. */
class Cut {
  left: number;

  constructor(writeCount: number) {
    this.left = writeCount;
  }

  pass(): void {
    this.left -= 1;
    if (this.left < 0) throw new EngineFailure({ kind: 'unavailable', because: 'unreachable' });
  }

  of<Engine extends object>(engine: Engine, names: readonly string[]): Engine {
    return new Proxy(engine, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== 'function') return value;
        return (...words: unknown[]) => {
          if (names.includes(String(name))) this.pass();
          return (value as (...all: unknown[]) => unknown).apply(target, words);
        };
      },
    });
  }
}

function run(target: MigrationSide, more: Partial<MigrateStoreInput> = {}, cut = new Cut(Number.MAX_SAFE_INTEGER)) {
  return migrateStore({
    sourceName: 'here',
    source,
    target: {
      keyValues: cut.of(target.keyValues, ['commit']),
      blobs: cut.of(target.blobs, ['create', 'restore', 'syncRestored']),
    },
    sharesFiles: true,
    onStage: () => undefined,
    onProgress: () => undefined,
    onBeginAgain: () => undefined,
    claimBlobs: async () => undefined,
    ...more,
  });
}

async function expectSame(target: MigrationSide): Promise<void> {
  const digest = async ({ keyValues }: MigrationSide) => (await totalRows(keyValues, () => undefined)).rowDigest;
  expect(await digest(target)).toBe(await digest(source));
  const rows = await target.keyValues.list({ start: Buffer.from('a'), end: Buffer.of(0xff), limit: 9 });
  expect(rows, 'notes are gone').toEqual([]);
  const findings: unknown[] = [];
  await checkStore({ ...target, onFinding: (finding) => void (finding.severity !== 'note' && findings.push(finding)) });
  expect(findings).toEqual([]);
}

describe.each([
  ['files that are shared', true, () => openFiles()],
  ['a file for each', false, () => openFiles()],
  ['another engine', false, async () => checkBlobs(openMemoryBlobStore())],
])('into %s', (_name, sharesFiles, openBlobs) => {
  test('all of it, cut off after each write', async () => {
    const whole = new Cut(Number.MAX_SAFE_INTEGER);
    const first = { keyValues: openMemoryKeyValueStore(), blobs: await openBlobs() };
    const moved = await run(first, { sharesFiles }, whole);
    expect(moved).toMatchObject({ isResumed: false, blobCount: expect.any(Number) });
    expect(moved.blobCount).toBeGreaterThan(2);
    await expectSame(first);
    const writeCount = Number.MAX_SAFE_INTEGER - whole.left;
    expect(writeCount).toBeGreaterThan(8);
    for (let count = 0; count < writeCount; count += 1) {
      const target = { keyValues: openMemoryKeyValueStore(), blobs: await openBlobs() };
      await expect(run(target, { sharesFiles }, new Cut(count))).rejects.toThrow(EngineFailure);
      expect(await target.keyValues.get(formatKey), 'no store before the end').toBeUndefined();
      // And once more, a little later.
      await run(target, { sharesFiles }, new Cut(count + 2)).catch(() => undefined);
      const isDone = (await target.keyValues.get(formatKey)) !== undefined;
      if (!isDone) expect(await run(target, { sharesFiles })).toMatchObject({ isResumed: true });
      await expectSame(target);
    }
  });
});

test('rows and bodies that changed since it was cut off are moved as they are now', async () => {
  const target = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  await expect(run(target, {}, new Cut(9))).rejects.toThrow(EngineFailure);
  const key = Buffer.from('Sagain');
  await source.keyValues.commit({ puts: [{ key, value: Buffer.from('true') }] });
  await target.keyValues.commit({ puts: [{ key: Buffer.from('Sstray'), value: Buffer.from('true') }] });
  const told: string[] = [];
  await run(target, { onBeginAgain: () => void told.push('again') });
  expect(told).toEqual(['again']);
  expect(await target.keyValues.get(Buffer.from('Sstray'))).toBeUndefined();
  expect(await target.keyValues.get(key)).toBeDefined();
});

test('what changes meanwhile, on either side, is noticed', async () => {
  const change = (keyValues: KeyValueStore, name: string) => async (stage: string) => {
    if (stage === 'comparing rows') await keyValues.commit({ puts: [{ key: Buffer.from(name), value: Buffer.of(1) }] });
  };
  const one = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  await expect(run(one, { onStage: change(source.keyValues, 'Sx') })).rejects.toThrow(
    'the source has changed meanwhile',
  );
  const two = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  await expect(run(two, { onStage: change(two.keyValues, 'Sy') })).rejects.toThrow('are not those of the source');
  expect(await run(two)).toMatchObject({ isResumed: true });
  const three = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  const overtaken = run(three, { claimBlobs: async () => void (await run(three)) });
  await expect(overtaken).rejects.toThrow(MigrationOvertaken);
});

test('a damaged body is not moved', async () => {
  const damaging: BlobStore = new Proxy(source.blobs, {
    get(target, name) {
      if (name === 'read') {
        return async function* (...words: Parameters<BlobStore['read']>) {
          for await (const chunk of target.read(...words)) yield Uint8Array.from(chunk, (byte) => byte ^ 1);
        };
      }
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const target = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  const moving = run(target, { source: { ...source, blobs: damaging } });
  await expect(moving).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
  // Bytes that arrive otherwise than they were written, although their checksums are right.
  const lying: BlobStore = new Proxy(target.blobs, {
    get(blobs, name) {
      if (name === 'read') {
        return async function* (...words: Parameters<BlobStore['read']>) {
          for await (const chunk of blobs.read(...words)) yield Uint8Array.from(chunk, () => 7);
        };
      }
      const value = Reflect.get(blobs, name, blobs) as unknown;
      return typeof value === 'function' ? value.bind(blobs) : value;
    },
  });
  const other = { keyValues: openMemoryKeyValueStore(), blobs: lying };
  await expect(run(other)).rejects.toMatchObject({
    reason: { kind: 'corrupt', detail: expect.stringMatching(/did not arrive/) },
  });
});

test('a target that holds something else, and a source that is no store, are refused', async () => {
  const target = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  await target.keyValues.commit({ puts: [{ key: Buffer.from('Bother'), value: Buffer.of(1) }] });
  await expect(run(target)).rejects.toThrow('holds rows of something else');
  await expect(run({ ...target, keyValues: source.keyValues })).rejects.toThrow('holds a store already');
  await expect(requireMovable(openMemoryKeyValueStore())).rejects.toThrow(CannotMigrate);
  await expect(requireMovable(source.keyValues)).resolves.toBeUndefined();
  const begun = { keyValues: openMemoryKeyValueStore(), blobs: await openFiles() };
  await expect(run(begun, {}, new Cut(3))).rejects.toThrow(EngineFailure);
  await expect(run(begun, { sourceName: 'there' })).rejects.toThrow('a migration of here into the target has begun');
});
