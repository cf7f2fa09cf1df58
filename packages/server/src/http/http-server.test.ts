/** What comes before anything is understood: framing, limits, malformed heads, timeouts of a connection. */
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

const CHUNKED_HELLO = '5\r\nhello\r\n0\r\n\r\n';

/** The one client that is known to send both lengths, and means both. */
const C_SDK = 'User-Agent: aliyun-sdk-c/3.11.2(Compatible Unknown)';

test('Content-Length and Transfer-Encoding together, by the C SDK: chunked wins and the connection ends', async () => {
  const connection = await (await start()).connect();
  const lines = [C_SDK, 'Transfer-Encoding: chunked', 'Content-Length: 5'];
  const body = CHUNKED_HELLO + requestText({ key: 'smuggled' });
  await connection.send(requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body }));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-body')).toBe('hello');
  expect(answer.headers.get('connection')).toBe('close');
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal).toEqual(['parse c', 'applied c']);
});

test.each([
  ['too long', 4],
  ['too short', 6],
  ['of the coded body', 15],
])('a Content-Length that the chunks do not come to is 400, by the C SDK too: %s', async (_name, length) => {
  const connection = await (await start()).connect();
  const lines = [C_SDK, 'Transfer-Encoding: chunked', `Content-Length: ${length}`];
  const body = CHUNKED_HELLO + requestText({ key: 'smuggled' });
  await connection.send(requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body }));
  expect((await connection.readAnswer()).status).toBe(400);
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal).not.toContain('applied c');
  expect(fake.journal).not.toContain('begin smuggled');
});

test.each([
  [['Transfer-Encoding: chunked', 'Content-Length: 5']],
  [['Content-Length: 15', 'Transfer-Encoding: chunked']],
  [['Transfer-Encoding: chunked', 'Content-Length: 0']],
])('%j of any other client are 400, and nothing behind them is executed', async (lines) => {
  const connection = await (await start()).connect();
  const body = CHUNKED_HELLO + requestText({ key: 'smuggled' });
  await connection.send(requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body }));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.headers.get('connection')).toBe('close');
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal).toEqual([]);
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

/** Short headers in front of or behind another. */
const MANY_HEADERS = 'a:\r\n'.repeat(2000);

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
  [
    'space before the colon of Transfer-Encoding',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n${CHUNKED_HELLO}`,
  ],
  ['tab before the colon', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\nhello'],
  [
    'Content-Length hidden behind many headers',
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${MANY_HEADERS}Content-Length: 5\r\n\r\n${CHUNKED_HELLO}`,
  ],
  [
    'Transfer-Encoding hidden behind many headers',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n${MANY_HEADERS}Transfer-Encoding: chunked\r\n\r\n${CHUNKED_HELLO}`,
  ],
  ['Host hidden behind many headers', `GET / HTTP/1.1\r\nHost: a\r\n${MANY_HEADERS}Host: b\r\n\r\n`],
  ['one header more than allowed', `GET / HTTP/1.1\r\nHost: a\r\n${'a:\r\n'.repeat(256)}\r\n`],
  ['first header line that begins with a space', 'GET / HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n'],
  ['folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
  ['folded Transfer-Encoding', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n${CHUNKED_HELLO}`],
  ['line feed alone', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'],
  ['line feed alone behind the first line', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
  ['line feed alone at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
  ['header without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n'],
  ['header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n'],
  ['brackets in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX[A]: b\r\n\r\n'],
  ['Content-Length of a list', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx'],
  ['Content-Length in hexadecimal', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx'],
  ['empty Content-Length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nx'],
  ['empty Transfer-Encoding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n'],
  ['Transfer-Encoding identity', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n'],
  [
    'Transfer-Encoding with a parameter',
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n${CHUNKED_HELLO}`,
  ],
  ['Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['Host of a list', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n'],
  ['Host with a user', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
  ['target of another host', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['target of a host with a user', 'GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n'],
  ['two spaces in the first line', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['tab in the first line', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['space behind the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n'],
  ['method in lower case', 'get / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['method of odd characters', 'GE!T / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['tunnel', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['RTSP', 'DESCRIBE / RTSP/1.0\r\nHost: a\r\n\r\n'],
  ['version in lower case', 'GET / http/1.1\r\nHost: a\r\n\r\n'],
  ['several empty lines in front', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'Connection that lists Content-Length',
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close, Content-Length\r\nContent-Length: 1\r\n\r\nx',
  ],
  ['Connection that lists Host', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
])('malformed head is 400 with an error document, and the connection ends: %s', async (_name, text) => {
  const connection = await (await start()).connect();
  await connection.send(text + requestText({ key: 'smuggled' }));
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

test.each([
  ['size with a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
  ['size behind a space', ' 5\r\nhello\r\n0\r\n\r\n'],
  ['size before a space', '5 \r\nhello\r\n0\r\n\r\n'],
  ['no size', '\r\nhello\r\n0\r\n\r\n'],
  ['size that is no number', '5g\r\nhello\r\n0\r\n\r\n'],
  ['size beyond all bounds', 'fffffffffffffffff\r\nhello'],
  ['size of many zeros', `${'0'.repeat(20)}5\r\nhello\r\n0\r\n\r\n`],
  ['size before a line feed alone', '5\nhello\r\n0\r\n\r\n'],
  ['size before a carriage return alone', '5\rhello\r\n0\r\n\r\n'],
  ['extension with a line feed alone', '5;a\nhello\r\n0\r\n\r\n'],
  ['extension with a NUL', '5;a\0\r\nhello\r\n0\r\n\r\n'],
  ['extensions without end', `5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`],
  ['chunk longer than its size', '4\r\nhello\r\n0\r\n\r\n'],
  ['chunk before a line feed alone', '5\r\nhello\n0\r\n\r\n'],
  ['trailer of framing', '5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n'],
  ['trailer with a space before the colon', '5\r\nhello\r\n0\r\nX-A : b\r\n\r\n'],
  ['folded trailer', '5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n'],
  ['trailer that is a request', '5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['trailer before a line feed alone', '5\r\nhello\r\n0\r\nX-A: b\n\r\n'],
  ['trailers without end', `5\r\nhello\r\n0\r\n${'X-A: b\r\n'.repeat(2000)}\r\n`],
])('malformed chunks are 400, nothing is applied, and the connection ends: %s', async (_name, body) => {
  const connection = await (await start()).connect();
  const text = body + requestText({ key: 'smuggled' });
  const lines = ['Transfer-Encoding: chunked'];
  await connection.send(requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body: text }));
  const answer = await connection.readAnswer();
  expect(answer.status).toBe(400);
  expect(answer.headers.get('connection')).toBe('close');
  expect(answer.body.toString()).toContain('<Code>BadRequest</Code>');
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal).toEqual(['parse c']);
});

test.each([
  ['extensions and trailers', '5;a=b;c="d e"\r\nhello\r\n0;e\r\nX-A: b\r\nX-B:\r\n\r\n', 'hello'],
  ['sizes with zeros in front, in both cases', '0005\r\nhello\r\nA\r\n0123456789\r\n00\r\n\r\n', 'hello0123456789'],
  ['chunks of one byte', `${[...'hello'].map((character) => `1\r\n${character}\r\n`).join('')}0\r\n\r\n`, 'hello'],
  ['a chunk as long as several reads', `30d40\r\n${'x'.repeat(200_000)}\r\n1\r\ny\r\n0\r\n\r\n`, '200001 bytes'],
])('well-formed chunks are understood, in one write and byte by byte: %s', async (_name, body, expected) => {
  const server = await start();
  const lines = ['Transfer-Encoding: chunked'];
  const text = requestText({ method: 'POST', key: 'c', query: 'append&position=0', lines, body });
  const connection = await server.connect();
  await connection.send(text + text);
  for (const _ of [1, 2]) expect((await connection.readAnswer()).headers.get('x-body')).toBe(expected);
  if (text.length > 1000) return;
  for (const character of text) await connection.send(character);
  expect((await connection.readAnswer()).headers.get('x-body')).toBe(expected);
});

test('as many headers as allowed, an absolute target of the same host, and an empty line in front are taken', async () => {
  const connection = await (await start()).connect();
  await connection.send(requestText({ key: 'a', lines: Array.from({ length: 253 }, () => 'a:') }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of a');
  await connection.send(`\r\n${requestText({ key: 'b' }).replace(' /', ' http://LOCALHOST:80/')}`);
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
});

test.each([1, 150, 1000])('%i requests at once are answered, all and in order', async (count) => {
  const connection = await (await start()).connect();
  const keys = Array.from({ length: count }, (_, index) => `k${index}`);
  await connection.send(keys.map((key) => requestText({ key })).join(''));
  for (const key of keys) expect((await connection.readAnswer()).body.toString()).toBe(`content of ${key}`);
  expect(fake.journal).toEqual(keys.map((key) => `begin ${key}`));
});

test('requests at once from a client that then sends no more are answered, all of them', async () => {
  const connection = await (await start()).connect();
  const bodies = ['one', 'two', 'three'];
  await connection.send(bodies.map((body) => appendText('a', body)).join(''));
  connection.endSending();
  for (const body of bodies) expect((await connection.readAnswer()).headers.get('x-body')).toBe(body);
  await connection.ended();
});

test('requests behind one that is not answered wait at the client once a bounded part of them is here', async () => {
  const server = await start();
  const connection = await server.connect();
  const text = requestText({ key: 'b', lines: [`x-filler: ${'x'.repeat(4000)}`] });
  const count = 16 * 1024;
  let isSent = false;
  await connection.send(requestText({ key: 'held' }));
  void connection.send(text.repeat(count)).then(() => {
    isSent = true;
  });
  const other = await server.connect();
  for (let index = 0; index < 100; index += 1) {
    await other.send(requestText({ key: 'elsewhere' }));
    await other.readAnswer();
  }
  // What the system holds for two sockets is far less than the 65 MB sent.
  expect(isSent).toBe(false);
  fake.gate.open();
  expect((await connection.readAnswer()).body.toString()).toBe('content of held');
  for (let index = 0; index < count; index += 1) {
    expect((await connection.readAnswer()).body.toString()).toBe('content of b');
  }
  expect(isSent).toBe(true);
});

test('what is wrong behind requests that are right is answered after them', async () => {
  const connection = await (await start()).connect();
  await connection.send(
    `${requestText({ key: 'held' })}${requestText({ key: 'b' })}GET / HTTP/1.1\r\nHost : a\r\n\r\n`,
  );
  fake.gate.open();
  expect((await connection.readAnswer()).body.toString()).toBe('content of held');
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
  expect((await connection.readAnswer()).status).toBe(400);
  await connection.ended();
});

test('the unread body of a refused request is never read as a request', async () => {
  const connection = await (await start()).connect();
  const smuggled = requestText({ key: 'smuggled' });
  const lines = [`Content-Length: ${smuggled.length}`];
  const refused = { method: 'POST', key: 'refused', query: 'append&position=0' };
  await connection.send(requestText({ ...refused, lines, body: smuggled }) + requestText({ key: 'b' }));
  expect((await connection.readAnswer()).status).toBe(409);
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
  const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
  await connection.send(requestText({ ...refused, lines: ['Transfer-Encoding: chunked'], body: chunked }));
  expect((await connection.readAnswer()).status).toBe(409);
  const awaiting = [`Content-Length: ${smuggled.length}`, 'Expect: 100-continue'];
  await connection.send(requestText({ ...refused, lines: awaiting }));
  expect((await connection.readAnswer()).status).toBe(409);
  await connection.send(smuggled);
  await connection.ended();
  expect(connection.pending).toBe('');
  expect(fake.journal.filter((line) => line.startsWith('begin'))).toEqual(['begin b']);
});

test('broken chunks of a request that is answered already end the connection without a second answer', async () => {
  const connection = await (await start()).connect();
  const refused = { method: 'POST', key: 'refused', query: 'append&position=0', lines: ['Transfer-Encoding: chunked'] };
  await connection.send(requestText({ ...refused, body: '5\r\nhello\r\n' }));
  expect((await connection.readAnswer()).status).toBe(409);
  await connection.send('what?');
  await connection.ended();
  expect(connection.pending).toBe('');
});

test('a request to change the protocol is answered as any other, and the next one too', async () => {
  const connection = await (await start()).connect();
  const lines = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];
  await connection.send(requestText({ key: 'a', lines }) + requestText({ key: 'b' }));
  expect((await connection.readAnswer()).body.toString()).toBe('content of a');
  expect((await connection.readAnswer()).body.toString()).toBe('content of b');
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

test('an expectation that is not 100-continue is 417', async () => {
  const connection = await (await start()).connect();
  await connection.send(`${requestHead({ key: 'a', lines: ['Expect: miracles'] })}\r\n`);
  expect((await connection.readAnswer()).status).toBe(417);
  expect(fake.journal).toEqual([]);
});
