/**
 * Segments that a worker writes and another process cleans, in one process: no blob goes that is read or about to be
 * published, and nothing stays when the worker has gone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { checkBlobs } from '../../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../../blob/file-system/open.js';
import { bodyOf, patternBytes } from '../../conformance/object-store-bodies.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import { BUCKET, plainAttributes, readFrom } from '../../conformance/object-store-test-store.js';
import type { BlobStore } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { SimulatedFileSystem } from '../../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { withCommit } from '../../key-value/with-commit.js';
import { type OpenedStore, openObjectStore } from '../object-store.js';
import { garbageRange } from '../records/key-space.js';

const DIRECTORY = '/data/blobs';
const SEGMENTS = `${DIRECTORY}/segments`;
const LENGTH_BYTES = 1000;

interface WorkerTest {
  readonly fileSystem: SimulatedFileSystem;
  readonly owner: OpenedStore;
  readonly worker: OpenedStore;
  /** Commits of the worker wait until this is called. */
  holdCommits(): () => void;
  /** What the owner does when the worker is gone. */
  endWorker(): void;
  append(key: string, position: number): Promise<void>;
  /** Removes objects by way of the worker, and all that becomes garbage by way of the owner. */
  removeAll(keys: readonly string[]): Promise<void>;
  clean(): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** Segments with room for about 16 bodies. */
async function openWorkerTest(isEncrypted = false): Promise<WorkerTest> {
  const fileSystem = new SimulatedFileSystem();
  const keyValues = openMemoryKeyValueStore();
  const keyWrapping = new MemoryKeyWrapping();
  const openBlobs = async (): Promise<BlobStore> =>
    checkBlobs(await openFileSystemBlobStore({ directory: DIRECTORY, fileSystem, segmentLengthBytes: 20_000 }));
  const open = async (rows: KeyValueStore): Promise<OpenedStore> =>
    openObjectStore({
      keyValues: rows,
      blobs: await openBlobs(),
      keyWrapping,
      settings: { inlineLengthMax: 10, unplacedInlineLengthMax: 10, garbageGraceMs: 0, rowBodyLengthMax: 0 },
      gateways: { intervalMs: 1, longReaderMs: 1 },
      sharesSegments: true,
    });
  const owner = await open(keyValues);
  let held: Promise<void> = Promise.resolve();
  const worker = await open(
    withCommit(keyValues, async (commit) => {
      if (commit.puts?.some(({ key }) => key[0] === 'I'.charCodeAt(0))) await held;
      return owner.maintenance.commitForWorker(commit);
    }),
  );
  const name = {};
  let hear: (note: string) => void = () => undefined;
  const notes = owner.maintenance.serveWorkers((note) => hear(note));
  hear = worker.maintenance.workFor((note) => notes.receive(name, note));
  await worker.createBucket({
    name: BUCKET,
    ownerId: 'owner',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  const attributes = isEncrypted
    ? { ...plainAttributes, encryption: { algorithm: 'AES256' as const } }
    : plainAttributes;
  return {
    fileSystem,
    owner,
    worker,
    holdCommits() {
      let resolve = (): void => undefined;
      held = new Promise((resolved) => {
        resolve = resolved;
      });
      return () => resolve();
    },
    endWorker: () => notes.ended(name),
    async append(key, position) {
      const base = { bucket: BUCKET, ownerId: 'owner', callerId: 'caller', attributes, expected: {} };
      await worker.appendObject({ ...base, key, position }, bodyOf(bytesOf(key, position)));
    },
    async removeAll(keys) {
      for (const key of keys) await worker.deleteObject({ bucket: BUCKET, key });
      while ((await keyValues.list({ ...garbageRange(Number.MAX_SAFE_INTEGER, undefined), limit: 1 })).length > 0) {
        await owner.maintenance.sweepGarbage({ rowCountMax: 1_000_000 });
        await pause(1);
      }
    },
    async clean() {
      await owner.maintenance.cleanSegments({ isWalk: true, isStopped: () => false });
    },
    names: () => fileSystem.readDirectory(SEGMENTS),
  };
}

const bytesOf = (key: string, position: number): Uint8Array => patternBytes(LENGTH_BYTES, key.length + position);

/** Appends to objects that each share no position, until another segment is there. @returns Their keys. */
async function fill(tested: WorkerTest): Promise<string[]> {
  const keys: string[] = [];
  const { length } = await tested.names();
  while ((await tested.names()).length <= Math.max(1, length)) {
    keys.push(`filler-${keys.length}`);
    await tested.append(keys.at(-1) ?? '', 0);
  }
  return keys;
}

test('a segment that a worker writes stays, however empty, until the worker has gone', async () => {
  const tested = await openWorkerTest();
  await tested.append('only', 0);
  await tested.removeAll(['only']);
  await tested.clean();
  expect(await tested.names()).toHaveLength(1);
  await tested.append('more', 0);
  expect(await readFrom(tested.owner, 'more')).toEqual(Buffer.from(bytesOf('more', 0)));
  tested.endWorker();
  await tested.removeAll(['more']);
  await tested.clean();
  expect(await tested.names()).toEqual([]);
});

test('a full segment goes only when each of its blobs has its row', async () => {
  const tested = await openWorkerTest();
  const publish = tested.holdCommits();
  const keys = Array.from({ length: 40 }, (_, index) => `object-${index}`);
  const appends: Promise<void>[] = [];
  // One after the other: what is put at once is in one segment, however short that is.
  while ((await tested.names()).length < 2) {
    const key = keys[appends.length];
    if (key !== undefined) appends.push(tested.append(key, 0));
    await pause(1);
  }
  await tested.clean();
  expect((await tested.names()).length).toBe(2);
  publish();
  await Promise.all(appends);
  keys.length = appends.length;
  for (const key of keys) expect(await readFrom(tested.worker, key)).toEqual(Buffer.from(bytesOf(key, 0)));
  await tested.removeAll(keys);
  await tested.clean();
  expect((await tested.names()).length).toBe(1);
});

test.each([false, true])('a reader at a worker goes on behind a move, encrypted: %s', async (isEncrypted) => {
  const tested = await openWorkerTest(isEncrypted);
  const expected: Uint8Array[] = [];
  for (let position = 0; position < 5 * LENGTH_BYTES; position += LENGTH_BYTES) {
    await tested.append('read', position);
    expected.push(bytesOf('read', position));
  }
  const [segmentId = ''] = await tested.names();
  const keys = await fill(tested);
  const opened = await tested.worker.openObject({ bucket: BUCKET, key: 'read' });
  const reading = opened.read({ start: 0, end: 5 * LENGTH_BYTES })[Symbol.asyncIterator]();
  const chunks = [(await reading.next()).value as Uint8Array];
  await tested.removeAll(keys);
  await tested.clean();
  await tested.clean();
  // It had read all rows by then, and opened two blobs of five.
  expect(await tested.names()).not.toContain(segmentId);
  for (let next = await reading.next(); next.done !== true; next = await reading.next()) chunks.push(next.value);
  opened.release();
  expect(Buffer.concat(chunks)).toEqual(Buffer.concat(expected));
});

test('a blob that is lost is missing, and is not looked for again and again', async () => {
  const tested = await openWorkerTest();
  await tested.append('lost', 0);
  const [segmentId = ''] = await tested.names();
  await tested.fileSystem.removeFile(`${SEGMENTS}/${segmentId}`);
  await expect(readFrom(tested.worker, 'lost')).rejects.toMatchObject({ reason: { kind: 'missing-blob' } });
});
