/**
 * Random operations on versions over engines that fail and lose power at random, with the background work among them,
 * against the model of the conformance suite. The seed is printed when it fails; set ANNALS_MODEL_SEED to repeat it.
 */
import { describe, expect, test } from 'vitest';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { openStoreDriver } from '../conformance/object-store.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import { seededRandom } from '../conformance/seeded-random.js';
import { VersionModelRun } from '../conformance/version-model-run.js';
import { EngineFailure } from '../contract/engine-failure.js';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { openObjectStore } from './object-store.js';

const BUCKET = 'bucket';
const OPERATION_COUNT = 400;
const SEED_FIRST = Number(process.env.ANNALS_MODEL_SEED ?? 1);
const SEED_COUNT = process.env.ANNALS_MODEL_SEED === undefined ? 8 : 1;

/** What a fault may look like to a caller; anything else is a fault of ours. */
async function attempt(call: () => Promise<unknown>): Promise<void> {
  try {
    expectFault(await call());
  } catch (error) {
    expectFault(error);
  }
}

function expectFault(outcome: unknown): void {
  if (outcome instanceof Error) expect(outcome).toMatchObject({ reason: { kind: 'unavailable' } });
}

async function walk(seed: number): Promise<void> {
  const random = seededRandom(seed);
  let nowMs = 1_700_000_000_000;
  let faultRate = 0;
  const fileSystem = new SimulatedFileSystem({ random: () => random.next(), now: () => nowMs });
  const engine = openMemoryKeyValueStore();
  const keyValues = interceptKeyValues(engine, {
    async commit(_commit, pass) {
      if (random.next() >= faultRate) return pass();
      if (random.next() < 0.5) return { committed: false };
      throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
    },
  });
  const randomBytes = (byteCount: number) => random.bytes(byteCount);
  const openBlobs = async () =>
    checkBlobs(
      await openFileSystemBlobStore({
        directory: '/blobs',
        fileSystem,
        random: randomBytes,
        segmentLengthBytes: 16_000,
      }),
    );
  let blobs = await openBlobs();
  const open = () =>
    openObjectStore({
      keyValues,
      blobs,
      clock: { nowMs: () => nowMs },
      randomBytes,
      settings: {
        inlineLengthMax: 64,
        putLengthMax: 400,
        compaction: { extentCountMin: 4, lengthMin: 300 },
        garbageGraceMs: 0,
        orphanGraceMs: 0,
      },
    });
  let store = await open();
  const run = new VersionModelRun({ driver: openStoreDriver(store), bucket: BUCKET, random, hasBatches: false });
  await openStoreDriver(store).createBucket(BUCKET);
  for (let count = 0; count < OPERATION_COUNT; count++) {
    // The clock also stands still, and now and then it goes back: the order of versions must not depend on it.
    nowMs += random.below(5) === 0 ? -500 : random.below(3) * 700;
    faultRate = random.next() < 0.3 ? 0.4 : 0;
    fileSystem.faults.spaceLeftBytes = random.next() < 0.1 ? random.below(400) : Number.POSITIVE_INFINITY;
    if (random.next() < 0.03) {
      faultRate = 0;
      fileSystem.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
      fileSystem.crash();
      blobs = await openBlobs();
      store = await open();
      run.reopen(openStoreDriver(store));
    }
    await attempt(() => run.operate());
    if (random.next() < 0.3) await attempt(() => store.maintenance.compactContent({ jobCountMax: 2 }));
    if (random.next() < 0.2) await attempt(() => store.maintenance.sweepGarbage({ rowCountMax: 20 }));
    if (random.next() < 0.05) await attempt(() => store.maintenance.sweepOrphanBlobs());
    if (random.next() < 0.2) await attempt(() => store.maintenance.cleanSegments(cleaning(random.next() < 0.2)));
    if (count % 20 === 0) {
      faultRate = 0;
      await run.compare();
    }
  }
  faultRate = 0;
  fileSystem.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
  await run.compare();
  await run.removeAll();
  nowMs += 10_000_000;
  await store.maintenance.sweepGarbage({ rowCountMax: 1_000_000 });
  await store.maintenance.sweepOrphanBlobs();
  await store.maintenance.cleanSegments(cleaning(true));
  await store.deleteBucket(BUCKET);
  const rows = await engine.list({ start: Buffer.from([0]), end: Buffer.from([0xff]), limit: 100 });
  expect(rows.map(({ key }) => String.fromCharCode(key[0] ?? 0)).join('')).toBe('F');
  for await (const { blobId } of blobs.list()) expect.fail(`blob ${blobId} is left`);
  const { segments } = blobs;
  for (const segmentId of segments?.ids() ?? [])
    expect(await segments?.describe(segmentId)).toMatchObject({ isOpen: true });
}

function cleaning(isWalk: boolean): { readonly isWalk: boolean; readonly isStopped: () => boolean } {
  return { isWalk, isStopped: () => false };
}

describe('versions under random operations and faults equal the model', () => {
  test.each(Array.from({ length: SEED_COUNT }, (_, index) => SEED_FIRST + index))('seed %i', async (seed) => {
    await walk(seed);
  });
});
