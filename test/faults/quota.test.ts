/** Quotas and rates as an operator sets them with `annals quota`, against a real server: what is refused, what passes, and what a restart keeps. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, type AccountRequest, allow, type Keys, outcomeOf } from '../access-control/account.js';
import { type ServerProcess, startServerProcess, temporaryFolder } from '../harness/server-process.js';

const BUCKET = 'examplebucket';
const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;

async function start(): Promise<void> {
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET, 'other'] });
  account = new Account(server);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await start();
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

async function quota(...words: readonly string[]): Promise<string> {
  const { accessKeyId, accessKeySecret } = account.root;
  const keys = { OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret };
  const env = { ...process.env, OSS_ENDPOINT: server.endpoint, ...keys };
  return (await promisify(execFile)(process.execPath, [ANNALS, 'quota', ...words], { env })).stdout;
}

async function outcome(request: AccountRequest, keys: Keys = account.root): Promise<string> {
  return outcomeOf(await account.send(request, keys));
}

function put(key: string, lengthBytes: number, bucket = BUCKET): AccountRequest {
  return { method: 'PUT', bucket, key, body: 'x'.repeat(lengthBytes) };
}

test('bytes: uploads, appends, copies and completed uploads past the quota are 403, deleting and reading pass', async () => {
  expect(await quota('set', '--bucket', BUCKET, '--bytes', '300KB')).toBe(`bucket  ${BUCKET}  bytes 300000\n`);
  expect(await outcome(put('a', 200_000))).toBe('200');
  expect(await outcome(put('b', 150_000))).toBe('403 QuotaExceeded');
  const append = { method: 'POST', bucket: BUCKET, key: 'log', query: { append: '', position: '0' } };
  expect(await outcome({ ...append, body: 'x'.repeat(100_001) })).toBe('403 QuotaExceeded');
  expect(await outcome({ ...append, body: 'x'.repeat(50_000) })).toBe('200');
  const copy = { method: 'PUT', bucket: BUCKET, key: 'copy', headers: { 'x-oss-copy-source': `/${BUCKET}/a` } };
  expect(await outcome(copy)).toBe('403 QuotaExceeded');
  expect(await outcome({ ...copy, bucket: 'other' })).toBe('200');

  const parts = { bucket: BUCKET, key: 'parts' };
  const initiated = await account.send({ method: 'POST', ...parts, query: { uploads: '' } }, account.root);
  const uploadId = /<UploadId>(\w+)</.exec(initiated.body.toString())?.[1] ?? '';
  const part = (partNumber: string): AccountRequest => ({
    method: 'PUT',
    ...parts,
    query: { partNumber, uploadId },
    body: 'x'.repeat(45_000),
  });
  expect([await outcome(part('1')), await outcome({ ...part('2'), body: 'x'.repeat(60_000) })]).toEqual([
    '200',
    '403 QuotaExceeded',
  ]);
  expect(await outcome(put('fills', 40_000))).toBe('200');
  const complete = { method: 'POST', ...parts, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } };
  expect(await outcome(complete)).toBe('403 QuotaExceeded');
  expect(await outcome({ method: 'DELETE', bucket: BUCKET, key: 'fills' })).toBe('204');
  expect(await outcome(complete)).toBe('200');
  expect(await outcome({ method: 'GET', bucket: BUCKET, key: 'parts' })).toBe('200');
  expect(await quota('show', '--bucket', BUCKET)).toContain('holds: 295000 bytes, 3 objects');
});

test('a quota outlives a restart, and one below what is there refuses growth alone', async () => {
  await quota('set', '--bucket', BUCKET, '--bytes', '100KB', '--objects', '2');
  account.close();
  await server.stop();
  await start();
  expect(await outcome(put('more', 1))).toBe('403 QuotaExceeded');
  expect(await outcome(put('a', 100_000))).toBe('200');
  expect(await outcome(put('more', 1, 'other'))).toBe('200');
  expect(await outcome({ method: 'DELETE', bucket: BUCKET, key: 'a' })).toBe('204');
  await quota('delete', '--bucket', BUCKET);
  expect(await outcome(put('more', 1))).toBe('200');
});

test('requests a second: the one too many is told when to come back, and others are not held up', async () => {
  const everything = [allow('oss:*', '*')];
  const [busy, calm] = [await account.makeUser('busy', everything), await account.makeUser('calm', everything)];
  await quota('set', '--user', 'busy', '--requests-per-second', '1');
  const answers = await Promise.all(Array.from({ length: 10 }, () => account.send(put('rate', 1, 'other'), busy)));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) {
    expect([outcomeOf(answer), answer.headers['retry-after']]).toEqual(['503 SlowDown', '1']);
  }
  expect(await outcome(put('rate', 1, 'other'), calm)).toBe('200');
  expect((await account.admin('PUT', 'limits/users/nobody', { requestsPerSecondMax: 1 })).status).toBe(404);
  expect((await account.admin('PUT', 'limits/users/busy', { lengthBytesMax: 1 })).status).toBe(400);
  expect((await account.admin('PUT', `limits/buckets/${BUCKET}`, { requestsPerSecondMax: -1 })).status).toBe(400);
});
