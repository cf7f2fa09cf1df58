/** The scrub where several gateways have the store open: one does it, and any of them is asked and told. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type OpenedStore, openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore } from '@annals/store';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storedRowChecks } from '../check-stored-rows.js';
import { DamageReports } from '../observe/damage-reports.js';
import { ScrubWorker } from './scrub-worker.js';

let nowMs: number;
let gateways: readonly OpenedStore[];
let first: ScrubWorker;
let second: ScrubWorker;

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  const engines = { keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() };
  const open = (): Promise<OpenedStore> =>
    openObjectStore({
      ...engines,
      clock: { nowMs: () => nowMs },
      gateways: { elapsedMs: () => nowMs, timer: () => () => undefined },
    });
  const [one, other] = [await open(), await open()];
  gateways = [one, other];
  await one.createBucket({
    name: 'bucket',
    ownerId: 'o',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  first = makeWorker(one);
  second = makeWorker(other);
});

afterEach(async () => {
  await first.close();
  await second.close();
  await gateways[0]?.maintenance.close();
});

function makeWorker(store: OpenedStore): ScrubWorker {
  return new ScrubWorker({
    maintenance: store.maintenance,
    exclusive: store.exclusive('scrub'),
    callerChecks: storedRowChecks,
    settings: { bytesPerSecond: 1_000_000 },
    clock: () => nowMs,
    log: pino({ level: 'silent' }),
    damage: new DamageReports({ error: () => undefined }, { countDamage: () => undefined }),
    runningRequestCount: () => 0,
    async wait(durationMs, signal) {
      await nextTurn();
      // Behind a pass, and between two looks at the right, until the worker ends.
      if (durationMs < 10_000) return;
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  });
}

test('either shows what is done, and an order at one holds at both, also for what the other would keep', async () => {
  first.open();
  await expect.poll(() => first.status().passCount).toBe(1);
  second.open();
  await expect.poll(async () => (await second.look()).passCount).toBe(1);
  expect(second.status()).toMatchObject({ isRunning: false, passCount: 0 });
  expect(await second.look()).toMatchObject({ isRunning: true, passCount: 1 });
  expect(await second.stop()).toMatchObject({ isRunning: false, passCount: 1 });
  // The first one does not know yet, and must not write over it, neither when it is asked nor at its end.
  expect(await first.look()).toMatchObject({ isRunning: false, passCount: 1 });
  await first.close();
  expect(await second.look()).toMatchObject({ isRunning: false, passCount: 1 });
  expect(await first.start()).toMatchObject({ isRunning: true, passCount: 1 });
  await expect.poll(() => first.status().passCount).toBe(2);
  expect(await second.look()).toMatchObject({ isRunning: true });
});
