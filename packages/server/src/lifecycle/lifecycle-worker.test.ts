/** When the lifecycle rules run, over restarts and in one of several processes. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LifecycleWorker, nextRunAtMs } from './lifecycle-worker.js';
import { AGING_START_MS, AgingStore, after } from './testing/aging-store.js';

const DAY_MS = 86_400_000;

let aging: AgingStore;

beforeEach(async () => {
  aging = await AgingStore.open();
});

afterEach(() => aging.store.maintenance.close());

test('nextRunAtMs is the hour of the day, or so many intervals from it', () => {
  const daily = { hour: 3, intervalMs: DAY_MS };
  expect(nextRunAtMs(AGING_START_MS, daily)).toBe(AGING_START_MS + 3 * 3_600_000);
  expect(nextRunAtMs(AGING_START_MS + 3 * 3_600_000, daily)).toBe(AGING_START_MS + DAY_MS + 3 * 3_600_000);
  expect(nextRunAtMs(AGING_START_MS + 1, { hour: 3, intervalMs: 3_600_000 })).toBe(AGING_START_MS + 3_600_000);
});

/** A worker that wakes up when it is told to. */
function startWorker(exclusive = aging.store.exclusive('lifecycle')) {
  const waiting: (() => void)[] = [];
  const reports: unknown[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void reports.push(JSON.parse(line)) });
  const worker = new LifecycleWorker({
    exclusive,
    settings: { hour: 1, intervalMs: DAY_MS },
    clock: () => aging.nowMs,
    log,
    timer: (callback) => {
      waiting.push(callback);
      return () => undefined;
    },
  });
  worker.start();
  const isWaiting = () => expect.poll(() => waiting.length, { timeout: 30_000 }).toBe(1);
  const wake = async () => {
    await isWaiting();
    waiting.shift()?.();
    await isWaiting();
  };
  return { worker, reports, wake, isWaiting };
}

test('LifecycleWorker takes up what the process before it left, and then keeps to its hours', async () => {
  await aging.setRules('<Expiration><Days>1</Days></Expiration>');
  for (let index = 0; index < 600; index++) await aging.put(`k${index}`);
  aging.nowMs = AGING_START_MS + DAY_MS + 3_600_000;
  await aging.run(after(2));
  aging.nowMs += 1000;
  const first = startWorker();
  await first.isWaiting();
  expect(await aging.keysLeft()).toEqual([]);
  const taken = { msg: 'lifecycle run', isResumed: true, isFinished: true, expiredCount: 100 };
  expect(first.reports.at(-1)).toMatchObject(taken);
  const reportCount = first.reports.length;
  await first.wake();
  expect(first.reports).toHaveLength(reportCount);
  await first.worker.stop();
  // Left so long ago that another run has become due meanwhile: that one follows at once.
  for (let index = 0; index < 600; index++) await aging.put(`k${index}`);
  aging.nowMs += DAY_MS;
  await aging.run(after(2));
  aging.nowMs += 2 * DAY_MS;
  await aging.put('k');
  const second = startWorker();
  await second.isWaiting();
  expect(second.reports.at(-1)).toMatchObject({ isResumed: true, rowCount: 100 });
  await second.wake();
  expect(second.reports.at(-1)).toMatchObject({ isResumed: false, isFinished: true, startedAtMs: aging.nowMs });
  await second.worker.stop();
});

test('LifecycleWorker runs when the hour comes and not again before the next', async () => {
  await aging.setRules('<Expiration><Days>1</Days></Expiration>');
  await aging.put('k');
  const { worker, reports, wake } = startWorker();
  await wake();
  expect(reports).toEqual([]);
  aging.nowMs = AGING_START_MS + DAY_MS + 3_600_000;
  await wake();
  expect(await aging.keysLeft()).toEqual([]);
  expect(reports).toMatchObject([
    { msg: 'lifecycle action', kind: 'expire', key: 'k' },
    { msg: 'lifecycle run', expiredCount: 1 },
  ]);
  await wake();
  expect(reports).toHaveLength(2);
  await worker.stop();
});

test('of two processes one runs the rules, and the other takes up what is left when the right passes to it', async () => {
  await aging.setRules('<Expiration><Days>1</Days></Expiration>');
  for (let index = 0; index < 600; index++) await aging.put(`k${index}`);
  aging.nowMs = AGING_START_MS + DAY_MS + 3_600_000;
  await aging.run(after(2));
  let isMine = false;
  const second = startWorker({
    ...aging.store.exclusive('lifecycle'),
    hold: async () => isMine,
    isHeld: () => isMine,
    store: aging.store,
  });
  await second.wake();
  // Due, but not for this process.
  aging.nowMs += DAY_MS;
  await second.wake();
  expect(second.reports).toEqual([]);
  expect(await aging.keysLeft()).not.toEqual([]);
  isMine = true;
  await second.wake();
  expect(second.reports.at(-1)).toMatchObject({ msg: 'lifecycle run', isResumed: true, isFinished: true });
  expect(await aging.keysLeft()).toEqual([]);
  await second.worker.stop();
});

test('a run ends where the right is lost, and leaves its place', async () => {
  await aging.setRules('<Expiration><Days>1</Days></Expiration>');
  for (let index = 0; index < 1600; index++) await aging.put(`k${index}`);
  let lookCount = 0;
  const isHeld = (): boolean => {
    lookCount += 1;
    return lookCount < 2;
  };
  const worker = startWorker({
    ...aging.store.exclusive('lifecycle'),
    hold: async () => true,
    isHeld,
    store: aging.store,
  });
  await worker.isWaiting();
  aging.nowMs = AGING_START_MS + DAY_MS + 3_600_000;
  await worker.wake();
  expect(worker.reports.at(-1)).toMatchObject({ msg: 'lifecycle run', isFinished: false });
  expect((await aging.keysLeft()).length).toBeGreaterThan(0);
  await worker.worker.stop();
});
