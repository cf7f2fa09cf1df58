/**
 * Micro benchmark of the key-value engine `journaled-lmdb`: what a durable commit costs, alone and among 64, against
 * the ways the binding itself offers. One commit = 1 check, 2 puts (400 B and 1.1 KiB), 1 sum, as an append makes.
 *
 *     npm run build && node bench/key-value.js [--seconds 3] [--directory <folder on the disk to measure>] [--binding]
 *
 * `--binding` also measures the binding's own ways of committing, over which the engine was chosen.
 */
import { fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { open } from 'lmdb';
import { openJournaledLmdbKeyValueStore } from '../packages/store/dist/key-value/journaled-lmdb/open.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    directory: { type: 'string' },
    binding: { type: 'boolean', default: false },
  },
});
const durationMs = Number(options.seconds) * 1000;
if (options.directory !== undefined) mkdirSync(options.directory, { recursive: true });
const scratch = mkdtempSync(join(options.directory ?? tmpdir(), 'annals-bench-'));

const smallValue = Buffer.alloc(400, 1);
const largeValue = Buffer.alloc(1100, 2);
/** @type {Record<string, string | number>[]} */
const rows = [];

/** Key of an object; `client` appends to objects of its own, as 64 appenders would. @param {number} client */
const objectKey = (client) => Buffer.from(`o\0bucket\0logs/client-${client}.log`);
/** @param {number} client @param {number} index */
const extentKey = (client, index) =>
  Buffer.from(`e\0bucket\0logs/client-${client}.log\0${String(index).padStart(12, '0')}`);
const counterKey = Buffer.from('c\0bucket');

/**
 * @param {string} name
 * @param {number} clientCount
 * @param {(client: number, index: number) => Promise<unknown>} commitOnce Fulfilled when the commit is durable.
 */
async function measure(name, clientCount, commitOnce) {
  /** @type {number[]} */
  const latenciesMs = [];
  const endMs = performance.now() + durationMs;
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: clientCount }, async (_, client) => {
      for (let index = 0; performance.now() < endMs; index += 1) {
        const beganMs = performance.now();
        await commitOnce(client, index);
        latenciesMs.push(performance.now() - beganMs);
      }
    }),
  );
  const elapsedMs = performance.now() - startMs;
  const loop = performance.eventLoopUtilization(loopBefore);
  const cpu = process.cpuUsage(cpuBefore);
  latenciesMs.sort((one, other) => one - other);
  const count = latenciesMs.length;
  const at = (/** @type {number} */ share) => latenciesMs[Math.min(count - 1, Math.floor(count * share))] ?? 0;
  /** @type {Record<string, string | number>} */
  const row = {
    what: name,
    clients: clientCount,
    'commits/s': Math.round((count / elapsedMs) * 1000),
    'p50 µs': Math.round(at(0.5) * 1000),
    'p99 µs': Math.round(at(0.99) * 1000),
    'main thread µs/commit': Number(((loop.active * 1000) / count).toFixed(1)),
    'process CPU µs/commit': Number(((cpu.user + cpu.system) / count).toFixed(1)),
  };
  rows.push(row);
  return row;
}

async function measureBareSync() {
  const file = openSync(join(scratch, 'bare'), 'w');
  const kibibyte = Buffer.alloc(1024);
  await measure('bare write of 1 KiB + fdatasync', 1, async () => {
    writeSync(file, kibibyte);
    fdatasyncSync(file);
  });
}

/** @param {number} clientCount */
async function measureEngine(clientCount) {
  let batchCount = 0;
  const store = await openJournaledLmdbKeyValueStore({
    directory: join(scratch, `engine-${clientCount}`),
    observeBatch: () => {
      batchCount += 1;
    },
  });
  const versions = new Map();
  const row = await measure('engine: commit', clientCount, async (client, index) => {
    const key = objectKey(client);
    const outcome = await store.commit({
      checks: [{ key, version: versions.get(client) }],
      puts: [
        { key, value: smallValue },
        { key: extentKey(client, index), value: largeValue },
      ],
      sums: [{ key: counterKey, delta: 1500n }],
    });
    if (!outcome.committed) throw new Error('A check failed that could not fail');
    versions.set(client, outcome.version);
  });
  const { commitCount } = store.statistics();
  row['commits/sync'] = Number((commitCount / batchCount).toFixed(1));
  const readStartMs = performance.now();
  const readCount = 20_000;
  for (let index = 0; index < readCount; index += 1) await store.get(objectKey(index % clientCount));
  console.log(
    `get of 400 B, ${clientCount} keys: ${(((performance.now() - readStartMs) / readCount) * 1000).toFixed(2)} µs`,
  );
  await store.close();
}

/** @param {string} name @returns {import('lmdb').RootDatabaseOptionsWithPath} */
const settings = (name) => ({
  path: join(scratch, name),
  noSubdir: false,
  overlappingSync: false,
  keyEncoding: 'binary',
  encoding: 'binary',
  mapSize: 2 ** 36,
});

/** @param {import('lmdb').RootDatabase} database @param {number} client @param {number} index */
function writeInside(database, client, index) {
  database.getBinary(objectKey(client));
  database.put(objectKey(client), smallValue);
  database.put(extentKey(client, index), largeValue);
  const counter = database.getBinary(counterKey) ?? Buffer.alloc(8);
  counter.writeBigInt64LE(counter.readBigInt64LE(0) + 1500n, 0);
  database.put(counterKey, counter);
}

/** @param {number} clientCount */
async function measureBinding(clientCount) {
  const callbacks = open(settings(`transaction-${clientCount}`));
  await measure('binding: transaction() callback', clientCount, (client, index) =>
    callbacks.transaction(() => writeInside(callbacks, client, index)),
  );
  await callbacks.close();

  const batches = open({ ...settings(`if-version-${clientCount}`), useVersions: true });
  const versions = new Map();
  await measure('binding: ifVersion() batch, no sum', clientCount, async (client, index) => {
    const key = objectKey(client);
    const version = Math.random();
    const held = await batches.ifVersion(key, versions.get(client) ?? null, () => {
      batches.put(key, smallValue, version);
      batches.put(extentKey(client, index), largeValue, version);
    });
    if (!held) throw new Error('A check failed that could not fail');
    versions.set(client, version);
  });
  await batches.close();

  const own = open(settings(`transaction-sync-${clientCount}`));
  /** @type {{ client: number, index: number, resolve: (done: undefined) => void }[]} */
  let waiting = [];
  await measure('binding: transactionSync() on the main thread, own queue', clientCount, (client, index) => {
    return new Promise((resolve) => {
      if (waiting.push({ client, index, resolve }) > 1) return;
      setImmediate(() => {
        const batch = waiting;
        waiting = [];
        own.transactionSync(() => {
          for (const each of batch) writeInside(own, each.client, each.index);
        });
        for (const each of batch) each.resolve(undefined);
      });
    });
  });
  await own.close();
}

try {
  await measureBareSync();
  for (const clientCount of [1, 64]) {
    await measureEngine(clientCount);
    if (options.binding) await measureBinding(clientCount);
  }
  console.table(rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
