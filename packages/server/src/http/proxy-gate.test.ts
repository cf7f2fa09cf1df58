/** The PROXY protocol over sockets, in front of HTTP and of TLS; and the listener of the probes. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { RawConnection } from '../../../../test/harness/raw-connection.js';
import { BUCKET, NOW_MS } from '../../../../test/harness/signed-text.js';
import { type SettingsChange, startTestServer, type TestServer } from '../../../../test/harness/test-server.js';

let running: TestServer;

afterEach(() => running.close());

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../src/testing/certificates/test-only-first-${name}.pem`, import.meta.url));

async function start(change: SettingsChange): Promise<void> {
  running = await startTestServer({ settings: change, buckets: [BUCKET], clock: () => NOW_MS });
}

const proxies = { trusted: ['127.0.0.1'], protocol: { http: true, tls: true } };
const REQUEST = 'GET /-/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const HEADER_2 = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb007109c63364020fa01f90', 'hex');
const LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');

/** Sends pieces one after the other, each in a turn of its own. @returns All that came until the end. */
async function talk(
  connection: RawConnection | Promise<RawConnection>,
  ...pieces: readonly (string | Buffer)[]
): Promise<string> {
  const opened = await connection;
  for (const piece of pieces) {
    await opened.send(piece);
    await nextTurn();
  }
  return opened.ended();
}

const open = (port = running.port): Promise<RawConnection> => RawConnection.open(port);
const lastAddress = (): unknown => running.logLines.filter(({ method }) => method === 'GET').at(-1)?.clientAddress;

test('a trusted proxy says in front of HTTP whose connection it is, in whatever pieces', async () => {
  await start({ proxies });
  const version1 = 'PROXY TCP4 203.0.113.5 127.0.0.1 4000 80\r\n';
  expect(await talk(open(), version1 + REQUEST)).toMatch(/^HTTP\/1\.1 /);
  expect(lastAddress()).toBe('203.0.113.5');
  expect(await talk(open(), ...[...version1], REQUEST)).toMatch(/^HTTP\/1\.1 /);
  expect(lastAddress()).toBe('203.0.113.5');
  expect(await talk(open(), Buffer.concat([HEADER_2, Buffer.from(REQUEST)]))).toMatch(/^HTTP\/1\.1 /);
  expect(lastAddress()).toBe('203.0.113.9');
  expect(await talk(open(), LOCAL, REQUEST)).toMatch(/^HTTP\/1\.1 /);
  expect(lastAddress()).toBe('127.0.0.1');
  // Beside it the header of a request counts only when the one announced is trusted as well.
  await talk(open(), version1, REQUEST.replace('Connection', 'X-Forwarded-For: 198.51.100.1\r\nConnection'));
  expect(lastAddress()).toBe('203.0.113.5');
});

test('a trusted proxy without the header, with a malformed, long or slow one is cut off unanswered', async () => {
  await start({ proxies, timeouts: { headersMs: 200 } });
  expect(await talk(open(), REQUEST)).toBe('');
  expect(await talk(open(), 'PROXY TCP4 1.2.3.4\r\n', REQUEST)).toBe('');
  expect(await talk(open(), `PROXY UNKNOWN ${'x'.repeat(5000)}`)).toBe('');
  expect(await talk(open(), 'PROXY TCP4 203.0')).toBe('');
  expect(running.logLines.filter(({ msg }) => msg === 'header of the PROXY protocol refused')).toHaveLength(4);
  expect(lastAddress()).toBeUndefined();
});

test('from other addresses no header is read', async () => {
  await start({ proxies: { ...proxies, trusted: ['10.0.0.1'] } });
  expect(await talk(open(), 'PROXY TCP4 203.0.113.5 127.0.0.1 4000 80\r\n', REQUEST)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await talk(open(), REQUEST)).toMatch(/^HTTP\/1\.1 /);
  expect(lastAddress()).toBe('127.0.0.1');
});

test('the header stands in front of TLS', async () => {
  await start({ proxies });
  await running.server.listenSecurely({
    host: '127.0.0.1',
    port: 0,
    certificate: fixture('certificate'),
    key: fixture('key'),
  });
  const port = Number(new URL(running.server.secureUrl ?? '').port);
  const connection = await open(port);
  await connection.send(HEADER_2);
  expect(await talk(connection.secured(), REQUEST)).toMatch(/^HTTP\/1\.1 /);
  expect(lastAddress()).toBe('203.0.113.9');
});

/** Connections that have a place, including the one of this request. */
async function placeCount(): Promise<number> {
  const text = await talk(open(), LOCAL, get('/-/metrics'));
  return Number(/^annals_limited\{resource="connections"\} (\d+)$/m.exec(text)?.[1]);
}

test('connections that wait for their header have places, and give them back when it comes, is wrong, or they go', async () => {
  await start({ proxies, limits: { connectionCountMax: 10 } });
  expect(await placeCount()).toBe(1);
  const [first, second, third, fourth] = [await open(), await open(), await open(), await open()];
  await expect.poll(placeCount).toBe(5);
  // Once its header is there, it has one place as before, not two.
  await first.send(HEADER_2);
  await talk(second, LOCAL, REQUEST);
  await third.send('nonsense');
  fourth.destroy();
  await expect.poll(placeCount).toBe(2);
  expect(await talk(first, REQUEST)).toMatch(/^HTTP\/1\.1 4/);
  await expect.poll(placeCount).toBe(1);
});

test('without a place a connection gets 503 once its header is there, and more than a few are closed before', async () => {
  await start({ proxies, limits: { connectionCountMax: 8 }, timeouts: { lingerMs: 60_000 } });
  const silent = await Promise.all(Array.from({ length: 8 }, () => open()));
  // Of eight places one is for those who are refused.
  await expect.poll(() => talk(open(), LOCAL, REQUEST)).toMatch(/^HTTP\/1\.1 503 /);
  const late = [await open(), await open()];
  expect(await Promise.race(late.map((connection) => talk(connection)))).toBe('');
  for (const connection of [...late, ...silent]) connection.destroy();
  await expect.poll(() => talk(open(), LOCAL, REQUEST)).toMatch(/^HTTP\/1\.1 4/);
  await expect.poll(placeCount).toBe(1);
});

const get = (path: string, lines = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}Connection: close\r\n\r\n`;

test('probes have a port of their own, with nothing else on it, and the admin API if it is said', async () => {
  await start({ probes: { listen: { host: '127.0.0.1', port: 0 }, holdsAdmin: true } });
  const port = Number(new URL(running.server.probesUrl ?? '').port);
  for (const path of ['/-/healthz', '/-/readyz', '/-/metrics']) {
    expect(await talk(open(port), get(path)), path).toMatch(/^HTTP\/1\.1 200 /);
    expect(await talk(open(), get(path)), path).toMatch(/^HTTP\/1\.1 4/);
  }
  expect(await talk(open(), get('/-/callback-public-key.pem'))).toMatch(/^HTTP\/1\.1 200 /);
  for (const path of ['/', '/bucket/key', '/-/sts/', '/-/callback-public-key.pem']) {
    expect(await talk(open(port), get(path)), path).toMatch(/^HTTP\/1\.1 404 /);
  }
  expect(await talk(open(port), get('/-/admin/users'))).toMatch(/^HTTP\/1\.1 403 /);
  expect(await talk(open(), get('/-/admin/users'))).toMatch(/^HTTP\/1\.1 404 /);
});

test('probes ask for a token when there is one', async () => {
  const token = 'a-token-of-no-value';
  await start({ probes: { token } });
  for (const path of ['/-/healthz', '/-/readyz', '/-/metrics']) {
    for (const line of [
      '',
      'Authorization: Bearer wrong\r\n',
      `Authorization: ${token}\r\n`,
      'Authorization: Bearer \r\n',
    ]) {
      expect(await talk(open(), get(path, line)), path).toMatch(/^HTTP\/1\.1 401 [\s\S]*WWW-Authenticate: Bearer/);
    }
    expect(await talk(open(), get(path, `Authorization: Bearer ${token}\r\n`)), path).toMatch(/^HTTP\/1\.1 200 /);
  }
  expect(JSON.stringify(running.logLines)).not.toContain(token);
});
