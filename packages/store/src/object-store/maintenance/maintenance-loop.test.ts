import { beforeEach, describe, expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore } from '../../conformance/object-store-test-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { type OpenedStore, openObjectStore } from '../object-store.js';
import { MaintenanceLoop, type Timer } from './maintenance-loop.js';
import type { RewrapInput } from './rewrap-contents.js';

/** A timer that fires when told to. */
class ManualTimer {
  #pending: { callback: () => void; delayMs: number } | undefined;
  #scheduled: () => void = () => undefined;

  readonly timer: Timer = (callback, delayMs) => {
    this.#pending = { callback, delayMs };
    this.#scheduled();
    return () => {
      this.#pending = undefined;
    };
  };

  get delayMs(): number | undefined {
    return this.#pending?.delayMs;
  }

  /** Fires, and waits until the round has scheduled the next one. */
  async round(): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    await new Promise<void>((resolve) => {
      this.#scheduled = resolve;
      pending?.callback();
    });
  }
}

test('MaintenanceLoop works all queues off, a job at a time, and then idles', async () => {
  const { store, append, rows, blobIds } = await openTestStore({ settings: { compaction: { extentCountMin: 2 } } });
  for (const key of ['a', 'b', 'c']) {
    await append(key, 0, 'x');
    await append(key, 1, 'y');
  }
  await append('gone', 0, patternBytes(100_000));
  await store.deleteObject({ bucket: BUCKET, key: 'gone' });
  const manual = new ManualTimer();
  const loop = new MaintenanceLoop(store.maintenance, { timer: manual.timer, pauseMs: 5, idleMs: 500 });
  loop.start();
  loop.start();
  const delays: (number | undefined)[] = [];
  for (let round = 0; round < 4; round++) {
    await manual.round();
    delays.push(manual.delayMs);
  }
  expect(delays).toEqual([5, 5, 5, 500]);
  expect(await rows('J')).toHaveLength(0);
  expect(await rows('G')).toHaveLength(0);
  expect(await blobIds()).toHaveLength(3);
  await loop.stop();
  expect(manual.delayMs).toBeUndefined();
});

test('MaintenanceLoop tells of failures and goes on', async () => {
  const state = { isFull: false };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async commit(_commit, pass) {
      if (state.isFull) {
        throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
      }
      return pass();
    },
  });
  const { store, append, rows } = await openTestStore({ keyValues, settings: { compaction: { extentCountMin: 2 } } });
  await append('a', 0, 'x');
  await append('a', 1, 'y');
  const failures: unknown[] = [];
  const manual = new ManualTimer();
  const loop = new MaintenanceLoop(store.maintenance, {
    timer: manual.timer,
    onFailure: (error) => failures.push(error),
  });
  loop.start();
  state.isFull = true;
  await manual.round();
  expect(failures).toMatchObject([{ reason: { kind: 'unavailable' } }]);
  state.isFull = false;
  await manual.round();
  expect(await rows('J')).toHaveLength(0);
  await loop.stop();
});

describe('beside a gateway that died with its leases', () => {
  const GONE_AFTER_MS = 600;
  let nowMs: number;
  let keyValues: ReturnType<typeof openMemoryKeyValueStore>;
  let blobs: ReturnType<typeof openMemoryBlobStore>;

  beforeEach(() => {
    nowMs = 1_700_000_000_000;
    keyValues = openMemoryKeyValueStore();
    blobs = openMemoryBlobStore({ now: () => nowMs });
  });

  function openGateway(): Promise<OpenedStore> {
    return openObjectStore({
      keyValues,
      blobs,
      clock: { nowMs: () => nowMs },
      settings: { orphanGraceMs: 0 },
      gateways: {
        intervalMs: 100,
        goneAfterMs: GONE_AFTER_MS,
        elapsedMs: () => nowMs,
        timer: () => () => undefined,
      },
    });
  }

  async function orphanCount(): Promise<number> {
    let count = 0;
    for await (const _ of blobs.list()) count += 1;
    return count;
  }

  test('the first walk over all blobs, and over all data keys, is made when the leases are free', async () => {
    const dead = await openGateway();
    await dead.maintenance.sweepGarbage({ rowCountMax: 1 });
    await dead.maintenance.compactContent({ jobCountMax: 1 });
    const writer = await blobs.create();
    await writer.write([Buffer.from('an orphan')]);
    await writer.seal();
    nowMs += 1;
    const store = await openGateway();
    const manual = new ManualTimer();
    let rewrapCount = 0;
    const loop = new MaintenanceLoop(store.maintenance, {
      timer: manual.timer,
      onRewrapped: () => {
        rewrapCount += 1;
      },
    });
    loop.start();
    for (let passedMs = 0; passedMs < GONE_AFTER_MS; passedMs += 100) {
      await manual.round();
      expect([await orphanCount(), rewrapCount]).toEqual([1, 0]);
      nowMs += 100;
    }
    await manual.round();
    await manual.round();
    expect([await orphanCount(), rewrapCount]).toEqual([0, 1]);
    await loop.stop();
  });

  test('the garbage that others leave and sweep is counted again after some seconds', async () => {
    const [one, other] = [await openGateway(), await openGateway()];
    for (const { maintenance } of [one, other]) await maintenance.countGarbage();
    const test = await openTestStore({ keyValues, blobs });
    for (const key of ['a', 'b', 'c']) {
      await test.append(key, 0, 'x');
      await test.store.deleteObject({ bucket: BUCKET, key });
    }
    const counts = async (): Promise<readonly number[]> => [
      (await one.maintenance.backlog()).noteCount,
      (await other.maintenance.backlog()).noteCount,
    ];
    expect(await counts()).toEqual([3, 3]);
    await one.maintenance.sweepGarbage({ rowCountMax: 100 });
    await one.maintenance.sweepGarbage({ rowCountMax: 100 });
    expect(await counts()).toEqual([3, 3]);
    // Presences of both say that no reader began before.
    await test.store.maintenance.sweepGarbage({ rowCountMax: 100 });
    expect(await counts()).toEqual([3, 3]);
    nowMs += 5000;
    expect(await counts()).toEqual([0, 0]);
  });
});

test('MaintenanceLoop can be stopped in the middle of a round and started again', async () => {
  const { store } = await openTestStore();
  let proceed: () => void = () => undefined;
  const calls: string[] = [];
  const slowStore = {
    compactContent: async () => {
      calls.push('compact');
      await new Promise<void>((resolve) => {
        proceed = resolve;
      });
      return 0;
    },
    sweepGarbage: (options: { rowCountMax: number }) => {
      calls.push('sweep');
      return store.maintenance.sweepGarbage(options);
    },
    sweepOrphanBlobs: (isStopped: () => boolean) => store.maintenance.sweepOrphanBlobs(isStopped),
    rewrapContents: (input: RewrapInput) => store.maintenance.rewrapContents(input),
  };
  const manual = new ManualTimer();
  const loop = new MaintenanceLoop(slowStore, { timer: manual.timer });
  loop.start();
  void manual.round();
  const stopped = loop.stop();
  proceed();
  await stopped;
  expect(calls).toEqual(['compact']);
  expect(manual.delayMs).toBeUndefined();
  loop.start();
  expect(manual.delayMs).toBe(50);
  await loop.stop();
});
