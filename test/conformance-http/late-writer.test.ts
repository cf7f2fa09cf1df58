/**
 * A writer that stops in the middle of a request and wakes up when another has taken over: what it completes then is
 * refused, and no byte of it is kept. Over raw connections, which say how far the request is.
 */
import { crc64 } from '@annals/checksum';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawConnection } from '../harness/raw-connection.js';
import { encodedPath, encodedQuery, signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';

const bucket = 'fenced';
const EPOCH = 'x-oss-annals-writer-epoch';
const ID = 'x-oss-annals-append-id';

let server: TestServer;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer({ buckets: [bucket] });
});

afterAll(() => server.close());

/** An append that waits in its middle. */
class PausedAppend {
  readonly #connection: RawConnection;
  readonly #rest: Buffer;

  private constructor(connection: RawConnection, rest: Buffer) {
    this.#connection = connection;
    this.#rest = rest;
  }

  /** Sends all of the head and `sentLength` bytes of the body, which the server has taken when this resolves. */
  static async begin(
    key: string,
    {
      position,
      headers,
      body,
      sentLength,
    }: {
      readonly position: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      readonly sentLength: number;
    },
  ): Promise<PausedAppend> {
    const query = { append: '', position };
    const signed = signRequest({ method: 'POST', bucket, key, query, headers }, 'v4', ROOT, Date.now());
    const lines = [
      `POST ${encodedPath(bucket, key)}?${encodedQuery(signed.query)} HTTP/1.1`,
      `host: ${server.host}`,
      `content-length: ${body.length}`,
      'expect: 100-continue',
      ...Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`),
    ];
    const connection = await server.connect();
    await connection.send(`${lines.join('\r\n')}\r\n\r\n`);
    // Every check that needs no bytes has passed.
    expect((await connection.readAnswer()).status).toBe(100);
    await connection.send(body.subarray(0, sentLength));
    return new PausedAppend(connection, body.subarray(sentLength));
  }

  /** @returns Status, code and what the answer says of the object. */
  async complete(): Promise<{ readonly outcome: string; readonly headers: ReadonlyMap<string, string> }> {
    await this.#connection.send(this.#rest);
    const { status, headers, body } = await this.#connection.readAnswer();
    const code = /<Code>(\w+)</.exec(body.toString())?.[1];
    return { outcome: code === undefined ? String(status) : `${status} ${code}`, headers };
  }
}

async function append(key: string, position: string, body: string, headers: Record<string, string>): Promise<void> {
  const answer = await server.send({ method: 'POST', bucket, key, query: { append: '', position }, headers, body });
  expect(answer.status, answer.body.toString()).toBe(200);
}

async function expectHolds(key: string, body: string): Promise<void> {
  const answer = await server.send({ method: 'GET', bucket, key });
  expect(answer.body.toString()).toBe(body);
  expect(answer.headers['x-oss-hash-crc64ecma']).toBe(crc64(Buffer.from(body)).toString());
}

describe.each([
  ['short', Buffer.from('late')],
  ['longer than what lies in a row', Buffer.alloc(300_000, 'late')],
])('a body that is %s', (_name, body) => {
  test.each([
    ['before its first byte', 0],
    ['in the middle of its body', 2],
    ['before its last byte', body.length - 1],
  ])('is refused when its writer slept %s and another took the epoch', async (_where, sentLength) => {
    for (const position of ['3', 'auto']) {
      const key = `log ${keyCount++}`;
      await append(key, '0', 'abc', { [EPOCH]: '1' });
      const late = await PausedAppend.begin(key, {
        position,
        headers: { [EPOCH]: '1', [ID]: 'late-1' },
        body,
        sentLength,
      });
      // An empty append takes the epoch; the length stays, so the position alone would let the late one pass.
      await append(key, 'auto', '', { [EPOCH]: '2' });
      const { outcome, headers } = await late.complete();
      expect(outcome).toBe('412 WriterFenced');
      expect(headers.get(EPOCH)).toBe('2');
      await append(key, '3', 'def', { [EPOCH]: '2' });
      await expectHolds(key, 'abcdef');
      // It used up no id, and left no bytes.
      await append(key, '6', 'g', { [EPOCH]: '2', [ID]: 'late-1' });
      await expectHolds(key, 'abcdefg');
    }
  });
});

test('the new writer sends the half append of the old one again by its id: applied once, and the old one is a repeat', async () => {
  const key = `log ${keyCount++}`;
  await append(key, '0', 'abc', { [EPOCH]: '1' });
  const body = Buffer.from('def');
  const late = await PausedAppend.begin(key, {
    position: 'auto',
    headers: { [EPOCH]: '1', [ID]: 'handed-over' },
    body,
    sentLength: 2,
  });
  await append(key, 'auto', 'def', { [EPOCH]: '2', [ID]: 'handed-over' });
  const { outcome, headers } = await late.complete();
  expect([outcome, headers.get('x-oss-annals-replayed')]).toEqual(['200', 'true']);
  await expectHolds(key, 'abcdef');
});

test('many late writers at once are refused, and leave nothing to be swept', async () => {
  const key = `log ${keyCount++}`;
  await append(key, '0', 'abc', { [EPOCH]: '1' });
  const body = Buffer.alloc(300_000, 'late');
  const late = await Promise.all(
    Array.from({ length: 16 }, () =>
      PausedAppend.begin(key, { position: 'auto', headers: { [EPOCH]: '1' }, body, sentLength: body.length - 1 }),
    ),
  );
  await append(key, 'auto', 'def', { [EPOCH]: '2' });
  const outcomes = await Promise.all(late.map((one) => one.complete()));
  expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['412 WriterFenced']));
  await expectHolds(key, 'abcdef');
  const garbage = await server.rows.store.list({ start: Buffer.from('G'), end: Buffer.from('H'), limit: 1 });
  expect(garbage).toEqual([]);
});
