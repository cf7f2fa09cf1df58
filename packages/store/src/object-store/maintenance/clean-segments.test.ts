/** Space of dead short blobs: whole segments go, half dead ones are moved, and no reader and no byte is lost. */
import { expect, test } from 'vitest';
import { checkBlobs } from '../../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../../blob/file-system/open.js';
import { patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import {
  BUCKET,
  collect,
  openTestStore,
  plainAttributes,
  type TestStore,
} from '../../conformance/object-store-test-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { SimulatedFileSystem } from '../../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';

const DIRECTORY = '/data/blobs';
const SEGMENTS = `${DIRECTORY}/segments`;
const KEYS = Array.from({ length: 16 }, (_, index) => `object-${index}`);

interface SegmentTest extends TestStore {
  readonly fileSystem: SimulatedFileSystem;
  clean(isWalk?: boolean): Promise<{ deletedCount: number; movedCount: number; hasMore: boolean }>;
  removeAll(keys: readonly string[]): Promise<void>;
}

/** A store whose segments have room for about 16 objects of 1,000 bytes. */
async function openSegmentTest(
  options: { readonly isEncrypted?: boolean; readonly keyValues?: KeyValueStore } = {},
): Promise<SegmentTest> {
  const fileSystem = new SimulatedFileSystem();
  const blobs = checkBlobs(
    await openFileSystemBlobStore({ directory: DIRECTORY, fileSystem, segmentLengthBytes: 20_000 }),
  );
  const tested = await openTestStore({
    blobs,
    settings: { inlineLengthMax: 10, unplacedInlineLengthMax: 10 },
    ...(options.keyValues !== undefined && { keyValues: options.keyValues }),
    ...(options.isEncrypted === true && { keyWrapping: new MemoryKeyWrapping(), encryption: { algorithm: 'AES256' } }),
  });
  return {
    ...tested,
    fileSystem,
    clean: (isWalk = false) => tested.store.maintenance.cleanSegments({ isWalk, isStopped: () => false }),
    async removeAll(keys) {
      for (const key of keys) await tested.store.deleteObject({ bucket: BUCKET, key });
      await tested.store.maintenance.sweepGarbage({ rowCountMax: 1_000_000 });
    },
  };
}

const bytesOf = (key: string): Uint8Array => patternBytes(1000, KEYS.indexOf(key));

/** Puts all of them into one segment, which is closed then. */
async function fill(tested: SegmentTest): Promise<string> {
  await Promise.all(KEYS.map((key) => tested.put(key, bytesOf(key))));
  const [segmentId = ''] = await tested.fileSystem.readDirectory(SEGMENTS);
  // Fillers, until a blob goes into another segment.
  while ((await tested.fileSystem.readDirectory(SEGMENTS)).length === 1) await tested.put('filler', patternBytes(900));
  return segmentId;
}

const segmentNames = ({ fileSystem }: SegmentTest) => fileSystem.readDirectory(SEGMENTS);

test('a segment goes when the last of its blobs has gone, and not before', async () => {
  const tested = await openSegmentTest();
  const segmentId = await fill(tested);
  await tested.removeAll(KEYS.slice(0, 2));
  expect(await tested.clean()).toEqual({ deletedCount: 0, movedCount: 0, hasMore: false });
  await tested.removeAll([...KEYS.slice(2), 'filler']);
  await tested.clean();
  expect(await segmentNames(tested)).not.toContain(segmentId);
  await tested.store.maintenance.close();
  expect(tested.fileSystem.openCount).toBe(0);
});

test.each([false, true])('what is alive in a half dead segment is moved, encrypted: %s', async (isEncrypted) => {
  const tested = await openSegmentTest({ isEncrypted });
  const segmentId = await fill(tested);
  const kept = KEYS.filter((_, index) => index % 5 === 0);
  await tested.removeAll(KEYS.filter((key) => !kept.includes(key)));
  const { movedCount, deletedCount } = await tested.clean();
  expect(movedCount).toBeGreaterThanOrEqual(kept.length);
  expect(deletedCount).toBe(1);
  expect(await segmentNames(tested)).not.toContain(segmentId);
  for (const key of kept) expect(Buffer.from(await tested.read(key))).toEqual(Buffer.from(bytesOf(key)));
  const index = (await tested.rows('I')).map(({ key }) => Buffer.from(key).toString('hex', 1));
  expect(index.filter((blobId) => blobId.startsWith(segmentId))).toEqual([]);
  expect(new Set(index).size).toBe(index.length);
});

test('who had opened an object before the move reads it to its end; then the segment goes', async () => {
  const tested = await openSegmentTest();
  const segmentId = await fill(tested);
  const [kept = '', ...others] = KEYS;
  const opened = await tested.store.openObject({ bucket: BUCKET, key: kept });
  await tested.removeAll(others);
  expect((await tested.clean()).deletedCount).toBe(0);
  expect(await segmentNames(tested)).toContain(segmentId);
  expect(Buffer.from(await collect(opened.read({ start: 0, end: 1000 })))).toEqual(Buffer.from(bytesOf(kept)));
  opened.release();
  expect((await tested.clean()).deletedCount).toBe(1);
  expect(await segmentNames(tested)).not.toContain(segmentId);
  expect(Buffer.from(await tested.read(kept))).toEqual(Buffer.from(bytesOf(kept)));
});

test('a snapshot reads what it listed, however much is moved meanwhile', async () => {
  const tested = await openSegmentTest();
  const segmentId = await fill(tested);
  await tested.removeAll(KEYS.slice(1));
  const snapshot = await tested.store.maintenance.snapshot();
  const { blobs } = await snapshot.listBlobs(undefined);
  await snapshot.releaseRows();
  expect((await tested.clean()).movedCount).toBeGreaterThan(0);
  expect(blobs.some(({ blobId }) => blobId.startsWith(segmentId))).toBe(true);
  for (const { blobId, length } of blobs) {
    expect((await collect(snapshot.readBlob(blobId, { start: 0, end: length }))).length).toBe(length);
  }
  await snapshot.close();
  expect((await tested.clean()).deletedCount).toBeGreaterThan(0);
});

test('a copy of a range goes on to be read when the bytes of its source are moved', async () => {
  const tested = await openSegmentTest();
  await fill(tested);
  const [source = '', ...others] = KEYS;
  await tested.store.copyObject({
    source: { bucket: BUCKET, key: source },
    bucket: BUCKET,
    key: 'copy',
    forbidOverwrite: false,
    plan: () => plainAttributes,
  });
  await tested.removeAll([source, ...others]);
  await tested.clean();
  expect(Buffer.from(await tested.read('copy'))).toEqual(Buffer.from(bytesOf(source)));
});

test('what died before the process began is found by the walk', async () => {
  const tested = await openSegmentTest();
  const segmentId = await fill(tested);
  await tested.removeAll([...KEYS, 'filler']);
  const again = await tested.reopen();
  expect(await again.maintenance.cleanSegments({ isWalk: false, isStopped: () => false })).toMatchObject({
    deletedCount: 0,
  });
  await again.maintenance.cleanSegments({ isWalk: true, isStopped: () => false });
  expect(await segmentNames(tested)).not.toContain(segmentId);
});

test('a blob that cannot be read stays where it is, with its segment, and is told', async () => {
  const tested = await openSegmentTest();
  const segmentId = await fill(tested);
  const [damaged = '', whole = '', ...others] = KEYS;
  const path = `${SEGMENTS}/${segmentId}`;
  const file = await tested.fileSystem.openFileForUpdate(path);
  const bytes = Buffer.alloc((await file.status()).lengthBytes);
  await file.read(bytes, 0);
  const place = bytes.indexOf(Buffer.from(bytesOf(damaged)));
  await file.writeVector([Buffer.from([(bytes[place] as number) ^ 1])], place);
  await file.close();
  await tested.removeAll(others);
  await expect(tested.clean()).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
  expect(await segmentNames(tested)).toContain(segmentId);
  expect(Buffer.from(await tested.read(whole))).toEqual(Buffer.from(bytesOf(whole)));
  await expect(tested.read(damaged)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
});

test('a move loses against a deletion that comes in between, and leaves no row behind', async () => {
  let between: (() => Promise<unknown>) | undefined;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async commit(commit, pass) {
      const isMove = (commit.checks?.length ?? 0) >= 3 && (commit.sums?.length ?? 0) === 0;
      const meanwhile = isMove && between;
      if (meanwhile) {
        between = undefined;
        await meanwhile();
      }
      return pass();
    },
  });
  const tested = await openSegmentTest({ keyValues });
  await fill(tested);
  const [last = '', ...others] = KEYS;
  await tested.removeAll([...others, 'filler']);
  between = () => tested.removeAll([last]);
  await tested.clean();
  expect(between).toBeUndefined();
  await tested.store.maintenance.sweepGarbage({ rowCountMax: 1_000_000 });
  for (const family of 'EIGR') expect(await tested.rows(family), family).toEqual([]);
});

test('a segment whose blob waits for its commit stays, although no row names it', async () => {
  let between: (() => Promise<unknown>) | undefined;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async commit({ puts = [] }, pass) {
      const meanwhile = puts.some(({ key }) => key[0] === 'I'.charCodeAt(0)) ? between : undefined;
      between = undefined;
      await meanwhile?.();
      return pass();
    },
  });
  const tested = await openSegmentTest({ keyValues });
  between = async () => {
    for (let count = 0; count < 3; count += 1) await tested.clean(true);
    // It is full, so nothing else keeps it.
    const [segmentId = ''] = await segmentNames(tested);
    expect(await tested.blobs.segments?.describe(segmentId)).toMatchObject({ isOpen: false });
  };
  await tested.put('long', patternBytes(30_000));
  expect(between).toBeUndefined();
  expect(Buffer.from(await tested.read('long'))).toEqual(Buffer.from(patternBytes(30_000)));
});
