/**
 * Background work that one gateway at a time does: it spares what readers of other gateways have open, its orders hold
 * at all of them, and another gateway takes it over when the one that did it is killed.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Account } from '../access-control/account.js';
import { fileLengthsBelow } from '../harness/files-below.js';
import { begin, readBody } from '../harness/http-exchange.js';
import type { ServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';
import { type Cluster, startCluster } from './cluster.js';

const BUCKET = 'background';
const MIB = 1024 * 1024;
/** Longer than what sockets and servers hold of it while nobody takes it. */
const LONG = randomBytes(48 * MIB);
/** In rows, of which more than 4 MiB are worth a blob. */
const SHORT = randomBytes(100_000);
const APPEND_COUNT = 60;

let cluster: Cluster;
/** The first to start: it does all background work. */
let worker: ServerProcess;
let other: ServerProcess;

beforeAll(async () => {
  // A reader of a test may stand still for as long as several sweeps of a busy machine take.
  const timeouts = { idle: '10m', 'rate-window': '10m' };
  cluster = await startCluster({ buckets: [BUCKET], settings: { lifecycle: { interval: '1s' }, timeouts } });
  worker = await cluster.start('worker');
  await until(() => hasRunLifecycle(worker));
  other = await cluster.start('other');
});

afterAll(() => cluster?.remove());

it('garbage stays while another gateway reads it, however slowly, and both gateways know of it', async () => {
  const [here, there] = [new Account(worker), new Account(other)];
  await send(here, 'PUT', 'first', LONG);
  await send(here, 'DELETE', 'first');
  const deletedAtMs = Date.now();
  await until(async () => (await longFileCount()) === 0);
  const sweepMs = Date.now() - deletedAtMs;
  await send(here, 'PUT', 'read', LONG);
  const reading = await begin(there.signed({ method: 'GET', bucket: BUCKET, key: 'read' }, there.root));
  await send(here, 'DELETE', 'read');
  expect((await there.send({ method: 'HEAD', bucket: BUCKET, key: 'read' }, there.root)).status).toBe(404);
  await until(async () => (await garbageCount(here)) > 0 && (await garbageCount(there)) > 0);
  await wait(Math.max(3 * sweepMs, 6000));
  expect(await longFileCount()).toBeGreaterThan(0);
  expect((await readBody(reading)).equals(LONG)).toBe(true);
  await until(async () => (await longFileCount()) === 0);
  await until(async () => (await garbageCount(here)) === 0 && (await garbageCount(there)) === 0);
  here.close();
  there.close();
});

it('the scrub is shown, stopped and started at any gateway', async () => {
  const [here, there] = [new Account(worker), new Account(other)];
  await until(async () => Number((await scrubOf(here)).passCount) > 0);
  // What is kept is shown elsewhere.
  await until(async () => (await scrubOf(there)).passCount === (await scrubOf(here)).passCount);
  const { passCount } = await scrubOf(here);
  await there.change('POST', 'scrub/stop');
  expect([(await scrubOf(here)).isRunning, (await scrubOf(there)).isRunning]).toEqual([false, false]);
  await here.change('POST', 'scrub/start');
  await until(async () => Number((await scrubOf(there)).passCount) > Number(passCount));
  expect([(await scrubOf(here)).isRunning, (await scrubOf(there)).isRunning]).toEqual([true, true]);
  here.close();
  there.close();
});

it('another gateway takes over all background work when the one that did it is killed', async () => {
  const account = new Account(other);
  expect(hasRunLifecycle(other)).toBe(false);
  const { passCount } = await scrubOf(account);
  await cluster.kill('worker');
  await send(account, 'PUT', 'gone', LONG);
  await send(account, 'DELETE', 'gone');
  await until(async () => (await longFileCount()) === 0);
  for (let count = 0; count < APPEND_COUNT; count += 1) {
    await send(account, 'POST', 'log', SHORT, { append: '', position: String(count * SHORT.length) });
  }
  await until(async () => (await extentCount()) < APPEND_COUNT / 2);
  await until(() => hasRunLifecycle(other));
  await until(async () => Number((await scrubOf(account)).passCount) > Number(passCount));
  const read = await account.send({ method: 'GET', bucket: BUCKET, key: 'log' }, account.root);
  expect(read.body.equals(Buffer.concat(Array.from({ length: APPEND_COUNT }, () => SHORT)))).toBe(true);
  account.close();
});

async function send(
  account: Account,
  method: string,
  key: string,
  body?: Uint8Array,
  query: Readonly<Record<string, string>> = {},
): Promise<void> {
  const request = { method, bucket: BUCKET, key, query, ...(body !== undefined && { body }) };
  const answer = await account.send(request, account.root);
  if (answer.status >= 300) throw new Error(`${method} ${key}: ${answer.status} ${answer.body.toString()}`);
}

/** Files of the S3 server that are parts of long bodies. */
async function longFileCount(): Promise<number> {
  const lengths = await fileLengthsBelow(join(cluster.bodies.folder, 'bodies'));
  return [...lengths.values()].filter((length) => length >= MIB).length;
}

/** Rows of extents, of all objects. */
async function extentCount(): Promise<number> {
  const [count] = await cluster.database().query("SELECT count(*) FROM annals.rows WHERE key >= 'E' AND key < 'F'");
  return Number(count);
}

async function garbageCount(account: Account): Promise<number> {
  const { status } = await account.change('GET', 'status');
  return (status as { garbage: { noteCount: number } }).garbage.noteCount;
}

async function scrubOf(account: Account): Promise<Readonly<Record<string, unknown>>> {
  return (await account.change('GET', 'scrub')).scrub as Readonly<Record<string, unknown>>;
}

function hasRunLifecycle(gateway: ServerProcess): boolean {
  return gateway.output().stderr.includes('"lifecycle run"');
}
