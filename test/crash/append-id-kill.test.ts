/**
 * kill -9 in the middle of appends that have ids: each writer sends the append whose answer never came again, with its
 * id, to the next process. Every body is in the object once, those of a writer in its order, and what was acknowledged
 * before the kill is answered as it was.
 */
import { Agent } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange, type RawAnswer } from '../harness/http-exchange.js';
import { type ServerProcess, startServerProcess, temporaryFolder } from '../harness/server-process.js';
import { encodedPath, encodedQuery, signRequest } from '../harness/sign-request.js';

const bucket = 'crash';
const key = 'shared.log';
const KILL_COUNT = 10;
const WRITER_COUNT = 8;
const ANSWER_COUNT_PER_LIFE = 120;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder.remove());

/** What one writer knows. */
interface Writer {
  readonly name: string;
  readonly agent: Agent;
  /** Appends that were answered. */
  count: number;
  /** Of the last one that was: its id, its body and the answer. */
  last: { readonly id: string; readonly body: string; readonly next: string | undefined } | undefined;
}

function append(server: ServerProcess, { agent }: Writer, id: string, body: string): Promise<RawAnswer> {
  const headers = { 'content-length': String(body.length), 'x-oss-annals-append-id': id };
  const unsigned = { method: 'POST', bucket, key, query: { append: '', position: 'auto' }, headers };
  const signed = signRequest(unsigned, 'v4', server, Date.now());
  return exchange({
    port: server.port,
    agent,
    method: 'POST',
    path: `${encodedPath(bucket, key)}?${encodedQuery(signed.query)}`,
    headers: { host: `127.0.0.1:${server.port}`, ...signed.headers },
    body: Buffer.from(body),
  });
}

/** Appends until the connection breaks; what was not answered is sent again by the next call. */
async function appendUntilKilled(server: ServerProcess, writer: Writer, onAnswer: () => void): Promise<void> {
  try {
    for (;;) {
      const id = `${writer.name}-${writer.count}`;
      const body = `${writer.name} ${writer.count} ${'x'.repeat((writer.count * 37) % 500)}\n`;
      const answer = await append(server, writer, id, body);
      expect(answer.status).toBe(200);
      writer.last = { id, body, next: answer.headers['x-oss-next-append-position'] };
      writer.count += 1;
      onAnswer();
    }
  } catch (error) {
    // An answer that is wrong must not be taken for a broken connection.
    if (error instanceof Error && error.name === 'AssertionError') throw error;
  }
}

it(`appends with ids are applied once over ${KILL_COUNT} kills, and repeats are answered as the first`, async () => {
  const data = join(folder.path, 'data');
  const writers = Array.from({ length: WRITER_COUNT }, (_, index): Writer => {
    return { name: `w${index}`, agent: new Agent({ keepAlive: true, maxSockets: 1 }), count: 0, last: undefined };
  });
  for (let kill = 0; kill < KILL_COUNT; kill += 1) {
    const server = await startServerProcess({ data, buckets: [bucket] });
    for (const writer of writers) {
      if (writer.last === undefined) continue;
      const { id, body, next } = writer.last;
      const repeat = await append(server, writer, id, body);
      expect(repeat.headers).toMatchObject({
        'x-oss-annals-replayed': 'true',
        'x-oss-next-append-position': next,
      });
    }
    let answerCount = 0;
    let killed: Promise<void> | undefined;
    const onAnswer = (): void => {
      answerCount += 1;
      if (answerCount >= ANSWER_COUNT_PER_LIFE) killed ??= server.kill();
    };
    await Promise.all(writers.map((writer) => appendUntilKilled(server, writer, onAnswer)));
    await killed;
  }
  const server = await startServerProcess({ data });
  const [first] = writers;
  if (first === undefined) expect.fail('there are writers');
  // Settles what the last kill left open.
  for (const writer of writers) {
    const body = `${writer.name} ${writer.count} ${'x'.repeat((writer.count * 37) % 500)}\n`;
    expect((await append(server, writer, `${writer.name}-${writer.count}`, body)).status).toBe(200);
    writer.count += 1;
  }
  const signed = signRequest({ method: 'GET', bucket, key, query: {}, headers: {} }, 'v4', server, Date.now());
  const { body } = await exchange({
    port: server.port,
    agent: first.agent,
    method: 'GET',
    path: `${encodedPath(bucket, key)}?${encodedQuery(signed.query)}`,
    headers: { host: `127.0.0.1:${server.port}`, ...signed.headers },
  });
  const lines = body.toString('utf8').trimEnd().split('\n');
  for (const writer of writers) {
    const counts = lines.filter((line) => line.startsWith(`${writer.name} `)).map((line) => Number(line.split(' ')[1]));
    expect(counts).toEqual(Array.from({ length: writer.count }, (_, count) => count));
  }
  for (const { agent } of writers) agent.destroy();
  expect(await server.stop()).toBe(0);
}, 300_000);
