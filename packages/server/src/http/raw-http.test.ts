/**
 * 100,000 streams of raw HTTP against servers in this process, compared with a strict reader of our own: nothing is
 * executed that is no request, every answer is well-formed and there, and a connection is open or closed as it must be.
 * `ANNALS_RAW_HTTP_COUNT` and `ANNALS_RAW_HTTP_SEED` try more, or others. A stream that fails belongs into `corpus`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createBareServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OperationName } from '@annals/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { BUCKET, NOW_MS } from '../../../../test/harness/signed-text.js';
import { startTestServer } from '../../../../test/harness/test-server.js';
import { defineOperation, type OperationRow, type OperationRows } from '../operation-row/operation-row.js';
import { defaultSettings } from '../settings.js';
import { FuzzLane, type FuzzTarget, fuzzRawHttp, RawHttpViolation } from '../testing/raw-http/raw-http-fuzzer.js';
import { readStream, type SeenRequest } from '../testing/raw-http/strict-reader.js';

const COUNT = Number(process.env.ANNALS_RAW_HTTP_COUNT ?? 100_000);
const SEED = Number(process.env.ANNALS_RAW_HTTP_SEED ?? 20_261_128);
const LANE_COUNT = 8;
const CORPUS = new URL('../testing/raw-http/corpus/', import.meta.url);
const { headerBytesMax, headerCountMax } = defaultSettings.limits;
const bounds = { headerBytesMax, headerCountMax };
const BODY_LENGTH_BYTES_MAX = 1024 * 1024;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Rows that execute anything for anybody and write down what. */
function recordingRows(executed: SeenRequest[]): Partial<OperationRows> {
  return {
    PutObject: recordingRow('PutObject', executed),
    AppendObject: recordingRow('AppendObject', executed),
    GetObject: recordingRow('GetObject', executed),
    HeadObject: recordingRow('HeadObject', executed),
    DeleteObject: recordingRow('DeleteObject', executed),
  };
}

function recordingRow<Name extends OperationName>(name: Name, executed: SeenRequest[]): OperationRow<Name> {
  return defineOperation<Name, undefined, undefined>({
    name,
    effect: 'works',
    anonymous: 'always',
    permissions: () => [],
    parse: () => undefined,
    async handle(_input, _context, request) {
      const body = await request.body.readAll(BODY_LENGTH_BYTES_MAX, () => new Error('too long'));
      const id = request.headers.get('x-id') ?? '';
      executed.push({
        method: request.method,
        id: Buffer.from(id, 'utf8').toString('latin1'),
        body: Buffer.from(body).toString('latin1'),
      });
      return undefined;
    },
    render: () => ({ status: 200, headers: {}, body: Buffer.from('done') }),
  });
}

async function startTarget(): Promise<FuzzTarget> {
  const executed: SeenRequest[] = [];
  const server = await startTestServer({
    operations: recordingRows(executed),
    isSilent: true,
    buckets: [BUCKET],
    clock: () => NOW_MS,
  });
  closers.push(() => server.close());
  return { port: server.port, executed, bounds };
}

/** What the gate keeps us from being: node:http with its lenient parser, and nothing in front of it. */
async function startBareTarget(): Promise<FuzzTarget> {
  const executed: SeenRequest[] = [];
  const options = { insecureHTTPParser: true, requireHostHeader: false, keepAliveTimeout: 100 };
  const server: Server = createBareServer(options, (incoming, outgoing) => {
    let body = '';
    incoming.on('data', (bytes: Buffer) => {
      body += bytes.toString('latin1');
    });
    incoming.on('end', () => {
      executed.push({ method: incoming.method ?? '', id: incoming.headers['x-id']?.toString() ?? '', body });
      outgoing.end('done');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { port: (server.address() as AddressInfo).port, executed, bounds };
}

test(`${COUNT} streams of raw HTTP, seed ${SEED}`, { timeout: 1_800_000 }, async () => {
  const targets = await Promise.all(Array.from({ length: LANE_COUNT }, startTarget));
  const { stackTraceLimit } = Error;
  // Most streams are refused, and writing down where costs more than refusing.
  Error.stackTraceLimit = 0;
  const fuzzing = fuzzRawHttp(targets, { seed: SEED, count: COUNT });
  const { endCounts, executedCount } = await fuzzing.finally(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  // A kind that hardly ever comes up has not been tried.
  for (const end of ['open', 'last', 'refused', 'broken', 'incomplete', 'uncertain']) {
    expect(endCounts.get(end) ?? 0, end).toBeGreaterThan(COUNT / 500);
  }
  expect(executedCount).toBeGreaterThan(COUNT / 5);
});

describe('every stream of the corpus', () => {
  test.each(readdirSync(CORPUS).filter((name) => name.endsWith('.http')))('%s', async (name) => {
    const stream = readFileSync(new URL(name, CORPUS), 'latin1');
    const lane = new FuzzLane(await startTarget());
    await lane.tryStream(stream);
    for (let cutAt = 1; cutAt < stream.length; cutAt += 1) await lane.tryStream(stream, cutAt);
    lane.close();
  });
});

test('a server that executes what is no request is found out', async () => {
  const fuzzing = fuzzRawHttp([await startBareTarget()], { seed: SEED, count: 5000 });
  await expect(fuzzing).rejects.toThrow(RawHttpViolation);
});

test.each([
  'PUT /a HTTP/1.1\r\nHost: a\r\nx-id: 1\r\nContent-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\nPUT /b HTTP/1.1\r\nHost: a\r\nx-id: hidden\r\nContent-Length: 0\r\n\r\n',
  'PUT /a HTTP/1.1\r\n x: y\r\nHost: a\r\nx-id: 1\r\nContent-Length: 0\r\n\r\n',
])('a server that executes this is found out: %j', async (stream) => {
  const lane = new FuzzLane(await startBareTarget());
  await expect(lane.tryStream(stream).finally(() => lane.close())).rejects.toThrow(
    'a request is executed that is none',
  );
});

describe('the strict reader', () => {
  test.each([
    ['GET / HTTP/1.1\r\nHost: a\r\nx-id: 1\r\n\r\n', 1, 'open'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1\r\nHost: a\r\n\r\n', 2, 'open'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n', 1, 'open'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhi\r\n0\r\n\r\n', 0, 'broken'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhi', 0, 'incomplete'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n', 0, 'refused'],
    ['GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n', 1, 'last'],
    ['GET / HTTP/1.1\r\nHost: a\r\n', 0, 'incomplete'],
    ['GET / HTTP/1.1\r\nHost : a\r\n', 0, 'refused'],
  ] as const)('%j holds %i requests and ends %s', (stream, count, end) => {
    const seen = readStream(stream, bounds);
    expect([seen.requests.length, seen.end]).toEqual([count, end]);
  });
});
