/** Who may do what, over the wire and the real operations: what a stranger learns, and what a signature decides. */
import { Query, signHeadersV1, signHeadersV4 } from '@annals/protocol';
import type { BucketAcl } from '@annals/store';
import { afterEach, expect, test } from 'vitest';
import type { RawAnswer } from '../../../../test/harness/raw-connection.js';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { ROOT, type SettingsChange, startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import { DEFAULT_ACCOUNT_ID } from '../assembly/server-dependencies.js';

let running: TestServer | undefined;

async function start(change: SettingsChange = {}): Promise<TestServer> {
  running = await startTestServer({ settings: change, buckets: [BUCKET], clock: () => NOW_MS });
  return running;
}

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function send(server: TestServer, text: string): Promise<RawAnswer> {
  const connection = await server.connect();
  await connection.send(text);
  return connection.readAnswer(text.split(' ')[0]);
}

function codeOf(answer: RawAnswer): string {
  return `${answer.status} ${/<Code>(.*)<\/Code>/.exec(answer.body.toString())?.[1]}`;
}

function anonymous(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`;
}

async function makeBucket(server: TestServer, name: string, acl: BucketAcl): Promise<void> {
  await server.store.createBucket({
    name,
    ownerId: DEFAULT_ACCOUNT_ID,
    acl,
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  const target = requestText({ method: 'PUT', bucket: name, key: 'k', lines: ['Content-Length: 2'], body: 'hi' });
  expect((await send(server, target)).status).toBe(200);
}

test('a wrong signature learns whether the bucket exists, as on the public service, and nothing else', async () => {
  const server = await start();
  const missing = await send(server, requestText({ bucket: 'missing-bucket', key: 'k', secret: 'wrong' }));
  expect(codeOf(missing)).toBe('404 NoSuchBucket');
  for (const bucket of [BUCKET, 'Not A Bucket']) {
    const answer = await send(server, requestText({ bucket: encodeURIComponent(bucket), key: 'k', secret: 'wrong' }));
    expect(codeOf(answer)).toBe('403 SignatureDoesNotMatch');
    expect(answer.headers.get('x-oss-ec')).toBe('0002-00000040');
  }
});

test('an unknown access key is InvalidAccessKeyId', async () => {
  const server = await start();
  const answer = await send(
    server,
    `GET / HTTP/1.1\r\nHost: localhost\r\nDate: ${new Date(NOW_MS).toUTCString()}\r\nAuthorization: OSS nobody:c2ln\r\n\r\n`,
  );
  expect(codeOf(answer)).toBe('403 InvalidAccessKeyId');
  expect(answer.body.toString()).toContain('<OSSAccessKeyId>nobody</OSSAccessKeyId>');
});

test('an unimplemented operation checks the signature first, then says its name', async () => {
  const server = await start();
  const request = { method: 'GET', key: 'k', query: 'x-oss-process=image/info' } as const;
  const wrong = await send(server, requestText({ ...request, secret: 'wrong' }));
  expect(codeOf(wrong)).toBe('403 SignatureDoesNotMatch');
  const signed = signHeadersV1({
    request: { method: 'GET', query: new Query([['x-oss-process', 'image/info']]), headers: new Map() },
    resource: { bucket: BUCKET, key: 'k' },
    credentials: ROOT,
    nowMs: NOW_MS,
  });
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await send(
    server,
    `GET /${BUCKET}/k?x-oss-process=image/info HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`,
  );
  expect(codeOf(answer)).toBe('501 NotImplemented');
  expect(answer.body.toString()).toContain('The operation ProcessImage is not implemented.');
  expect(codeOf(await send(server, anonymous('GET', `/${BUCKET}/k?x-oss-process=image/info`)))).toBe(
    '403 AccessDenied',
  );
});

test('a signature too old or too new is RequestTimeTooSkewed', async () => {
  const server = await start();
  for (const nowMs of [NOW_MS - 901_000, NOW_MS + 901_000]) {
    const signed = signHeadersV1({
      request: { method: 'GET', query: new Query([]), headers: new Map() },
      resource: {},
      credentials: ROOT,
      nowMs,
    });
    const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await send(server, `GET / HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
    expect(codeOf(answer)).toBe('403 RequestTimeTooSkewed');
  }
});

test.each([
  [undefined, 'cn-hangzhou', '200 undefined'],
  ['cn-hangzhou', 'cn-hangzhou', '200 undefined'],
  ['cn-hangzhou', 'cn-beijing', '400 InvalidArgument'],
])('a server of region %s takes a V4 signature of region %s: %s', async (region, signedRegion, expected) => {
  const server = await start(region === undefined ? {} : { region });
  const signed = signHeadersV4({
    request: { method: 'GET', query: new Query([]), headers: new Map() },
    resource: {},
    credentials: ROOT,
    nowMs: NOW_MS,
    region: signedRegion,
  });
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
  // The service root of two SDKs is `//`; what is signed is `/`.
  const answer = await send(server, `GET // HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
  expect(codeOf(answer)).toBe(expected);
});

test('a security token is refused: no key of this server has one', async () => {
  const server = await start();
  const signed = signHeadersV1({
    request: { method: 'GET', query: new Query([]), headers: new Map() },
    resource: {},
    credentials: { ...ROOT, securityToken: 'token' },
    nowMs: NOW_MS,
  });
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = await send(server, `GET / HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
  expect(codeOf(answer)).toBe('403 InvalidSecurityToken');
});

test('a stranger in a private bucket: 403 whether the key exists or not', async () => {
  const server = await start();
  await makeBucket(server, 'private-bucket', 'private');
  const existing = await send(server, anonymous('GET', '/private-bucket/k'));
  const missing = await send(server, anonymous('GET', '/private-bucket/missing'));
  expect(codeOf(existing)).toBe('403 AccessDenied');
  const withoutId = (answer: RawAnswer): string => answer.body.toString().replace(/<RequestId>.*<\/RequestId>/, '');
  expect(withoutId(missing)).toBe(withoutId(existing));
  expect(codeOf(await send(server, anonymous('GET', '/private-bucket/')))).toBe('403 AccessDenied');
});

test('a stranger in a bucket that anyone may read: reads and lists, 404 for what is not there, writes nothing', async () => {
  const server = await start();
  await makeBucket(server, 'public-bucket', 'public-read');
  expect((await send(server, anonymous('GET', '/public-bucket/k'))).body.toString()).toBe('hi');
  expect((await send(server, anonymous('GET', '/public-bucket/'))).status).toBe(200);
  expect(codeOf(await send(server, anonymous('GET', '/public-bucket/missing')))).toBe('404 NoSuchKey');
  expect(codeOf(await send(server, anonymous('PUT', '/public-bucket/k')))).toBe('403 AccessDenied');
  expect(codeOf(await send(server, anonymous('POST', '/public-bucket/k?append&position=0')))).toBe('403 AccessDenied');
  expect(codeOf(await send(server, anonymous('PUT', '/public-bucket/?acl')))).toBe('403 AccessDenied');
});

test('a stranger learns that a bucket does not exist, and not which buckets there are', async () => {
  const server = await start();
  expect(codeOf(await send(server, anonymous('GET', '/missing-bucket/k')))).toBe('404 NoSuchBucket');
  expect(codeOf(await send(server, anonymous('GET', '/')))).toBe('403 AccessDenied');
  expect(codeOf(await send(server, anonymous('GET', '/Bad_Name/k')))).toBe('400 InvalidBucketName');
});

test('metadata beyond ASCII is signed as it was sent, and comes back so', async () => {
  const server = await start();
  const wireValue = Buffer.from('Straße 北京').toString('latin1');
  const headers = new Map([['x-oss-meta-place', wireValue]]);
  const [put, head] = ['PUT', 'HEAD'].map((method) => {
    const signed = signHeadersV4({
      request: { method, query: new Query([]), headers: method === 'PUT' ? headers : new Map() },
      resource: { bucket: BUCKET, key: 'k' },
      credentials: ROOT,
      nowMs: NOW_MS,
      region: 'cn-hangzhou',
    });
    const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} /${BUCKET}/k HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}`;
  });
  const stored = await send(server, `${put}x-oss-meta-place: ${wireValue}\r\nContent-Length: 2\r\n\r\nhi`);
  expect(stored.status).toBe(200);
  const read = await send(server, `${head}\r\n`);
  expect(read.headers.get('x-oss-meta-place')).toBe(wireValue);
});
