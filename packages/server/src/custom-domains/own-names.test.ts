/** Names of the server's own win over whatever is stored: what a tenant's record of them does, over the wire. */
import { afterEach, expect, test } from 'vitest';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import { DEFAULT_ACCOUNT_ID } from '../assembly/server-dependencies.js';
import { createMetrics } from '../observe/metrics.js';
import { createLog } from '../observe/request-log.js';
import { CustomDomainIndex } from './custom-domain-index.js';
import { OwnNames } from './own-names.js';
import { reportIgnoredDomains } from './report-ignored-domains.js';

let running: TestServer | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

const DOMAIN = 'oss.example.net';
const OWN = [
  'localhost',
  'mine.localhost',
  '127.0.0.1',
  '127.1',
  '0.0.0.0',
  '2130706433',
  '[::1]',
  DOMAIN,
  `victim.${DOMAIN}`,
  `a.victim.${DOMAIN}`,
  'victim.oss-cn-hangzhou.aliyuncs.com',
  'www.example.com',
];

async function record(server: TestServer, bucket: string, domains: readonly string[], atMs = 0): Promise<void> {
  await server.store.createBucket({
    name: bucket,
    ownerId: DEFAULT_ACCOUNT_ID,
    acl: 'public-read',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  const cnames = domains.map((domain) => ({ domain, lastModifiedAtMs: atMs }));
  await server.store.updateBucket(bucket, { configurations: { cnames } });
}

async function ask(server: TestServer, text: string): Promise<string> {
  const connection = await server.connect();
  await connection.send(text);
  const { status, body } = await connection.readAnswer(text.split(' ')[0]);
  connection.destroy();
  return `${status} ${/<Code>(.*)<\/Code>/.exec(body.toString())?.[1] ?? body.toString()}`;
}

const anonymous = (host: string, path: string): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

test('a record of a name of the server leads nowhere, and the log reports it', async () => {
  running = await startTestServer({
    settings: { domains: [DOMAIN], cname: { 'www.example.com': BUCKET } },
    buckets: [BUCKET],
    clock: () => NOW_MS,
  });
  const server = running;
  await record(server, 'mine', [...OWN, 'free.example.org'], 5);
  await record(server, 'zother', ['free.example.org'], 9);
  await record(server, 'public', []);
  const put = { method: 'PUT', lines: ['Content-Length: 2'], body: 'hi' };
  await ask(server, requestText({ ...put, bucket: 'mine', key: 'public/k' }));
  await ask(server, requestText({ ...put, bucket: 'mine', key: 'k' }));
  const right = requestText({ ...put, bucket: 'public', key: 'k' }).replace('\r\n\r\nhi', '\r\n\r\nok');
  expect(await ask(server, right)).toBe('200 ');
  // The walk over the records begins with a request of any client for an unknown host.
  expect(await ask(server, anonymous('free.example.org', '/k'))).toBe('200 hi');
  for (const host of ['127.0.0.1', 'localhost', '127.0.0.1.', '[::1]:80', '0.0.0.0', '127.1', DOMAIN, `${DOMAIN}:1`]) {
    expect(await ask(server, anonymous(host, '/public/k')), host).toBe('200 ok');
  }
  // Of the public service's hosts, and below the server's own domains, the first label is the bucket.
  for (const host of [`public.${DOMAIN}`, 'public.localhost', 'public.oss-cn-hangzhou.aliyuncs.com']) {
    expect(await ask(server, anonymous(host, '/k')), host).toBe('200 ok');
  }
  for (const host of [`victim.${DOMAIN}`, 'victim.oss-cn-hangzhou.aliyuncs.com']) {
    expect(await ask(server, anonymous(host, '/k')), host).toBe('404 NoSuchBucket');
  }
  // The setting wins over the record.
  expect(await ask(server, anonymous('www.example.com', '/k'))).toBe('403 AccessDenied');
});

test('requests signed for the server under a name that a user put on a bucket still work', async () => {
  running = await startTestServer({ buckets: [BUCKET], clock: () => NOW_MS });
  const server = running;
  await record(server, 'mine', ['endpoint.example.org']);
  const put = requestText({ method: 'PUT', key: 'k', lines: ['Content-Length: 2'], body: 'ok' });
  expect(await ask(server, anonymous('endpoint.example.org', '/k'))).toBe('404 NoSuchKey');
  expect(await ask(server, put.replace('localhost', 'endpoint.example.org'))).toBe('200 ');
  expect(await ask(server, requestText({ key: 'k' }).replace('localhost', 'endpoint.example.org'))).toBe('200 ok');
});

const fail = (failure: unknown): never => {
  throw failure;
};

test('the log and a metric name what is ignored', async () => {
  running = await startTestServer({ settings: { domains: [DOMAIN] }, buckets: [BUCKET], clock: () => NOW_MS });
  const { store } = running;
  await record(running, 'mine', [`victim.${DOMAIN}`, 'free.example.org'], 5);
  await record(running, 'zlate', ['free.example.org'], 9);
  const lines: Record<string, unknown>[] = [];
  const log = createLog('warn', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const metrics = createMetrics();
  const ownNames = new OwnNames({ domains: [DOMAIN], hosts: [], configured: {} });
  await reportIgnoredDomains(new CustomDomainIndex({ store, configured: {}, ownNames, onDamage: fail }), metrics, log);
  expect(lines.map(({ bucket, domain, reason }) => [bucket, domain, reason])).toEqual([
    ['zlate', 'free.example.org', 'it leads to the bucket mine'],
    ['mine', `victim.${DOMAIN}`, `it is below ${DOMAIN}, a domain of this server`],
  ]);
  expect(await metrics.render()).toContain('annals_ignored_domains 2');
});

test('a configuration that gives a name of the server to a bucket is refused', async () => {
  const ownNames = new OwnNames({ domains: [DOMAIN], hosts: [], configured: {} });
  running = await startTestServer({ buckets: [BUCKET], clock: () => NOW_MS });
  const { store } = running;
  for (const domain of OWN.slice(0, -1)) {
    expect(() => new CustomDomainIndex({ store, configured: { [domain]: 'mine' }, ownNames, onDamage: fail })).toThrow(
      `Cannot use the custom domain "${domain}": it is`,
    );
  }
});

test('OwnNames knows the reserved names, in any spelling', () => {
  const names = new OwnNames({
    domains: ['oss.example.net:9000', 'nested.oss.example.net'],
    hosts: ['Store.example.org.', '192.0.2.1', '::'],
    configured: { 'www.oss.example.net': 'www', 'cdn.oss.example.net': 'assets' },
  });
  const refused = [
    ...OWN.filter((name) => name !== 'www.example.com'),
    'LOCALHOST.',
    'OSS.Example.Net',
    'oss.example.net..',
    'ｏｓｓ.example.net',
    'victim。oss.example.net',
    'localhost.localdomain',
    'store.example.org',
    '0x7f000001',
    '::ffff:127.0.0.1',
    '198.51.100.1',
    'aliyuncs.com',
    '',
    'a/b',
  ];
  for (const name of refused) expect(names.reasonAgainst(name), name).toBeDefined();
  for (const name of ['example.net', 'www.store.example.org', 'notoss.example.net', 'localhost.example.org']) {
    expect(names.reasonAgainst(name), name).toBeUndefined();
  }
  expect(['nested', 'www', 'cdn', 'oss', 'other'].map((bucket) => names.hostInsteadOfBucket(bucket))).toEqual([
    'nested.oss.example.net',
    undefined,
    'cdn.oss.example.net',
    undefined,
    undefined,
  ]);
});
