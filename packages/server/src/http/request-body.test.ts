/**
 * Bodies on the wire: when they are read, what happens when they do not come, and what becomes of those nobody wants.
 */
import { afterEach, expect, test } from 'vitest';
import { appendText, BUCKET, NOW_MS, requestHead, requestText } from '../../../../test/harness/signed-text.js';
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

function appendHead(key: string, lines: readonly string[], secret?: string): string {
  const request = { method: 'POST', key, query: 'append&position=0', lines };
  return `${requestHead({ ...request, ...(secret !== undefined && { secret }) })}\r\n`;
}

test('100 Continue is sent when the body is opened', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendHead('a', ['Content-Length: 5', 'Expect: 100-continue']));
  expect((await connection.readAnswer()).status).toBe(100);
  await connection.send('hello');
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-body')).toBe('hello');
  expect(answer.headers.get('connection')).toBe('keep-alive');
});

test('a rejected request that expects 100 gets its final status unread, and the connection ends', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendHead('refused', ['Content-Length: 5', 'Expect: 100-continue']));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(409);
  expect(answer.headers.get('connection')).toBe('close');
  await connection.ended();
});

test('a wrong signature is refused before the body is read', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendHead('a', ['Content-Length: 5000000000', 'Expect: 100-continue'], 'wrong secret'));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(403);
  expect(answer.body.toString()).toContain('<Code>SignatureDoesNotMatch</Code>');
  expect(fake.journal).toEqual([]);
});

test('a body longer than all buffers arrives whole', async () => {
  const connection = await (await start()).connect();
  const lengthBytes = 5_000_000;
  await connection.send(appendText('big', 'x'.repeat(lengthBytes)));
  expect((await connection.readAnswer()).headers.get('x-body')).toBe(`${lengthBytes} bytes`);
});

test('a chunked body arrives whole, extensions and trailers ignored, and the connection is kept', async () => {
  const connection = await (await start()).connect();
  const body = '3;a=b\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: y\r\n\r\n';
  const lines = ['Transfer-Encoding: chunked'];
  await connection.send(requestText({ method: 'POST', key: 'a', query: 'append&position=0', lines, body }));
  expect((await connection.readAnswer()).headers.get('x-body')).toBe('abcdefg');
  await connection.send(requestText({ key: 'next' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of next');
});

test('a body that stalls is 400 RequestTimeout, applies nothing and ends the connection', async () => {
  const connection = await (await start({ timeouts: { idleMs: 50 } })).connect();
  await connection.send(`${appendHead('a', ['Content-Length: 5'])}he`);
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('<Code>RequestTimeout</Code>');
  expect(answer.headers.get('connection')).toBe('close');
  await connection.ended();
  expect(fake.journal).toEqual(['parse a']);
});

test('a client that sends too few bytes and stops sending gets 400 IncompleteBody', async () => {
  const connection = await (await start()).connect();
  await connection.send(`${appendHead('a', ['Content-Length: 5'])}he`);
  connection.endSending();
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('<Code>IncompleteBody</Code>');
  expect(fake.journal).toEqual(['parse a']);
});

test('a client that is gone in the middle of its body changes nothing', async () => {
  const server = await start();
  const connection = await server.connect();
  await connection.send(`${appendHead('a', ['Content-Length: 5'])}he`);
  const other = await server.connect();
  await other.send(requestText({ key: 'barrier' }));
  await other.readAnswer();
  connection.destroy();
  await expect
    .poll(() => server.logLines.find((line) => line.key === 'a')?.errorCode, { timeout: 30_000 })
    .toBe('IncompleteBody');
  expect(fake.journal).not.toContain('applied a');
});

test('a chunk that is none is 400, applies nothing and ends the connection', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendHead('a', ['Transfer-Encoding: chunked']));
  await connection.send('3\r\nabc\r\n');
  await connection.send('zzz\r\n');
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.body.toString()).toContain('<Code>BadRequest</Code>');
  await connection.ended();
  expect(fake.journal).toEqual(['parse a']);
});

test('the short body of a rejected request is drained and the connection kept', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendHead('refused', ['Content-Length: 1000']));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(409);
  expect(answer.headers.get('connection')).toBe('keep-alive');
  await connection.send('x'.repeat(1000));
  await connection.send(requestText({ key: 'next' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of next');
});

test('the chunked body of a rejected request is drained and the connection kept', async () => {
  const connection = await (await start()).connect();
  await connection.send(appendHead('refused', ['Transfer-Encoding: chunked']));
  expect((await connection.readAnswer()).headers.get('connection')).toBe('keep-alive');
  await connection.send(`5\r\nhello\r\n0\r\n\r\n${requestText({ key: 'next' })}`);
  expect((await connection.readAnswer()).body.toString()).toBe('content of next');
});

test('a chunked body of a rejected request that does not end is cut off', async () => {
  const connection = await (await start({ limits: { drainLengthBytesMax: 1000 } })).connect();
  await connection.send(appendHead('refused', ['Transfer-Encoding: chunked']));
  expect((await connection.readAnswer()).status).toBe(409);
  await connection.send(`800\r\n${'x'.repeat(2048)}\r\n`);
  await connection.ended();
});

test('a long body of a rejected request: the answer can be read while the client still sends, then the connection ends', async () => {
  const connection = await (await start({ limits: { drainLengthBytesMax: 1000 } })).connect();
  await connection.send(appendHead('refused', ['Content-Length: 100000000']));
  void connection.send('x'.repeat(3_000_000));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(409);
  expect(answer.headers.get('connection')).toBe('close');
  expect(answer.body.toString()).toContain('<Code>PositionNotEqualToLength</Code>');
  await connection.ended();
});

test('a body that a GET should not have is drained', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'a', lines: ['Content-Length: 5'], body: 'hello' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of a');
  await connection.send(requestText({ key: 'b' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
});
