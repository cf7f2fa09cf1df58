/**
 * A process that has no descriptors left, over real sockets and files: it lives, says so with 503 and when to come
 * back, keeps the certificate it has, and recovers when they are given back. And handshakes, which hold descriptors
 * before anything is known of the caller.
 */

import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Account, type AccountRequest, outcomeOf } from '../access-control/account.js';
import { freePort } from '../harness/free-port.js';
import { RawConnection } from '../harness/raw-connection.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { signRequest } from '../harness/sign-request.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'examplebucket';
const MEBIBYTE = 1024 * 1024;
const DESCRIPTOR_COUNT_MAX = 128;
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Fixture {
  readonly server: ServerProcess;
  readonly account: Account;
  readonly securePort: number;
  useCertificate(which: 'first' | 'second'): Promise<void>;
}

async function start(limits: object, launcher: readonly string[] = [], more: object = {}): Promise<Fixture> {
  const folder = await temporaryFolder();
  closers.push(() => folder.remove());
  const useCertificate = async (which: 'first' | 'second'): Promise<void> => {
    for (const name of ['certificate', 'key']) {
      const path = `../../packages/server/src/testing/certificates/test-only-${which}-${name}.pem`;
      await copyFile(fileURLToPath(new URL(path, import.meta.url)), join(folder.path, `${name}.pem`));
    }
  };
  await useCertificate('first');
  const securePort = await freePort();
  const tls = {
    port: securePort,
    certificate: join(folder.path, 'certificate.pem'),
    key: join(folder.path, 'key.pem'),
  };
  const config = join(folder.path, 'annals.json');
  const timeouts = { 'certificate-reload': '100ms', linger: '500ms' };
  await writeFile(config, JSON.stringify({ 'log-level': 'info', limits, tls, timeouts, ...more }));
  const server = await startServerProcess({
    data: join(folder.path, 'data'),
    buckets: [BUCKET],
    flags: ['--config', config],
    launcher,
  });
  closers.push(() => server.stop());
  const account = new Account(server);
  closers.push(() => account.close());
  return { server, account, securePort, useCertificate };
}

async function open(port: number): Promise<RawConnection> {
  const connection = await RawConnection.tryOpen(port);
  closers.push(() => connection.destroy());
  return connection;
}

/** A page of the server's own, on a connection of its own; status 0 when there is no answer. */
function page({ port }: ServerProcess, path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const outgoing = get({ host: '127.0.0.1', port, path, agent: false });
    outgoing.on('error', () => resolve({ status: 0, text: '' }));
    outgoing.on('response', async (answer) => {
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      resolve({ status: answer.statusCode ?? 0, text });
    });
  });
}

async function metric(server: ServerProcess, name: string): Promise<number> {
  let text = '';
  await until(async () => {
    const answer = await page(server, '/-/metrics');
    text = answer.text;
    return answer.status === 200;
  });
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

/** Common name of the certificate that a new connection is shown; nothing when the connection is refused. */
async function shownName(port: number): Promise<string | undefined> {
  const connection = await RawConnection.open(port, { isSecure: true }).catch(() => undefined);
  if (connection === undefined) return undefined;
  const name = connection.shownName;
  connection.destroy();
  return name;
}

/** Begins an upload of four MiB that holds a file open, and sends half of it. */
async function beginUpload({ server, account }: Fixture, key: string): Promise<RawConnection> {
  const connection = await open(server.port);
  const signed = signRequest(
    { method: 'PUT', bucket: BUCKET, key, query: {}, headers: {} },
    'v1',
    account.root,
    Date.now(),
  );
  const lines = Object.entries({ host: 'localhost', 'content-length': String(4 * MEBIBYTE), ...signed.headers });
  void connection.send(
    `PUT /${BUCKET}/${key} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  void connection.send(Buffer.alloc(2 * MEBIBYTE, 'x'));
  return connection;
}

test('uploads that hold every descriptor: more get 503 and Retry-After, appends go on, and nothing is left of it', async () => {
  const fixture = await start({ connections: 10_000 }, [
    'sh',
    '-c',
    `ulimit -n ${DESCRIPTOR_COUNT_MAX}; exec "$@"`,
    'sh',
  ]);
  const { server, account, securePort, useCertificate } = fixture;
  const put = (key: string, lengthBytes: number): AccountRequest => ({
    method: 'PUT',
    bucket: BUCKET,
    key,
    body: 'x'.repeat(lengthBytes),
  });
  // Long enough for a file of its own, which every reader opens.
  expect(outcomeOf(await account.send(put('large', 2 * MEBIBYTE), account.root))).toBe('200');
  let position = 0;
  const append = async (): Promise<void> => {
    const query = { append: '', position: String(position) };
    const request = { method: 'POST', bucket: BUCKET, key: 'log', query, body: 'line' };
    expect(outcomeOf(await account.send(request, account.root))).toBe('200');
    position += 'line'.length;
  };
  // Opens the connection that goes on.
  await append();
  const descriptorCount = async () => (await readdir(`/proc/${server.pid}/fd`)).length;
  const baseCount = await descriptorCount();
  const uploads: RawConnection[] = [];
  const refusedUploads = () => uploads.filter(({ pending }) => pending !== '');
  for (let index = 0; refusedUploads().length === 0 && index < 200; index += 1) {
    uploads.push(await beginUpload(fixture, `held-${index}`));
    // A server without descriptors closes a connection that has been idle for a second; this one must not be idle.
    await append();
    if (index > 20) await pause(20);
  }
  const [refused] = refusedUploads();
  expect(refused?.pending).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: [1-9]/);
  await useCertificate('second');
  for (let count = 0; count < 3; count += 1) await append();
  const idle: RawConnection[] = [];
  await until(async () => {
    const { status, headers } = await account.send({ method: 'GET', bucket: BUCKET, key: 'large' }, account.root);
    if (status !== 503) {
      // An upload takes two descriptors, and gives its connection back when it cannot have the second.
      if (DESCRIPTOR_COUNT_MAX - (await descriptorCount()) > 2) {
        uploads.push(await beginUpload(fixture, `held-${uploads.length}`));
      } else idle.push(await open(server.port));
      return false;
    }
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    return true;
  });
  for (const connection of [...idle, ...uploads]) connection.destroy();
  // Threads that were started meanwhile keep a few; of the uploads there were more than forty.
  await until(async () => (await descriptorCount()) <= baseCount + 10);
  await until(async () => (await shownName(securePort)) === 'annals-test-only-second');
  const large = await account.send({ method: 'GET', bucket: BUCKET, key: 'large' }, account.root);
  expect([large.status, large.body.length]).toEqual([200, 2 * MEBIBYTE]);
  await until(async () => outcomeOf(await account.send(put('large', 2 * MEBIBYTE), account.root)) === '200');
  // New connections are refused for up to a second more.
  await until(async () => (await page(server, '/-/readyz')).status === 200);
  // Nothing is damaged because it could not be opened for a while.
  expect(await metric(server, 'annals_damage_total{kind="unreadable",found_by="request"}')).toBe(0);
});

test('handshakes have places as connections have: by address, and in all', async () => {
  const { server, securePort } = await start({ 'connections-per-address': 6 });
  const silent = await Promise.all(Array.from({ length: 8 }, () => open(securePort)));
  await until(async () => {
    // A client that asks for it has no place either.
    const connection = await open(server.port);
    await connection.send('GET /-/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const text = await connection.ended();
    if (text.startsWith('HTTP/1.1 503 ') && text.includes('Retry-After: 1')) return true;
    // One of the silent ones came when this one had its place.
    silent.push(await open(securePort));
    return false;
  });
  // One whose handshake can be ended is told why.
  const told = await new Promise<{ status: number | undefined; retryAfter: string | undefined }>((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: securePort,
      path: '/-/healthz',
      rejectUnauthorized: false,
      agent: false,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, retryAfter: answer.headers['retry-after'] });
    });
    outgoing.end();
  });
  expect(told).toEqual({ status: 503, retryAfter: '1' });
  for (const connection of silent) connection.destroy();
  await until(async () => (await page(server, '/-/healthz')).status === 200);
  expect(await metric(server, 'annals_shed_total{reason="connection-address"}')).toBeGreaterThan(0);
});

/**
 * Opens more and more connections that say nothing, until they hold all places, and one of them has made room for a
 * client that was answered.
 */
async function serveBesideSilentOnes({ server, account, securePort }: Fixture): Promise<void> {
  const silent = await Promise.all(Array.from({ length: 8 }, () => open(securePort)));
  await until(async () => {
    const answer = await account
      .send({ method: 'PUT', bucket: BUCKET, key: 'a', body: 'x' }, account.root)
      .catch(() => ({ status: 0 }));
    if (answer.status !== 200) return false;
    if ((await metric(server, 'annals_shed_total{reason="connection-evicted"}')) > 0) return true;
    // A server accepts them some time after they are connected. One that came when a client had its place was closed.
    silent.push(await open(securePort));
    return false;
  });
  for (const connection of silent) connection.destroy();
}

test('silent handshakes keep no client out: the oldest makes room', async () => {
  await serveBesideSilentOnes(await start({ connections: 8 }));
});

test('connections whose header of the PROXY protocol does not come keep no client out: the oldest makes room', async () => {
  const proxies = { 'trusted-proxies': ['127.0.0.1'], 'proxy-protocol': ['tls'] };
  await serveBesideSilentOnes(await start({ connections: 8 }, [], proxies));
});
