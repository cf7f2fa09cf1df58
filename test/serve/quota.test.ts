/**
 * Quotas and rates as an operator sets them with `annals quota`, against a real server: what is refused, what passes,
 * and what a restart keeps.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, type AccountRequest, allow, type Keys, outcomeOf } from '../access-control/account.js';
import { succeed } from '../backup/commands.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'examplebucket';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;

async function start(quotas: object = {}): Promise<void> {
  const config = join(folder.path, 'annals.json');
  await writeFile(config, JSON.stringify({ quotas }));
  const flags = ['--config', config];
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET, 'other'], flags });
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

/** Runs the command in this process. */
function quota(...words: readonly string[]): Promise<string> {
  return succeed(['quota', ...words], server);
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

test('requests a second: one too many gets Retry-After, and others are not held up', async () => {
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
  expect((await account.admin('PUT', `limits/buckets/${BUCKET}`, { requestsPerSecondMax: -1 })).status).toBe(400);
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.endpoint}/-/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

test('of a user: all buckets that the user made count, for every writer and operation, and no other buckets', async () => {
  const everything = [allow('oss:*', '*')];
  const [owner, guest] = [await account.makeUser('owner', everything), await account.makeUser('guest', everything)];
  for (const bucket of ['owned-1', 'owned-2']) expect(await outcome({ method: 'PUT', bucket }, owner)).toBe('200');
  expect(await outcome({ method: 'PUT', bucket: 'of-guest' }, guest)).toBe('200');
  expect(await outcome(put('before', 1000, 'owned-1'), guest)).toBe('200');
  expect(await quota('set', '--user', 'owner', '--bytes', '3000', '--objects', '3')).toBe(
    'user  owner  bytes 3000  objects 3\n',
  );
  expect(await outcome(put('a', 1500, 'owned-2'), owner)).toBe('200');
  expect(await outcome(put('b', 501, 'owned-1'), owner)).toBe('403 QuotaExceeded');
  expect(await outcome(put('b', 501, 'owned-2'), guest)).toBe('403 QuotaExceeded');
  const copy = { method: 'PUT', bucket: 'owned-2', key: 'c', headers: { 'x-oss-copy-source': '/owned-2/a' } };
  expect(await outcome(copy)).toBe('403 QuotaExceeded');
  const append = { method: 'POST', bucket: 'owned-1', key: 'log', query: { append: '', position: '0' } };
  expect(await outcome({ ...append, body: 'x'.repeat(501) })).toBe('403 QuotaExceeded');
  expect(await outcome({ ...append, body: 'x'.repeat(500) })).toBe('200');
  expect(await outcome(put('empty', 0, 'owned-1'))).toBe('403 QuotaExceeded');
  expect(await outcome(put('elsewhere', 10_000, 'of-guest'), owner)).toBe('200');
  expect(await quota('show', '--user', 'owner')).toContain('holds: 3000 bytes, 3 objects');
  expect(await metric('annals_quota_used_bytes{kind="user",name="owner"}')).toBe(3000);
  expect(await metric('annals_quota_objects{kind="user",name="owner"}')).toBe(3);
  expect(await outcome({ method: 'DELETE', bucket: 'owned-1', key: 'log' })).toBe('204');
  account.close();
  await server.stop();
  await start();
  expect(await outcome(put('b', 501, 'owned-1'))).toBe('403 QuotaExceeded');
  expect(await outcome(put('b', 500, 'owned-1'))).toBe('200');
  // A new user of the same name starts without quota.
  await account.change('DELETE', 'users/owner');
  expect((await account.admin('GET', 'limits/users/owner')).status).toBe(404);
});

test('defaults hold for every bucket and user without a limit of their own, and for those that come later', async () => {
  account.close();
  await server.stop();
  await start({ 'bucket-length': '2KB', 'user-objects': 2, 'user-requests-per-second': 1000 });
  const maker = await account.makeUser('maker', [allow('oss:*', '*')]);
  expect(await outcome({ method: 'PUT', bucket: 'made-later' }, maker)).toBe('200');
  expect(await outcome(put('a', 2000, 'made-later'), maker)).toBe('200');
  expect(await outcome(put('b', 1, 'made-later'), maker)).toBe('403 QuotaExceeded');
  await quota('set', '--bucket', 'made-later', '--bytes', '3KB');
  expect(await outcome(put('b', 1000, 'made-later'), maker)).toBe('200');
  expect(await outcome(put('c', 0, 'made-later'))).toBe('403 QuotaExceeded');
  await quota('set', '--user', 'maker', '--objects', '3');
  expect(await outcome(put('c', 0, 'made-later'))).toBe('200');
  account.close();
  await server.stop();
  await start();
  expect(await outcome(put('d', 1, 'made-later'))).toBe('403 QuotaExceeded');
});

test('bytes a second: uploads and answers wait with all their bytes intact, and others go on meanwhile', async () => {
  const body = Buffer.from(Array.from({ length: 120_000 }, (_, index) => index % 251));
  expect(await outcome({ method: 'PUT', bucket: 'other', key: 'large', body })).toBe('200');
  const before = await metric('annals_transfer_wait_seconds_total');
  await quota('delete', '--bucket', BUCKET);
  // Some eight seconds for what another bucket takes at once, so that a slow machine does not turn them round.
  await quota('set', '--bucket', 'other', '--bytes-per-second', '25KB');
  const ended: string[] = [];
  const note = async <Result>(name: string, work: Promise<Result>): Promise<Result> => {
    const result = await work;
    ended.push(name);
    return result;
  };
  const append = { method: 'POST', bucket: 'other', key: 'paced', query: { append: '', position: '0' } };
  const reading = note('read', account.send({ method: 'GET', bucket: 'other', key: 'large' }, account.root));
  const writing = note('write', account.send({ ...append, body }, account.root));
  await until(async () => (await metric('annals_transfer_wait_seconds_total')) > before);
  expect(await note('else', outcome({ method: 'PUT', bucket: BUCKET, key: 'large', body }))).toBe('200');
  const read = await reading;
  expect([read.status, read.body.equals(body)]).toEqual([200, true]);
  expect((await writing).status).toBe(200);
  expect(ended[0]).toBe('else');
  await quota('delete', '--bucket', 'other');
  const written = await account.send({ method: 'GET', bucket: 'other', key: 'paced' }, account.root);
  expect(written.body.equals(body)).toBe(true);
});

test('bytes a second of a user: where many wait already one more gets 503, and nothing of it is stored', async () => {
  const slow = await account.makeUser('slow', [allow('oss:*', '*')]);
  await quota('set', '--user', 'slow', '--bytes-per-second', '1');
  const crowd = new Account(server);
  const answers: string[] = [];
  for (let index = 0; index < 40; index += 1) {
    const sending = crowd.send(put(`crowd-${index}`, 100, 'other'), slow);
    void sending.then(
      ({ status, headers }) => answers.push(`${index} ${status} ${headers['retry-after']}`),
      () => undefined,
    );
  }
  await until(async () => answers.length > 0);
  const [refused = ''] = answers;
  expect(refused).toMatch(/ 503 [1-9]/);
  expect(await outcome({ method: 'HEAD', bucket: 'other', key: `crowd-${Number.parseInt(refused, 10)}` })).toMatch(
    /^404/,
  );
  expect(await outcome(put('from-root', 100, 'other'))).toBe('200');
  expect(await metric('annals_shed_total{reason="transfer"}')).toBeGreaterThan(0);
  // A client that leaves waits no longer.
  crowd.close();
  await until(async () => (await metric('annals_limited{resource="connections"}')) < 10);
  // Up to nine of them are still there then.
  await until(async () => (await metric('annals_limited{resource="read-ahead-bytes"}')) === 0);
});
