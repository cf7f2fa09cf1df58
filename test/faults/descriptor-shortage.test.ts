/**
 * A process whose every descriptor is taken, at the moment when it needs one: to accept a connection, to bring the
 * journal into the database, to begin another file of the audit log. It has few from the start (`ulimit -n`), and its
 * limit is then lowered to what it has open (`prlimit`), so that not one is left, whatever it holds.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, readdir, readlink } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { AUDIT_FILE_LENGTH_BYTES_MAX, AUDIT_FOLDER_NAME, AuditLog, verifyAuditLog } from '@annals/server';
import { afterEach, expect, test } from 'vitest';
import { Account, outcomeOf } from '../access-control/account.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'examplebucket';
/** The soft limit: only that can be raised again without rights. */
const FEW = ['sh', '-c', 'ulimit -Sn 200; exec "$@"', 'sh'];
const DESCRIPTOR_COUNT = 200;
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Fixture {
  readonly data: string;
  readonly server: ServerProcess;
  readonly account: Account;
}

async function start(data?: string): Promise<Fixture> {
  const folder = data === undefined ? await temporaryFolder() : undefined;
  if (folder !== undefined) closers.push(() => folder.remove());
  const path = data ?? join(folder?.path ?? '', 'data');
  const server = await startServerProcess({ data: path, buckets: [BUCKET], launcher: FEW });
  closers.push(() => server.stop());
  const account = new Account(server);
  closers.push(() => account.close());
  return { data: path, server, account };
}

function setLimit({ pid }: ServerProcess, count: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`]);
}

/** From now on the process can open nothing, and what it has it keeps. */
function refuseAll(server: ServerProcess): void {
  setLimit(server, 3);
}

/** From now on the process can open nothing, but in the place of something that it closes. */
async function takeAll(server: ServerProcess): Promise<void> {
  const held = new Set((await readdir(`/proc/${server.pid}/fd`)).map(Number));
  let free = 0;
  while (held.has(free)) free += 1;
  setLimit(server, free);
}

interface Page {
  /** 0: there was no answer. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** A page of the server's own, on a connection of its own. */
function page({ port }: ServerProcess, path: string): Promise<Page> {
  return new Promise((resolve) => {
    const outgoing = get({ host: '127.0.0.1', port, path, agent: false });
    outgoing.on('error', () => resolve({ status: 0, retryAfter: undefined, text: '' }));
    outgoing.on('response', async (answer) => {
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], text });
    });
  });
}

async function append({ account }: Fixture, position: number): Promise<string> {
  const query = { append: '', position: String(position) };
  return outcomeOf(
    await account.send({ method: 'POST', bucket: BUCKET, key: 'log', query, body: 'line' }, account.root),
  );
}

async function countShortages(server: ServerProcess): Promise<number> {
  const { text } = await page(server, '/-/metrics');
  return Number(/^annals_shed_total\{reason="descriptors"\} (\d+)$/m.exec(text)?.[1]);
}

/** Both copies of both heads of the tree: each checkpoint writes one, and nothing else does. */
async function headsOf(data: string): Promise<string> {
  const file = await open(join(data, 'metadata', 'data.mdb'), 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(16_384), 0, 16_384, 0);
    return createHash('sha256').update(buffer).digest('hex');
  } finally {
    await file.close();
  }
}

/** Descriptors of the journal: the process has one of each of its two files, a checkpoint one more of that it reads. */
async function journalDescriptorCount({ pid }: ServerProcess): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => ''));
  return (await Promise.all(links)).filter((path) => /\/journal-[01]$/.test(path)).length;
}

/** The heads when no checkpoint is under way, where none can begin; how long its syncs take is up to the disk. */
async function settledHeadsOf({ data, server }: Fixture): Promise<string> {
  await until(async () => (await journalDescriptorCount(server)) === 2);
  return headsOf(data);
}

test('connections that find no descriptor get 503 with Retry-After, repeatedly; then everything is as before', async () => {
  const fixture = await start();
  const { server } = fixture;
  // Opens the connection that goes on.
  expect(await append(fixture, 0)).toBe('200');
  await takeAll(server);
  for (let round = 0; round < 3; round += 1) {
    await until(async () => {
      const { status, retryAfter } = await page(server, '/-/healthz');
      // Just before it is seen that there are none, the system closes connections without an answer.
      expect([0, 200, 503]).toContain(status);
      if (status === 503) expect(retryAfter).toBe('1');
      return status === 503;
    });
    expect(await append(fixture, 4 + round * 4)).toBe('200');
  }
  await until(async () => server.output().stderr.includes('connections cannot be accepted'));
  setLimit(server, DESCRIPTOR_COUNT);
  await until(async () => (await page(server, '/-/readyz')).status === 200);
  const shortageCount = await countShortages(server);
  expect(shortageCount).toBeGreaterThan(0);
  // What was given up is held again: it helps once more.
  await takeAll(server);
  await until(async () => (await page(server, '/-/healthz')).status === 503);
  setLimit(server, DESCRIPTOR_COUNT);
  await until(async () => (await page(server, '/-/healthz')).status === 200);
  // The server could close nothing that would help: a new connection waits, and is answered when the shortage is over.
  refuseAll(server);
  // First: its connection has been idle for so long that it would be closed for the new one.
  const appending = append(fixture, 16);
  const waiting = page(server, '/-/healthz');
  expect(await appending).toBe('200');
  setLimit(server, DESCRIPTOR_COUNT);
  expect([200, 503]).toContain((await waiting).status);
  await until(async () => (await page(server, '/-/healthz')).status === 200);
  expect(await countShortages(server)).toBeGreaterThan(shortageCount);
});

test('a checkpoint that finds no descriptor is tried again by itself, and commits go on meanwhile', async () => {
  const fixture = await start();
  const { data, server } = fixture;
  const empty = await headsOf(data);
  expect(await append(fixture, 0)).toBe('200');
  await until(async () => (await headsOf(data)) !== empty);
  refuseAll(server);
  const before = await settledHeadsOf(fixture);
  let lineCount = 1;
  // One would be due after half a second, and is tried a second later.
  for (const endMs = Date.now() + 3000; Date.now() < endMs; lineCount += 1) {
    expect(await append(fixture, lineCount * 4)).toBe('200');
  }
  expect(await headsOf(data)).toBe(before);
  setLimit(server, DESCRIPTOR_COUNT);
  // Nobody asks for anything.
  await until(async () => (await headsOf(data)) !== before);
  expect(await append(fixture, lineCount * 4)).toBe('200');
  await server.kill();
  const again = await start(data);
  const { body } = await again.account.send({ method: 'GET', bucket: BUCKET, key: 'log' }, again.account.root);
  expect(String(body)).toBe('line'.repeat(lineCount + 1));
});

test('an audit log that finds no descriptor for its next file refuses changes, and takes them with the next record that finds one', async () => {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const data = join(folder.path, 'data');
  const auditFolder = join(data, AUDIT_FOLDER_NAME);
  // A bucket and a start are recorded before it is known how much room that takes; a second start takes as much.
  await (await start(data)).server.stop();
  const log = await AuditLog.open({ folder: auditFolder, fileLengthBytesMax: Number.POSITIVE_INFINITY });
  const padding = { phase: 'event', action: 'test.Padding', actor: { kind: 'operator' }, result: 'done' } as const;
  for (let leftBytes = AUDIT_FILE_LENGTH_BYTES_MAX; leftBytes > 0; leftBytes -= 1024 * 1024) {
    // Up to a start, which is then the last record that the file takes.
    await log.append({ ...padding, detail: { text: 'x'.repeat(1024 * 1024 - (leftBytes > 1024 * 1024 ? 0 : 4096)) } });
  }
  await log.close();
  const fixture = await start(data);
  const { server, account } = fixture;
  const change = async (): Promise<string> => {
    const headers = { 'x-oss-acl': 'private' };
    const query = { acl: '' };
    const { status, headers: told } = await account.send(
      { method: 'PUT', bucket: BUCKET, query, headers },
      account.root,
    );
    return `${status} ${told['retry-after'] ?? ''}`.trim();
  };
  expect(await append(fixture, 0)).toBe('200');
  refuseAll(server);
  // The file that is open takes what fits.
  let outcome = await change();
  for (let count = 0; outcome === '200' && count < 50; count += 1) outcome = await change();
  expect(outcome).toBe('503 10');
  expect(await change()).toBe('503 10');
  expect(await readdir(auditFolder)).toHaveLength(1);
  // What is not recorded goes on.
  expect(await append(fixture, 4)).toBe('200');
  setLimit(server, DESCRIPTOR_COUNT);
  await until(async () => (await change()) === '200');
  expect(await readdir(auditFolder)).toHaveLength(2);
  expect(await server.stop()).toBe(0);
  expect(await verifyAuditLog(auditFolder)).toMatchObject({ isIntact: true, fileCount: 2, openIntents: [] });
});
