/**
 * The doors of a server with two workers: TLS, the PROXY protocol in front of both listeners, and how it leaves. The
 * process that keeps the store accepts each connection, and a worker speaks on it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Account } from '../access-control/account.js';
import { freePort } from '../harness/free-port.js';
import { RawConnection } from '../harness/raw-connection.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { childrenOf, killWorker } from '../harness/worker-processes.js';

const BUCKET = 'examplebucket';
const PROXY_LINE = 'PROXY TCP4 203.0.113.5 127.0.0.1 4000 443\r\n';
const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../packages/server/src/testing/certificates/test-only-first-${name}.pem`, import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await server.kill();
  await folder.remove();
});

async function start(lines: readonly string[]): Promise<void> {
  const settings = join(folder.path, 'annals.yaml');
  await writeFile(settings, lines.join('\n'));
  const flags = ['--workers', '2', '--config', settings];
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET], flags });
}

/** The bytes of a signed append at the end of an object. */
function appendOf(key: string, body: string): string {
  const account = new Account(server);
  const query = { append: '', position: 'auto' };
  const { path, headers } = account.signed({ method: 'POST', bucket: BUCKET, key, query, body }, account.root);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

async function read(connection: RawConnection, key: string): Promise<string> {
  const account = new Account(server);
  const { path, headers } = account.signed({ method: 'GET', bucket: BUCKET, key }, account.root);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.send(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return (await connection.readAnswer()).body.toString();
}

/** Workers that served requests, and where these came from, by the log, which is written four times a second. */
function served(): { readonly workers: Set<unknown>; readonly addresses: Set<unknown> } {
  const lines = server
    .output()
    .stderr.split('\n')
    .filter((line) => line.includes('"operation":"AppendObject"'))
    .map((line) => JSON.parse(line) as { worker: number; clientAddress: string });
  return {
    workers: new Set(lines.map(({ worker }) => worker)),
    addresses: new Set(lines.map(({ clientAddress }) => clientAddress)),
  };
}

test('TLS and the PROXY protocol end at the workers, and a killed worker takes neither with it', async () => {
  const tlsPort = await freePort();
  await start([
    'trusted-proxies: [127.0.0.1]',
    'proxy-protocol: [http, tls]',
    `tls: { port: ${tlsPort}, certificate: "${certificate('certificate')}", key: "${certificate('key')}" }`,
  ]);
  const open = async (isSecure: boolean): Promise<RawConnection> => {
    const connection = await RawConnection.open(isSecure ? tlsPort : server.port);
    await connection.send(PROXY_LINE);
    return isSecure ? connection.secured() : connection;
  };
  let expected = '';
  const appendAll = async (name: string): Promise<void> => {
    for (let index = 0; index < 8; index += 1) {
      const connection = await open(index % 4 < 2);
      const line = `${name} ${index}\n`;
      await connection.send(appendOf('log', line));
      expect((await connection.readAnswer()).status).toBe(200);
      expected += line;
      expect(await read(connection, 'log')).toBe(expected);
      connection.destroy();
    }
  };
  await appendAll('before');
  await expect.poll(served).toEqual({ workers: new Set([1, 2]), addresses: new Set(['203.0.113.5']) });
  for (const index of [0, 1]) {
    await killWorker(server, childrenOf(server.pid), index);
    await appendAll(`after ${index}`);
  }
  // A trusted proxy that leaves its header out is cut off, and so is one that speaks no TLS where TLS is spoken.
  const silent = await RawConnection.open(server.port);
  await silent.send(appendOf('log', 'never'));
  expect(await silent.ended()).toBe('');
  const plain = await RawConnection.open(tlsPort);
  await plain.send(PROXY_LINE + appendOf('log', 'never'));
  expect(await plain.ended()).not.toContain('200 OK');
  const reader = await open(true);
  expect(await read(reader, 'log')).toBe(expected);
  reader.destroy();
  expect(await server.stop()).toBe(0);
}, 180_000);

test('with workers a server that leaves says so first, and still answers until its time is over', async () => {
  await start(['timeouts: { drain: 10s }']);
  const ready = async (): Promise<number> => {
    const connection = await RawConnection.open(server.port);
    await connection.send('GET /-/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const { status } = await connection.readAnswer();
    connection.destroy();
    return status;
  };
  expect(await ready()).toBe(200);
  const kept = await RawConnection.open(server.port);
  await kept.send(appendOf('log', 'one'));
  expect((await kept.readAnswer()).status).toBe(200);
  const stopping = server.stop();
  // Each worker is told by itself, and connections go to them by turns: two refusals in a row are those of both.
  let inRowCount = 0;
  await until(async () => {
    inRowCount = (await ready()) === 503 ? inRowCount + 1 : 0;
    return inRowCount === 2;
  });
  for (let count = 0; count < 4; count += 1) expect(await ready()).toBe(503);
  for (const connection of [kept, await RawConnection.open(server.port), await RawConnection.open(server.port)]) {
    await connection.send(appendOf('log', '+'));
    expect((await connection.readAnswer()).status).toBe(200);
    // An answer ends its connection now, so that the next request looks for another server.
    expect(await connection.ended()).toBe('');
  }
  expect(await read(await RawConnection.open(server.port), 'log')).toBe('one+++');
  expect(await stopping).toBe(0);
}, 180_000);
