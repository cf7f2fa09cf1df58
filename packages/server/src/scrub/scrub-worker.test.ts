/**
 * The scrub finds damage in a store at work, keeps its place over restarts, stands back under load, and stays stopped
 * when it was stopped.
 */

import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  checkBlobs,
  checks,
  EngineFailure,
  type KeyValueStore,
  type OpenedStore,
  openFileSystemBlobStore,
  openMemoryBlobStore,
  openMemoryKeyValueStore,
  openObjectStore,
} from '@annals/store';
import { SimulatedFileSystem } from '@annals/store/conformance';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storedRowChecks } from '../check-stored-rows.js';
import { DamageReports } from '../observe/damage-reports.js';
import { SCRUB_CONFIGURATION } from './scrub-state.js';
import { ScrubWorker, type ScrubWorkerOptions } from './scrub-worker.js';

/** Long enough for a file of its own. */
const LENGTH = 1_200_000;
const COUNT = 200;

let disk: SimulatedFileSystem;
let store: OpenedStore;
let keyValues: KeyValueStore;
let nowMs: number;
let counts: string[];
/** Of the log. */
let lines: unknown[];
let runningRequestCount: number;
let waits: number[];
let worker: ScrubWorker;
/** Called at each wait; may change the world. */
let onWait: (durationMs: number) => void;

beforeEach(async () => {
  disk = new SimulatedFileSystem();
  nowMs = 1_700_000_000_000;
  counts = [];
  lines = [];
  waits = [];
  runningRequestCount = 0;
  onWait = () => undefined;
  const blobs = checkBlobs(await openFileSystemBlobStore({ directory: '/blobs', fileSystem: disk }));
  keyValues = openMemoryKeyValueStore();
  // Short objects have extents of their own here: the scrub of bytes is to have many.
  const settings = { rowBodyLengthMax: 0 };
  store = await openObjectStore({ keyValues, blobs, clock: { nowMs: () => nowMs }, settings });
  await store.createBucket({
    name: 'bucket',
    ownerId: 'o',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  const put = async (key: string, body: Uint8Array) => {
    const attributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} } as const;
    const input = {
      bucket: 'bucket',
      key,
      ownerId: 'o',
      attributes,
      expected: {},
      forbidOverwrite: false,
      lengthMax: 1e9,
    };
    await store.putObject(input, { length: body.length, open: () => streamOf(body) });
  };
  for (let index = 0; index < COUNT; index += 1) await put(`small/${index}`, randomBytes(10));
  await put('long', randomBytes(LENGTH));
  worker = makeWorker();
});

afterEach(async () => {
  await worker.close();
  await store.maintenance.close();
});

async function* streamOf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function makeWorker(
  bytesPerSecond = 1_000_000,
  exclusive: ScrubWorkerOptions['exclusive'] = store.exclusive('scrub'),
): ScrubWorker {
  return new ScrubWorker({
    maintenance: store.maintenance,
    exclusive,
    callerChecks: storedRowChecks,
    settings: { bytesPerSecond },
    clock: () => nowMs,
    log: pino({ level: 'info' }, { write: (text: string) => void lines.push(JSON.parse(text)) }),
    damage: new DamageReports(
      { error: () => undefined },
      { countDamage: (kind, foundBy) => void counts.push(`${kind} ${foundBy}`) },
    ),
    runningRequestCount: () => runningRequestCount,
    async wait(durationMs, signal) {
      waits.push(durationMs);
      nowMs += durationMs;
      onWait(durationMs);
      await nextTurn();
      // An hour between passes: the test has seen enough.
      if (durationMs >= 3_600_000) {
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  });
}

const isPassOver = () => worker.status().passCount;

test('a pass reads everything at its rate and finds what is damaged', async () => {
  const path = await blobPath();
  disk.corrupt(path, 5);
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  expect(worker.status()).toMatchObject({ isRunning: true, extentCount: COUNT + 1, findingCount: 1, progress: 0 });
  expect(worker.status().findings).toEqual([
    expect.objectContaining({ start: 0, end: 262_144, blobId: path.replaceAll('/', '').slice('blobs'.length) }),
  ]);
  expect(counts).toEqual(['corrupt scrub']);
  const paced = waits.filter((durationMs) => durationMs < 3_600_000).reduce((sum, durationMs) => sum + durationMs, 0);
  expect(paced).toBeGreaterThan(0);
});

test('a pass says what it has read, and of an empty store nothing', async () => {
  const said = (): number => lines.filter((line) => String((line as { msg?: string }).msg).includes('read all')).length;
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  await expect.poll(said).toBe(1);
  await worker.close();
  const full = store;
  store = await openObjectStore({ keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() });
  await full.maintenance.close();
  worker = makeWorker();
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  // It waits for the next, so it has said what it had to say.
  await expect.poll(() => waits.at(-1)).toBe(3_600_000);
  expect(said()).toBe(1);
});

test('it goes on where the process before was stopped', async () => {
  onWait = () => {
    if (worker.status().extentCount > 0) void worker.close();
  };
  worker.open();
  await expect
    .poll(async () => (await store.serviceConfiguration(SCRUB_CONFIGURATION, checks.anything)) !== undefined)
    .toBe(true);
  await worker.close();
  const { extentCount, progress, passCount } = worker.status();
  expect(passCount).toBe(0);
  expect(extentCount).toBeGreaterThan(0);
  expect(progress).toBeGreaterThan(0);
  onWait = () => undefined;
  worker = makeWorker();
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  expect(worker.status().extentCount).toBe(COUNT + 1);
});

test('it stands back while many requests run, and not for ever', async () => {
  runningRequestCount = 100;
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  expect(waits.filter((durationMs) => durationMs === 1000).length).toBeGreaterThanOrEqual(30);
});

test('stopped is stopped, over restarts, until it is started', async () => {
  await worker.stop();
  worker.open();
  worker = makeWorker();
  worker.open();
  await expect.poll(() => worker.status().isRunning).toBe(false);
  expect((await worker.start()).isRunning).toBe(true);
  await expect.poll(isPassOver).toBe(1);
  expect((await worker.stop()).isRunning).toBe(false);
});

test('with a rate of 0 it runs only when it is started, and writes nothing before', async () => {
  worker = makeWorker(0);
  worker.open();
  await worker.close();
  expect(worker.status().isRunning).toBe(false);
  expect(await store.serviceConfiguration(SCRUB_CONFIGURATION, checks.anything)).toBeUndefined();
  await worker.start();
  await expect.poll(isPassOver).toBe(1);
});

test('the objects that are hit are named', async () => {
  disk.corrupt(await blobPath(), 5);
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  const { rows } = worker.status();
  expect(rows).toMatchObject({ hitCount: 1, damageCount: 0, contradictionCount: 0, orphanBlobCount: 0 });
  expect(rows?.rowCount).toBeGreaterThan(3 * COUNT);
  expect(rows?.findings).toEqual([
    expect.objectContaining({
      kind: 'object-damaged',
      bucket: 'bucket',
      key: 'long',
      range: { start: 0, end: 262_144 },
    }),
  ]);
  expect(lines).toContainEqual(expect.objectContaining({ foundBy: 'scrub', bucket: 'bucket', key: 'long' }));
});

test('they are named as soon as damage is found, in the middle of a pass, and not again before an hour is over', async () => {
  // There is one blob, and its row says which content it belongs to.
  const [row] = await keyValues.list({ start: Buffer.from('I'), end: Buffer.from('J'), limit: 1 });
  const contentId = Buffer.from(row?.value ?? []).toString('hex', 0, 16);
  const scrubContents = store.maintenance.scrubContents.bind(store.maintenance);
  const rowsSeen: boolean[] = [];
  store.maintenance.scrubContents = async (input) => {
    rowsSeen.push(worker.status().rows !== undefined);
    const step = await scrubContents({ ...input, extentCountMax: 20 });
    const failure = new EngineFailure({ kind: 'corrupt', detail: 'planted' });
    // Each step finds some.
    const planted = { contentId, start: rowsSeen.length, end: rowsSeen.length + 1, detail: 'planted', failure };
    return { ...step, findings: [planted] };
  };
  const scrubRows = store.maintenance.scrubRows.bind(store.maintenance);
  let rowCheckCount = 0;
  store.maintenance.scrubRows = (input) => {
    rowCheckCount += 1;
    return scrubRows(input);
  };
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  expect(rowsSeen.slice(0, 3)).toEqual([false, true, true]);
  expect(rowsSeen.length).toBeGreaterThan(8);
  expect(rowCheckCount).toBe(2);
  expect(worker.status().rows).toMatchObject({ hitCount: 1, findings: [{ key: 'long', range: { start: 1 } }] });
});

test('rows that contradict each other and blobs that nothing knows are counted, and nothing is changed', async () => {
  const counter = (await keyValues.list({ start: Buffer.from('C'), end: Buffer.from('D'), limit: 10 })).find(
    ({ key }) => Buffer.from(key).toString().endsWith('objects'),
  );
  await keyValues.commit({ puts: [{ key: counter?.key as Uint8Array, value: Buffer.alloc(8) }] });
  const index = await keyValues.list({ start: Buffer.from('I'), end: Buffer.from('J'), limit: 10 });
  await keyValues.commit({ deletes: index.map(({ key }) => key) });
  // Younger ones may be about to be published.
  nowMs = Date.now() + 2 * 3_600_000;
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  const { rows } = worker.status();
  expect(rows).toMatchObject({ contradictionCount: 2, orphanBlobCount: 1, hitCount: 0 });
  expect(rows?.orphanBlobLengthBytes).toBeGreaterThanOrEqual(LENGTH);
  expect(rows?.findings.map(({ kind }) => kind).sort()).toEqual(['blob-index-missing', 'counter-wrong']);
  expect(Number((await keyValues.get(counter?.key as Uint8Array))?.value[0])).toBe(0);
});

test('the next process begins a check of the rows again that was cut off, and nothing that failed holds it up', async () => {
  let isInRows = false;
  const scrubRows = store.maintenance.scrubRows.bind(store.maintenance);
  store.maintenance.scrubRows = (input) => {
    isInRows = true;
    return scrubRows(input);
  };
  onWait = () => {
    if (isInRows) void worker.close();
  };
  // Enough rows for a pause in the middle.
  worker = makeWorker(4_000_000);
  worker.open();
  await expect.poll(() => isInRows).toBe(true);
  await worker.close();
  expect(worker.status()).toMatchObject({ passCount: 0, progress: 1 });
  expect(worker.status().rows).toBeUndefined();
  onWait = () => undefined;
  let failureCount = 0;
  store.maintenance.scrubRows = (input) => {
    failureCount += 1;
    return failureCount === 1 ? Promise.reject(new Error('Cannot read')) : scrubRows(input);
  };
  worker = makeWorker();
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  expect(failureCount).toBe(1);
  expect(worker.status()).toMatchObject({ isRunning: true, progress: 0, extentCount: COUNT + 1 });
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'the scrub could not check the rows' }));
});

test('a check of the rows has many moments, and goes on over restarts where it was', async () => {
  const counter = (await keyValues.list({ start: Buffer.from('C'), end: Buffer.from('D'), limit: 10 })).find(
    ({ key }) => Buffer.from(key).toString().endsWith('objects'),
  );
  await keyValues.commit({ puts: [{ key: counter?.key as Uint8Array, value: Buffer.alloc(8) }] });
  disk.corrupt(await blobPath(), 5);
  const steps: (string | undefined)[] = [];
  let heldCount = 0;
  let momentCount = 0;
  const snapshot = keyValues.snapshot.bind(keyValues);
  keyValues.snapshot = async () => {
    const held = await snapshot();
    heldCount += 1;
    momentCount += 1;
    expect(heldCount).toBe(1);
    const close = held.close.bind(held);
    held.close = () => {
      heldCount -= 1;
      return close();
    };
    return held;
  };
  const scrubRows = store.maintenance.scrubRows.bind(store.maintenance);
  store.maintenance.scrubRows = (input) => {
    steps.push(input.after);
    if (steps.length === 3) void worker.close();
    return scrubRows(input);
  };
  // So slow that a wait is longer than a moment may be held.
  worker = makeWorker(2048);
  worker.open();
  await expect.poll(() => steps.length).toBe(3);
  await worker.close();
  const { rowsUnderWay, rows, passCount } = worker.status();
  expect([rows, passCount]).toEqual([undefined, 0]);
  expect(rowsUnderWay?.rowCount).toBeGreaterThan(0);
  expect(rowsUnderWay?.progress).toBeGreaterThan(0);
  worker = makeWorker(2048);
  worker.open();
  await expect.poll(isPassOver).toBe(1);
  // The step that was cut off, and none before it.
  expect(steps[0]).toBeUndefined();
  expect(steps[3]).toBe(steps[2]);
  expect(new Set(steps.slice(0, 4)).size).toBe(3);
  // When all bytes are read, they are checked once more.
  expect(steps.slice(4)[0]).toBeUndefined();
  expect([heldCount, momentCount > 1]).toEqual([0, true]);
  const after = worker.status();
  expect(after.rowsUnderWay).toBeUndefined();
  expect(after.rows).toMatchObject({ hitCount: 1, contradictionCount: 1, areSumsLeftOut: false });
  expect(after.rows?.findings.map(({ kind }) => kind).sort()).toEqual(['counter-wrong', 'object-damaged']);
  expect(after.rows?.rowCount).toBeGreaterThan(3 * COUNT);
});

async function blobPath(): Promise<string> {
  for (const folder of await disk.readDirectory('/blobs')) {
    const [name] = await disk.readDirectory(`/blobs/${folder}`);
    if (name !== undefined) return `/blobs/${folder}/${name}`;
  }
  throw new Error('There is no blob');
}

test('of two processes one reads the store; the other goes on where it was when the right passes to it', async () => {
  let lookCount = 0;
  const second = makeWorker(1_000_000, {
    ...store.exclusive('scrub'),
    hold: async () => {
      lookCount += 1;
      return lookCount > 3;
    },
  });
  second.open();
  worker.open();
  // The second looks every ten seconds; the first has ended its pass and kept its place long before.
  onWait = (durationMs) => {
    if (durationMs === 10_000 && worker.status().passCount === 0) lookCount = 1;
  };
  await expect.poll(isPassOver).toBe(1);
  await worker.close();
  await expect.poll(() => second.status().passCount).toBe(2);
  expect(waits).toContain(10_000);
  await second.close();
});
