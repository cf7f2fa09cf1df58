/**
 * Clients that keep a connection without keeping pace: cut off by what the settings say, counted by reason, and nothing
 * of them stays.
 */
import { afterEach, expect, test } from 'vitest';
import type { RawConnection } from '../../../../test/harness/raw-connection.js';
import { BUCKET, NOW_MS, requestHead, requestText } from '../../../../test/harness/signed-text.js';
import { type SettingsChange, startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import { type FakeOperations, makeFakeOperations } from '../testing/fake-operations.js';

let running: TestServer | undefined;
let fake: FakeOperations;

async function start(change: SettingsChange): Promise<TestServer> {
  fake = makeFakeOperations();
  running = await startTestServer({ operations: fake.rows, settings: change, buckets: [BUCKET], clock: () => NOW_MS });
  return running;
}

afterEach(async () => {
  fake.gate.open();
  await running?.close();
  running = undefined;
});

async function slowClientsOf(server: TestServer): Promise<Record<string, number>> {
  const connection = await server.connect();
  await connection.send('GET /-/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const text = (await connection.readAnswer()).body.toString();
  const lines = text.matchAll(/^annals_slow_clients_total\{reason="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, reason = '', count]) => [reason, Number(count)]));
}

/** Sends a byte every now and then until the server has had enough. */
function trickle(connection: RawConnection, text: string): () => void {
  const timer = setInterval(() => void connection.send(text), 20);
  return () => clearInterval(timer);
}

const SLOW: SettingsChange = {
  limits: { rateBytesPerSecondMin: 10_000 },
  timeouts: { idleMs: 20_000, rateWindowMs: 200 },
};
const COUNT = 20;

test.each([
  ['of a known length', 'Content-Length: 1000000', 'x'],
  ['in chunks', 'Transfer-Encoding: chunked', '1\r\nx\r\n'],
])('uploads %s that trickle are 400 RequestTimeout, though they never stand still', async (_name, line, text) => {
  const server = await start(SLOW);
  const head = requestHead({ method: 'POST', key: 'a', query: 'append&position=0', lines: [line] });
  await Promise.all(
    Array.from({ length: COUNT }, async () => {
      const connection = await server.connect();
      await connection.send(`${head}\r\n`);
      const stop = trickle(connection, text);
      const answer = await connection.readAnswer();
      expect(answer.status).toBe(400);
      expect(answer.body.toString()).toContain('<Code>RequestTimeout</Code>');
      await connection.ended();
      stop();
      connection.destroy();
    }),
  );
  expect(await slowClientsOf(server)).toEqual({ 'slow-upload': COUNT });
  expect(fake.journal).not.toContain('applied a');
});

test('a body that only comes to be thrown away must keep pace too', async () => {
  const server = await start(SLOW);
  const connection = await server.connect();
  const lines = ['Content-Length: 100000'];
  await connection.send(`${requestHead({ method: 'POST', key: 'refused', query: 'append&position=0', lines })}\r\n`);
  expect((await connection.readAnswer()).status).toBe(409);
  const stop = trickle(connection, 'x');
  await connection.ended();
  stop();
  expect(await slowClientsOf(server)).toEqual({ 'slow-upload': 1 });
});

test('readers that stop are cut, and what they held is released', async () => {
  const server = await start({ timeouts: { idleMs: 200 } });
  await Promise.all(
    Array.from({ length: COUNT }, async () => {
      const connection = await server.connect();
      connection.stopReading();
      await connection.send(requestText({ key: 'endless' }));
    }),
  );
  await expect.poll(() => fake.releaseCount, { timeout: 30_000 }).toBe(COUNT);
  expect(await slowClientsOf(server)).toEqual({ 'stalled-reader': COUNT });
});

test('heads that do not come to an end are cut', async () => {
  const server = await start({ timeouts: { headersMs: 1000 } });
  await Promise.all(
    Array.from({ length: COUNT }, async () => {
      const connection = await server.connect();
      await connection.send('GET / HTTP/1.1\r\nHost: a\r\n');
      const stop = trickle(connection, 'a:\r\n');
      expect((await connection.readAnswer()).body.toString()).toContain('<Code>RequestTimeout</Code>');
      stop();
    }),
  );
  expect(await slowClientsOf(server)).toEqual({ 'slow-head': COUNT });
});

test('time in which the server holds the client back is not the client\u2019s', async () => {
  const server = await start({
    limits: { rateBytesPerSecondMin: 1_000_000 },
    timeouts: { idleMs: 100, rateWindowMs: 100 },
  });
  const connection = await server.connect();
  await connection.send(
    requestText({
      method: 'POST',
      key: 'held',
      query: 'append&position=0',
      lines: ['Content-Length: 5'],
      body: 'hello',
    }),
  );
  await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('parse held');
  const other = await server.connect();
  for (let count = 0; count < 50; count += 1) {
    await other.send(requestText({ key: 'a' }));
    await other.readAnswer();
  }
  fake.gate.open();
  expect((await connection.readAnswer()).status).toBe(200);
  expect(await slowClientsOf(server)).toEqual({});
});

test.each([
  ['Connection: close', 'HTTP/1.1'],
  ['x-a: b', 'HTTP/1.0'],
])(
  'a last request that breaks off is given up at once, and not when it has stood still: %s, %s',
  async (line, version) => {
    const server = await start({ timeouts: { idleMs: 600_000 } });
    const connection = await server.connect();
    const lines = ['Content-Length: 10', line];
    const text = requestText({ method: 'POST', key: 'a', query: 'append&position=0', lines, body: 'hello' });
    await connection.send(text.replace('HTTP/1.1', version));
    await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('parse a');
    connection.endSending();
    expect((await connection.readAnswer()).body.toString()).toContain('<Code>IncompleteBody</Code>');
    await connection.ended();
  },
);
