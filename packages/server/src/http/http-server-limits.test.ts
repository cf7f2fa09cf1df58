/** What a server allows a client: how long headers may be and take, how many connections, how long they may idle. */
import { afterEach, expect, test } from 'vitest';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { type SettingsChange, startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import { type FakeOperations, makeFakeOperations } from '../testing/fake-operations.js';

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

test('headers longer than the limit are 400 with an error document', async () => {
  const connection = await (await start({ limits: { headerBytesMax: 8192 } })).connect();
  await connection.send(requestText({ key: 'a', lines: [`X-Long: ${'a'.repeat(9000)}`] }));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('must not be longer than 8192 bytes');
  await connection.ended();
});

test('headers that do not come to an end are 400 RequestTimeout', async () => {
  // Long enough for the first half to be read in time: a connection that has brought nothing by then is closed without
  // an answer.
  const connection = await (await start({ timeouts: { headersMs: 1000 } })).connect();
  await connection.send('GET /examplebucket/a HTTP/1.1\r\nHost: local');
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('<Code>RequestTimeout</Code>');
  expect(answer.body.toString()).toContain('was not read from or written to within the timeout period');
  await connection.ended();
});

test('a connection that never asks for anything is closed without an answer', async () => {
  const connection = await (await start({ timeouts: { headersMs: 50 } })).connect();
  await connection.ended();
  expect(connection.pending).toBe('');
});

test('a connection kept alive is closed after its time', async () => {
  const connection = await (await start({ timeouts: { keepAliveMs: 1000 } })).connect();
  await connection.send(requestText({ key: 'a' }));
  const answer = await connection.readAnswer();
  expect(answer.headers.get('connection')).toBe('keep-alive');
  expect(answer.headers.get('keep-alive')).toBe('timeout=1');
  await connection.ended();
});

test('a connection kept alive takes the next request', async () => {
  // So long that the next request is in time on any machine.
  const connection = await (await start({ timeouts: { keepAliveMs: 600_000 } })).connect();
  for (const key of ['a', 'b']) {
    await connection.send(requestText({ key }));
    const answer = await connection.readAnswer();
    expect([answer.headers.get('keep-alive'), answer.body.toString()]).toEqual(['timeout=600', `content of ${key}`]);
  }
});

test('more connections than allowed are closed unanswered', async () => {
  const server = await start({ limits: { connectionCountMax: 1 } });
  const first = await server.connect();
  await first.send(requestText({ key: 'a' }));
  await first.readAnswer();
  const second = await server.connect();
  await second.ended();
  expect(second.pending).toBe('');
  await first.send(requestText({ key: 'b' }));
  expect((await first.readAnswer()).status).toBe(200);
});
