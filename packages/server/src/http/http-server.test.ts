/** What comes before anything is understood: framing, limits, malformed heads, timeouts of a connection. */
import { afterEach, expect, test } from 'vitest';
import { type FakeOperations, makeFakeOperations } from '../testing/fake-operations.js';
import {
  appendText,
  requestHead,
  requestText,
  type SettingsChange,
  startTestServer,
  type TestServer,
} from '../testing/test-server.js';

let running: TestServer | undefined;
let fake: FakeOperations;

async function start(change: SettingsChange = {}): Promise<TestServer> {
  fake = makeFakeOperations();
  running = await startTestServer(fake.rows, change);
  return running;
}

afterEach(async () => {
  fake.gate.open();
  await running?.close();
  running = undefined;
});

const CHUNKED_HELLO = '5\r\nhello\r\n0\r\n\r\n';

test('Content-Length and Transfer-Encoding together: chunked wins and the connection ends', async () => {
  const connection = await (await start()).connect();
  const lines = ['Transfer-Encoding: chunked', 'Content-Length: 5'];
  const body = CHUNKED_HELLO;
  await connection.send(requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body }));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-body')).toBe('hello');
  expect(answer.headers.get('connection')).toBe('close');
  await connection.ended();
});

test('a request smuggled behind Content-Length and Transfer-Encoding is not executed', async () => {
  const connection = await (await start()).connect();
  const lines = ['Transfer-Encoding: chunked', 'Content-Length: 15'];
  const body = `${CHUNKED_HELLO}${requestText({ key: 'smuggled' })}`;
  await connection.send(requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body }));
  expect((await connection.readAnswer()).status).toBe(200);
  await connection.send(requestText({ key: 'smuggled-later' }));
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal).toEqual(['parse c', 'applied c']);
});

test('a request behind Connection: close is not executed', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'a', lines: ['Connection: close'] }) + requestText({ key: 'b' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of a');
  await connection.ended();
  expect(fake.journal).toEqual(['begin a']);
});

test('pipelined requests are executed one after the other and answered in order', async () => {
  const connection = await (await start()).connect();
  await connection.send(
    requestText({ key: 'held' }) + requestText({ key: 'b' }) + requestText({ key: 'c', lines: ['Connection: close'] }),
  );
  const other = await (running as TestServer).connect();
  await other.send(requestText({ key: 'elsewhere' }));
  await other.readAnswer();
  expect(fake.journal).toEqual(['begin held', 'begin elsewhere']);
  fake.gate.open();
  expect((await connection.readAnswer()).body.toString()).toBe('content of held');
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
  expect((await connection.readAnswer()).body.toString()).toBe('content of c');
  await connection.ended();
});

test.each([
  ['control character in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: a\x01b\r\n\r\n'],
  ['NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n'],
  ['value that is not UTF-8', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \xe9\r\n\r\n'],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'],
  ['no Host', 'GET / HTTP/1.1\r\nX-A: b\r\n\r\n'],
  ['space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
  ['carriage return alone', 'GET / HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n'],
  ['two Content-Lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx'],
  ['Content-Length that is no number', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx'],
  ['Content-Length beyond all bounds', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999\r\n\r\nx'],
  ['unknown Transfer-Encoding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nx'],
  ['two codings', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${CHUNKED_HELLO}`],
  ['chunked not last', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n${CHUNKED_HELLO}`],
  [
    'two Transfer-Encodings',
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_HELLO}`,
  ],
  [
    'coding behind a vertical tab',
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n${CHUNKED_HELLO}`,
  ],
  ['Transfer-Encoding in HTTP/1.0', `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_HELLO}`],
  ['unheard-of version', 'GET / HTTP/3.7\r\nHost: a\r\n\r\n'],
  ['version 0.9', 'GET /\r\n\r\n'],
  ['unknown method', 'FROB / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
])('malformed head is 400 with an error document, and the connection ends: %s', async (_name, text) => {
  const connection = await (await start()).connect();
  await connection.send(text);
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.headers.get('connection')).toBe('close');
  expect(answer.headers.get('server')).toBe('AliyunOSS');
  const requestId = answer.headers.get('x-oss-request-id');
  expect(requestId).toMatch(/^[0-9A-F]{24}$/);
  expect(answer.body.toString()).toContain(`<RequestId>${requestId}</RequestId>`);
  expect(answer.body.toString()).toMatch(/^<\?xml .*<Error>\s*<Code>BadRequest<\/Code>/s);
  expect(answer.body.toString()).toMatch(/<HostId>.+<\/HostId>/);
  await connection.ended();
  expect(connection.pending).toBe('');
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
  // Long enough for the first half to be read in time: a connection that has brought nothing by then is closed without an answer.
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

test('a connection kept alive is closed after its time, and not before the next request', async () => {
  const connection = await (await start({ timeouts: { keepAliveMs: 1000 } })).connect();
  await connection.send(requestText({ key: 'a' }));
  const answer = await connection.readAnswer();
  expect(answer.headers.get('connection')).toBe('keep-alive');
  expect(answer.headers.get('keep-alive')).toBe('timeout=1');
  await connection.send(requestText({ key: 'b' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
  await connection.ended();
});

test('a request split into single bytes is understood', async () => {
  const connection = await (await start()).connect();
  for (const character of appendText('bytewise', 'hello')) await connection.send(character);
  const answer = await connection.readAnswer();
  expect(answer.headers.get('x-body')).toBe('hello');
});

test('HTTP/1.0 without Host is answered and closed', async () => {
  const connection = await (await start()).connect();
  await connection.send('GET /examplebucket/a HTTP/1.0\r\n\r\n');
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(403);
  expect(answer.body.toString()).toMatch(/<HostId>127\.0\.0\.1:\d+<\/HostId>/);
  await connection.ended();
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

test('an expectation that is not 100-continue is 417', async () => {
  const connection = await (await start()).connect();
  await connection.send(`${requestHead({ key: 'a', lines: ['Expect: miracles'] })}\r\n`);
  expect((await connection.readAnswer()).status).toBe(417);
  expect(fake.journal).toEqual([]);
});
