/** A server as a whole: where it listens, its own pages, its log, and its end. */
import { afterEach, describe, expect, test } from 'vitest';
import { RawConnection } from '../../../test/harness/raw-connection.js';
import { appendText, BUCKET, NOW_MS, requestText } from '../../../test/harness/signed-text.js';
import { ROOT, type SettingsChange, startTestServer, type TestServer } from '../../../test/harness/test-server.js';
import { type FakeOperations, makeFakeOperations } from './testing/fake-operations.js';

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

describe('listen', () => {
  test('gives its URL, and a server on 127.0.0.1 listens on ::1 too', async () => {
    const { server, port } = await start();
    expect(server.url).toBe(`http://127.0.0.1:${port}`);
    const hosts = await reachableLoopbacks(port);
    expect(hosts).toContain('127.0.0.1');
    for (const host of hosts) {
      const connection = await RawConnection.open(port, { host });
      await connection.send(requestText({ key: 'a' }));
      expect((await connection.readAnswer()).body.toString()).toBe('content of a');
      connection.destroy();
    }
  });

  test('fails when the port is taken', async () => {
    const { server, port } = await start();
    const other = await startTestServer({ operations: fake.rows, buckets: [BUCKET], clock: () => NOW_MS });
    await expect(other.server.listen({ host: '127.0.0.1', port })).rejects.toThrow();
    await other.close();
    expect(server.url).toContain(String(port));
  });
});

describe('pages of the server itself', () => {
  test.each(['localhost', 'examplebucket.localhost', 'anything.example'])(
    'are answered under Host %s',
    async (host) => {
      const connection = await (await start()).connect();
      await connection.send(`GET /-/healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect((await connection.readAnswer()).body.toString()).toBe('ok\n');
      await connection.send(`GET /-/readyz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect((await connection.readAnswer()).status).toBe(200);
      await connection.send(`HEAD /-/healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect((await connection.readAnswer('HEAD')).headers.get('content-length')).toBe('3');
    },
  );

  test('count requests, bytes and latencies', async () => {
    const connection = await (await start()).connect();
    await connection.send(appendText('a', 'hello'));
    await connection.readAnswer();
    await connection.send(requestText({ key: 'missing' }));
    await connection.readAnswer();
    await connection.send('GET /-/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const page = (await connection.readAnswer()).body.toString();
    expect(page).toContain('annals_requests_total{operation="AppendObject",status="200"} 1');
    expect(page).toContain('annals_requests_total{operation="GetObject",status="404"} 1');
    expect(page).toContain('annals_received_bytes_total 5');
    expect(page).toContain('annals_request_duration_seconds_count{operation="AppendObject"} 1');
    expect(page).toMatch(/annals_uptime_seconds \d/);
    expect(page).toContain('annals_followers 0');
  });

  test('say that a closed store is not ready', async () => {
    const { store, connect } = await start();
    await store.maintenance.close();
    const connection = await connect();
    await connection.send('GET /-/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.readAnswer()).status).toBe(503);
    await connection.send('GET /-/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.readAnswer()).status).toBe(200);
  });

  test('say that a store is not ready that has failed', async () => {
    const connection = await (await start()).connect();
    await connection.send(requestText({ key: 'poisoned' }));
    expect((await connection.readAnswer()).status).toBe(503);
    await connection.send('GET /-/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.readAnswer()).status).toBe(503);
  });

  test('leave other paths and methods to the protocol', async () => {
    const connection = await (await start()).connect();
    await connection.send('PUT /-/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
    expect((await connection.readAnswer()).body.toString()).toContain('<Error>');
    await connection.send('GET /-/other HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.readAnswer()).body.toString()).toContain('<Code>InvalidBucketName</Code>');
  });
});

describe('log', () => {
  test('has one line per request and no secrets', async () => {
    const { connect, logLines } = await start();
    const connection = await connect();
    await connection.send(appendText('a', 'hello'));
    const answer = await connection.readAnswer();
    expect(logLines).toEqual([
      expect.objectContaining({
        requestId: answer.headers.get('x-oss-request-id'),
        operation: 'AppendObject',
        bucket: BUCKET,
        key: 'a',
        status: 200,
        accessKeyId: ROOT.accessKeyId,
        receivedLengthBytes: 5,
        sentLengthBytes: 0,
      }),
    ]);
    await connection.send(
      `GET /${BUCKET}/a?OSSAccessKeyId=${ROOT.accessKeyId}&Expires=${NOW_MS / 1000 + 60}&Signature=c2lnbmF0dXJl HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    expect((await connection.readAnswer()).status).toBe(403);
    const text = JSON.stringify(logLines);
    expect(text).toContain('SignatureDoesNotMatch');
    expect(text).not.toContain('c2lnbmF0dXJl');
    expect(text).not.toContain(ROOT.accessKeySecret);
  });
});

test('a client that stops sending while its request is under way leaves: the server goes on', async () => {
  const { connect } = await start();
  const leaving = await connect();
  await leaving.send(appendText('held', 'hello'));
  leaving.endSending();
  await leaving.ended();
  fake.gate.open();
  await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('applied held');
  const connection = await connect();
  await connection.send(requestText({ key: 'a' }));
  expect((await connection.readAnswer()).status).toBe(200);
});

describe('drain', () => {
  test('is not ready and still answers, and each answer ends its connection', async () => {
    const { server, connect } = await start({ timeouts: { drainMs: 10 } });
    const busy = await connect();
    const idle = await connect();
    await busy.send(appendText('held', 'hello'));
    await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('parse held');
    const drained = server.drain();
    const fresh = await connect();
    await fresh.send('GET /-/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const readiness = await fresh.readAnswer();
    expect(readiness.status).toBe(503);
    expect(readiness.body.toString()).toContain('shutting down');
    await fresh.ended();
    await idle.send(requestText({ key: 'a' }));
    const answer = await idle.readAnswer();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
    await idle.ended();
    await drained;
    fake.gate.open();
    const held = await busy.readAnswer();
    expect(held.status).toBe(200);
    expect(held.headers.get('connection')).toBe('close');
    await busy.ended();
  });
});

describe('close', () => {
  test('lets a request under way finish, and tells it that the connection ends', async () => {
    const { server, connect, port } = await start();
    const busy = await connect();
    const idle = await connect();
    await idle.send(requestText({ key: 'a' }));
    await idle.readAnswer();
    await busy.send(appendText('held', 'hello'));
    await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('parse held');
    const closed = server.close();
    await idle.ended();
    await expect(RawConnection.open(port)).rejects.toThrow();
    fake.gate.open();
    const answer = await busy.readAnswer();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
    await busy.ended();
    await closed;
    expect(fake.journal).toContain('applied held');
  });

  test('cuts off what does not finish in time', async () => {
    const { server, connect } = await start({ timeouts: { shutdownMs: 50 } });
    const connection = await connect();
    await connection.send(requestText({ key: 'held' }));
    await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('begin held');
    await server.close();
    await connection.ended();
    expect(connection.pending).toBe('');
  });

  test('succeeds also when a client breaks its connection meanwhile', async () => {
    const { server, connect } = await start();
    const client = await connect();
    await client.send(appendText('held', 'hello'));
    await expect.poll(() => fake.journal, { timeout: 30_000 }).toContain('parse held');
    const closed = server.close();
    client.reset();
    fake.gate.open();
    await closed;
  });

  test('is idempotent, and does not wait for connections that ask for nothing', async () => {
    const { server, connect } = await start();
    const fresh = await connect();
    const half = await connect();
    await half.send('GET / HTT');
    await Promise.all([server.close(), server.close()]);
    await fresh.ended();
    await half.ended();
  });
});

/** The loopback addresses that this machine has and the server listens on. */
async function reachableLoopbacks(port: number): Promise<string[]> {
  const hosts: string[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    const connection = await RawConnection.open(port, { host }).catch(() => undefined);
    if (connection === undefined) continue;
    connection.destroy();
    hosts.push(host);
  }
  return hosts;
}
