/** Answers on the wire: spelling, errors, and streams that do not go as they should. */
import { afterEach, expect, test } from 'vitest';
import { readChunkedBody } from '../../../../test/harness/chunked-body.js';
import { appendText, BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { type SettingsChange, startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import {
  ENDLESS_LENGTH_BYTES,
  type FakeOperations,
  LIVE_LENGTHS,
  makeFakeOperations,
} from '../testing/fake-operations.js';

let running: TestServer | undefined;
let fake: FakeOperations;

async function start(change: SettingsChange = {}): Promise<TestServer> {
  fake = makeFakeOperations();
  running = await startTestServer({ operations: fake.rows, settings: change, buckets: [BUCKET], clock: () => NOW_MS });
  return running;
}

afterEach(async () => {
  fake.gate.open();
  await running?.close();
  running = undefined;
});

test('every answer has the common headers in their exact spelling', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'a' }));
  const answer = await connection.readAnswer();
  expect(answer.headerLines.map((line) => line.replace(/(request-id|server-time): .*/, '$1'))).toEqual([
    'Server: AliyunOSS',
    'Date: Sat, 21 Nov 2026 00:00:00 GMT',
    'ETag: "0F"',
    `x-oss-meta-name: ${Buffer.from('Straße').toString('latin1')}`,
    'Content-Length: 12',
    'Connection: keep-alive',
    'Keep-Alive: timeout=75',
    'x-oss-request-id',
    'x-oss-server-time',
  ]);
  expect(answer.headers.get('x-oss-request-id')).toMatch(/^6A00[0-9A-F]{20}$|^[0-9A-F]{24}$/);
  expect(answer.headers.get('x-oss-server-time')).toMatch(/^\d+$/);
  expect(fake.releaseCount).toBe(1);
});

test('an answer without a body says so', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendText('a', 'hello'));
  const answer = await connection.readAnswer();
  expect(answer.headers.get('content-length')).toBe('0');
  expect(answer.headers.get('x-oss-next-append-position')).toBe('5');
  expect(fake.releaseCount).toBe(1);
});

test('short and long pieces of a live answer keep their order', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'live' }));
  await connection.until(() => connection.pending.endsWith('\r\n0\r\n\r\n'));
  const [, framed = ''] = /^.*?\r\n\r\n(.*)$/s.exec(connection.pending) ?? [];
  const expected = Buffer.concat(LIVE_LENGTHS.map((length, index) => Buffer.alloc(length, index)));
  expect(readChunkedBody(framed)?.body === expected.toString('latin1')).toBe(true);
});

test('HEAD errors travel in x-oss-err and x-oss-ec', async () => {
  const connection = await (await start()).connect();
  // The fake table has no HeadObject: 501 is an error like any other.
  await connection.send(requestText({ method: 'HEAD', key: 'a' }));
  const answer = await connection.readAnswer('HEAD');
  expect(answer.status).toBe(501);
  const document = Buffer.from(answer.headers.get('x-oss-err') ?? '', 'base64').toString();
  expect(document).toContain('<Code>NotImplemented</Code>');
  expect(document).toContain('The operation HeadObject is not implemented.');
  await connection.send(requestText({ key: 'next' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of next');
});

test('a failure of the store is an OSS error', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'missing' }));
  const missing = await connection.readAnswer();
  expect(missing.status).toBe(404);
  expect(missing.headers.get('content-type')).toBe('application/xml');
  expect(missing.headers.get('x-oss-ec')).toBe('0026-00000001');
  expect(missing.body.toString()).toContain('<Code>NoSuchKey</Code>');
  expect(missing.body.toString()).toContain('<HostId>localhost</HostId>');
  await connection.send(requestText({ key: 'full' }));
  expect((await connection.readAnswer()).status).toBe(503);
});

test('an unexpected error is InternalError with the request id; its cause is logged and not sent', async () => {
  const server = await start();
  const connection = await server.connect();
  await connection.send(requestText({ key: 'broken' }));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(500);
  expect(answer.body.toString()).toContain('<Code>InternalError</Code>');
  expect(answer.body.toString()).toContain(`<RequestId>${answer.headers.get('x-oss-request-id')}</RequestId>`);
  expect(answer.body.toString()).not.toContain('mistake');
  expect(JSON.stringify(server.logLines)).toContain('a mistake of ours');
});

test('an operation that took effect and cannot be answered gets no error answer', async () => {
  const server = await start();
  const connection = await server.connect();
  await connection.send(appendText('unspeakable', 'hello'));
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal).toContain('applied unspeakable');
  expect(JSON.stringify(server.logLines)).toContain('the answer has no words');
});

test.each(['short', 'long', 'torn'])('a body that breaks off destroys the connection: %s', async (key) => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key }));
  await expect(connection.readAnswer()).rejects.toThrow('The connection ended');
  expect(fake.releaseCount).toBe(1);
});

test('a long stream arrives whole', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'endless' }));
  const answer = await connection.readAnswer();
  expect(answer.body.length).toBe(ENDLESS_LENGTH_BYTES);
  expect(fake.releaseCount).toBe(1);
});

test('a client that leaves in the middle of an answer ends its stream and aborts its signal', async () => {
  const connection = await (await start()).connect();
  connection.stopReading();
  await connection.send(requestText({ key: 'endless' }));
  await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('begin endless');
  connection.destroy();
  await expect.poll(() => fake.releaseCount, { timeout: 30_000 }).toBe(1);
  await expect.poll(() => fake.abortCount, { timeout: 30_000 }).toBe(1);
});

test('a client that does not read its answer is cut off', async () => {
  const server = await start({ timeouts: { idleMs: 100 } });
  const connection = await server.connect();
  connection.stopReading();
  await connection.send(requestText({ key: 'endless' }));
  await expect.poll(() => fake.releaseCount, { timeout: 30_000 }).toBe(1);
  await expect
    .poll(() => server.logLines.find((line) => line.key === 'endless')?.reason, { timeout: 30_000 })
    .toContain('closed the connection');
});
