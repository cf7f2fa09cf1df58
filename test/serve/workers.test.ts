/**
 * `annals serve --workers 2` as clients and operators meet it: one store behind two processes, what one of them knows
 * the other knows, and what concerns both is answered by either.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, type Keys } from '../access-control/account.js';
import { begin } from '../harness/http-exchange.js';
import { RawConnection } from '../harness/raw-connection.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { childrenOf, killWorker } from '../harness/worker-processes.js';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));
const bucket = 'examplebucket';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
/** Each has a connection of its own, and connections go to the workers by turns. */
let clients: [Account, Account];

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [bucket], flags: ['--workers', '2'] });
  clients = [new Account(server), new Account(server)];
});

afterAll(async () => {
  for (const client of clients) client.close();
  expect(await server.stop()).toBe(0);
  await folder.remove();
});

const client = (index: number): Account => clients[index % 2] as Account;

function append(account: Account, key: string, position: number | 'auto', body: string) {
  const query = { append: '', position: String(position) };
  return account.send({ method: 'POST', bucket, key, query, body }, account.root);
}

test('appends by two workers follow one another, with positions and without', async () => {
  let content = '';
  for (let index = 0; index < 40; index += 1) {
    const body = `line ${index}\n`;
    const answer = await append(client(index), 'positions', content.length, body);
    expect(answer.status).toBe(200);
    content += body;
    // The other worker knows it, also that the position before is wrong now.
    const read = await client(index + 1).send({ method: 'GET', bucket, key: 'positions' }, client(0).root);
    expect(read.body.toString()).toBe(content);
    const stale = await append(client(index + 1), 'positions', content.length - body.length, 'stale');
    expect([stale.status, stale.headers['x-oss-next-append-position']]).toEqual([409, String(content.length)]);
  }
  const lines = Array.from({ length: 200 }, (_, index) => `${String(index).padStart(4, '0')}\n`);
  const answers = await Promise.all(lines.map((line, index) => append(client(index), 'auto', 'auto', line)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const ends = answers.map(({ headers }) => Number(headers['x-oss-next-append-position']));
  const whole = (await client(0).send({ method: 'GET', bucket, key: 'auto' }, client(0).root)).body.toString();
  for (const [index, line] of lines.entries()) expect(whole.slice((ends[index] ?? 0) - 5, ends[index])).toBe(line);
  expect(whole).toHaveLength(1000);
  // The log is written four times a second.
  const served = () => [...server.output().stderr.matchAll(/"worker":(\d).*"operation":"AppendObject"/g)];
  await expect.poll(() => new Set(served().map(([, worker]) => worker))).toEqual(new Set(['1', '2']));
}, 180_000);

test('a follower at one worker sees at once what comes through the other, and its end', async () => {
  await append(client(0), 'followed', 0, 'first ');
  const following = client(0).signed({ method: 'GET', bucket, key: 'followed', query: { follow: '' } }, client(0).root);
  const incoming = await begin(following);
  let seen = '';
  incoming.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  const ended = once(incoming, 'end');
  let expected = 'first ';
  for (let index = 0; index < 10; index += 1) {
    // Both the other connection and a new one.
    const writer = index % 2 === 0 ? client(1) : new Account(server);
    await append(writer, 'followed', expected.length, `${index} `);
    expected += `${index} `;
    await until(() => seen === expected);
    if (writer !== client(1)) writer.close();
  }
  const seal = { method: 'POST', bucket, key: 'followed', query: { seal: '', position: String(expected.length) } };
  expect((await client(1).send(seal, client(1).root)).status).toBe(200);
  await ended;
  expect(seen).toBe(expected);
}, 180_000);

test('large and middle bodies, uploads in parts and copies are whole through the other worker', async () => {
  for (const lengthBytes of [0, 9000, 70_000, 300_000, 3_000_000]) {
    const key = `body ${lengthBytes}`;
    const body = Buffer.alloc(lengthBytes, `${lengthBytes} bytes `);
    expect((await client(0).send({ method: 'PUT', bucket, key, body }, client(0).root)).status).toBe(200);
    const read = await client(1).send({ method: 'GET', bucket, key }, client(1).root);
    expect(read.body.equals(body)).toBe(true);
    const headers = { 'x-oss-copy-source': `/${bucket}/${encodeURIComponent(key)}` };
    const copy = { method: 'PUT', bucket, key: `copy ${lengthBytes}`, headers };
    expect((await client(1).send(copy, client(1).root)).status).toBe(200);
    const copied = await client(0).send({ method: 'GET', bucket, key: `copy ${lengthBytes}` }, client(0).root);
    expect(copied.body.equals(body)).toBe(true);
  }
  // The middle ones share a file of the worker that took them.
  expect((await readdir(join(folder.path, 'data/blobs/segments'))).length).toBeGreaterThan(0);
}, 180_000);

test('accounts, metrics and the audit log are the same at both workers', async () => {
  const user = await client(0).makeUser('alice', [{ Effect: 'Allow', Action: 'oss:*', Resource: '*' }]);
  const ask = (index: number) => client(index).send({ method: 'GET', bucket, query: { acl: '' } }, user);
  expect([(await ask(0)).status, (await ask(1)).status]).toEqual([200, 200]);
  await client(1).change('DELETE', `users/alice/policies/alice`);
  expect([(await ask(0)).status, (await ask(1)).status]).toEqual([403, 403]);
  const counted = async (): Promise<number> => {
    const page = await (await fetch(`${server.endpoint}/-/metrics`)).text();
    return Number(/^annals_requests_total\{operation="GetBucketAcl",status="403"\} (\d+)$/m.exec(page)?.[1]);
  };
  expect(await counted()).toBe(2);
  const policy = { method: 'PUT', bucket, query: { acl: '' }, headers: { 'x-oss-acl': 'private' } };
  for (const account of clients) expect((await account.send(policy, account.root)).status).toBe(200);
  // Ends with 1 when records of the two workers are not one chain.
  const verify = [ANNALS, 'audit', 'verify', '--data', join(folder.path, 'data')];
  await promisify(execFile)(process.execPath, verify);
}, 180_000);

test('a quota is exact, whichever worker takes the uploads', async () => {
  await client(0).change('PUT', 'limits/buckets/limited', { objectCountMax: 10 });
  expect((await client(1).send({ method: 'PUT', bucket: 'limited' }, client(1).root)).status).toBe(200);
  const puts = Array.from({ length: 30 }, (_, index) =>
    client(index).send({ method: 'PUT', bucket: 'limited', key: `k${index}`, body: 'x' }, client(0).root),
  );
  const statuses = (await Promise.all(puts)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 403)).toHaveLength(20);
}, 180_000);

test('a rotated root key pair is in force at both workers when the answer comes', async () => {
  const data = join(folder.path, 'own');
  const variables = ['-u', 'ANNALS_ROOT_ACCESS_KEY_ID', '-u', 'ANNALS_ROOT_ACCESS_KEY_SECRET'];
  const own = await startServerProcess({ data, flags: ['--workers', '2'], launcher: ['/usr/bin/env', ...variables] });
  const root = JSON.parse(await readFile(join(data, 'root-access-key.json'), 'utf8')) as Keys;
  const accounts = [new Account({ ...own, ...root }), new Account({ ...own, ...root })] as const;
  const { rootAccessKey } = await accounts[0].change('POST', 'root/rotate', { overlapMs: 0 });
  for (const account of accounts) {
    expect((await account.send({ method: 'GET' }, root)).status).toBe(403);
    expect((await account.send({ method: 'GET' }, rootAccessKey as Keys)).status).toBe(200);
  }
  // Also one that starts later.
  await killWorker(own, childrenOf(own.pid), 0);
  for (const account of [new Account(own), new Account(own)]) {
    expect((await account.send({ method: 'GET' }, rootAccessKey as Keys)).status).toBe(200);
    account.close();
  }
  for (const account of accounts) account.close();
  expect(await own.stop()).toBe(0);
}, 180_000);

test('a worker that is killed in the middle of a body leaves nothing of it, and another takes its place', async () => {
  const before = childrenOf(server.pid);
  expect(before).toHaveLength(2);
  const body = Buffer.alloc(2_000_000, 'x');
  const { path, headers } = client(0).signed({ method: 'PUT', bucket, key: 'half', body }, client(0).root);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  for (const index of [0, 1]) {
    const connections = await Promise.all([RawConnection.open(server.port), RawConnection.open(server.port)]);
    for (const connection of connections) {
      await connection.send(`PUT ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
      await connection.send(body.subarray(0, 1_000_000));
    }
    await killWorker(server, childrenOf(server.pid), index);
    for (const connection of connections) connection.destroy();
    const fresh = new Account(server);
    // What a worker that was killed has put into its own file.
    const middle = await fresh.send({ method: 'GET', bucket, key: 'body 70000' }, fresh.root);
    expect(middle.body.length).toBe(70_000);
    for (let count = 0; count < 4; count += 1) {
      expect((await fresh.send({ method: 'HEAD', bucket, key: 'half' }, fresh.root)).status).toBe(404);
      expect((await append(fresh, 'after', 'auto', 'more')).status).toBe(200);
    }
    fresh.close();
  }
  const uploads = await new Account(server).send({ method: 'GET', bucket, query: { uploads: '' } }, client(0).root);
  expect(uploads.body.toString()).not.toContain('<Upload>');
  expect(childrenOf(server.pid)).toHaveLength(2);
  clients = [new Account(server), new Account(server)];
}, 180_000);
