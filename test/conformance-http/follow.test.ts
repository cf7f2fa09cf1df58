/** FollowObject as a client sees it: chunked bytes, server-sent events, long polls, and what each refuses. */
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headOf, type RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const bucket = 'followed';
const EVENTS = { accept: 'text/event-stream' };

let server: TestServer;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer({ storeSettings: { appendable: { overwrite: 'allow' } } });
  await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

const newKey = (): string => `log ${keyCount++}`;

async function append(key: string, position: number, body: string | Uint8Array): Promise<RawAnswer> {
  const query = { append: '', position: String(position) };
  const answer = await server.send({ method: 'POST', bucket, key, query, body });
  expect(answer.status).toBe(200);
  return answer;
}

const seal = (key: string, position: number): Promise<RawAnswer> =>
  server.send({ method: 'POST', bucket, key, query: { seal: '', position: String(position) } });

const followed = (key: string, query: Record<string, string> = {}, more: Partial<TestRequest> = {}): TestRequest => ({
  method: 'GET',
  bucket,
  key,
  ...more,
  query: { follow: '', ...query },
});

const follow = (key: string, query: Record<string, string> = {}, more: Partial<TestRequest> = {}) =>
  server.begin(followed(key, query, more));

const poll = (key: string, query: Record<string, string>, more: Partial<TestRequest> = {}): Promise<RawAnswer> =>
  server.send(followed(key, { follow: 'once', ...query }, more));

/** Reads an answer piece by piece; the pieces come as they are appended. */
function reader(incoming: IncomingMessage): { until(text: string): Promise<string>; rest(): Promise<string> } {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let seen = '';
  return {
    async until(text) {
      while (!seen.includes(text)) {
        const chunk = await chunks.next();
        if (chunk.done === true) expect.fail(`the answer ended with ${JSON.stringify(seen)}`);
        seen += chunk.value.toString('utf8');
      }
      return seen;
    },
    async rest() {
      for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) {
        seen += chunk.value.toString('utf8');
      }
      return seen;
    },
  };
}

describe('follow', () => {
  test.each(SIGNED_KINDS)('signed %s gives what is there and what comes, and ends with the seal', async (signature) => {
    const key = newKey();
    const { headers } = await append(key, 0, 'hello ');
    const incoming = await follow(key, { wait: '600' }, { signature });
    const head = headOf(incoming);
    expect(head.status).toBe(200);
    expect(head.headers).toMatchObject({
      etag: headers.etag,
      'transfer-encoding': 'chunked',
      'x-oss-next-append-position': '6',
      'x-oss-object-type': 'Appendable',
    });
    expect(head.headers).not.toHaveProperty('x-oss-hash-crc64ecma');
    expect(head.headers).not.toHaveProperty('content-length');
    const bytes = reader(incoming);
    expect(await bytes.until('hello ')).toBe('hello ');
    await append(key, 6, 'world');
    expect(await bytes.until('world')).toBe('hello world');
    await seal(key, 11);
    expect(await bytes.rest()).toBe('hello world');
  });

  test('begins where it is told, at the end if it is told so, and ends after the wait', async () => {
    const key = newKey();
    await append(key, 0, 'abcdef');
    expect((await server.send(followed(key, { position: '2', wait: '0' }))).body.toString()).toBe('cdef');
    expect((await server.send(followed(key, { position: '6', wait: '0' }))).body.toString()).toBe('');
    const incoming = await follow(key, { position: 'end' });
    await append(key, 6, 'ghi');
    const bytes = reader(incoming);
    expect(await bytes.until('ghi')).toBe('ghi');
    await seal(key, 9);
    await bytes.rest();
  });

  test('is cut when the object is deleted or replaced, and never looks complete', async () => {
    for (const change of [
      (key: string) => server.send({ method: 'DELETE', bucket, key }),
      (key: string) => server.send({ method: 'PUT', bucket, key, body: 'another' }),
    ]) {
      const key = newKey();
      await append(key, 0, 'abc');
      const bytes = reader(await follow(key));
      await bytes.until('abc');
      const rest = bytes.rest();
      await Promise.all([change(key), expect(rest).rejects.toThrow('aborted')]);
    }
  });

  test('is cut by a reset over HTTP/1.0, where the end of the connection would look like the end', async () => {
    const open = 'followed-by-all';
    await server.send({ method: 'PUT', bucket: open, headers: { 'x-oss-acl': 'public-read' } });
    const query = { append: '', position: '0' };
    await server.send({ method: 'POST', bucket: open, key: 'log', query, body: 'abc' });
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(`http://${server.host}`).port) });
    const cut = new Promise((resolve) => {
      socket.once('error', resolve);
      socket.once('end', () => resolve('ended'));
    });
    socket.write(`GET /${open}/log?follow&wait=600 HTTP/1.0\r\nHost: ${server.host}\r\n\r\n`);
    let seen = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1');
        if (seen.endsWith('abc')) resolve();
      });
    });
    await server.send({ method: 'DELETE', bucket: open, key: 'log' });
    expect(await cut).toMatchObject({ code: 'ECONNRESET' });
  });

  test('gives Normal objects and links whole', async () => {
    await server.send({ method: 'PUT', bucket, key: 'plain', body: 'whole' });
    await server.send({
      method: 'PUT',
      bucket,
      key: 'link',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': 'plain' },
    });
    for (const key of ['plain', 'link']) {
      const answer = await server.send(followed(key, { wait: '600' }));
      expect([answer.status, answer.body.toString()]).toEqual([200, 'whole']);
    }
  });

  test('honours conditions and the version', async () => {
    const key = newKey();
    const { headers } = await append(key, 0, 'abc');
    const matching = await server.send(followed(key, { wait: '0' }, { headers: { 'if-match': headers.etag ?? '' } }));
    expect(matching.status).toBe(200);
    expectError(await server.send(followed(key, {}, { headers: { 'if-match': '"other"' } })), {
      status: 412,
      code: 'PreconditionFailed',
    });
    expectError(await server.send(followed(key, { versionId: 'other' })), { status: 404, code: 'NoSuchVersion' });
    expectError(await server.send(followed('none')), { status: 404, code: 'NoSuchKey' });
    const beyond = await server.send(followed(key, { position: '4' }));
    expectError(beyond, { status: 416, code: 'InvalidRange' });
    expect(beyond.headers).toMatchObject({ 'x-oss-next-append-position': '3' });
  });

  test('answers with the version where there are versions, and ends when another takes its place', async () => {
    const versioned = 'followed-versions';
    await server.send({ method: 'PUT', bucket: versioned });
    await server.store.updateBucket(versioned, { versioning: 'enabled' });
    const target = { bucket: versioned, key: 'log' };
    await server.send({ ...target, method: 'POST', query: { append: '', position: '0' }, body: 'abc' });
    const incoming = await server.begin({ ...target, method: 'GET', query: { follow: '' }, headers: EVENTS });
    const { 'x-oss-version-id': versionId = '' } = headOf(incoming).headers;
    expect(versionId).not.toBe('');
    const events = reader(incoming);
    await events.until('id: 3');
    await server.send({ ...target, method: 'PUT', body: 'newer' });
    expect(await events.rest()).toContain('event: end\ndata: replaced\n\n');
    // The version named is given whole; nothing is added to it any more.
    const query = { follow: 'text', versionId };
    const earlier = await server.send({ ...target, method: 'GET', query });
    expect(earlier.body.toString()).toBe('id: 3\ndata: abc\n\nid: 3\nevent: end\ndata: replaced\n\n');
  });
});

describe('server-sent events', () => {
  test('have the position behind their data as id, and say why they end', async () => {
    const key = newKey();
    await append(key, 0, 'hello');
    const incoming = await follow(key, { wait: '600' }, { headers: EVENTS });
    expect(headOf(incoming).headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    const events = reader(incoming);
    await events.until('\n\n');
    await append(key, 5, ' world');
    await events.until('id: 11');
    await seal(key, 11);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    expect(await events.rest()).toBe(
      `id: 5\ndata: ${base64('hello')}\n\nid: 11\ndata: ${base64(' world')}\n\nid: 11\nevent: end\ndata: sealed\n\n`,
    );
  });

  test('as text hold a cut character back until it is complete', async () => {
    const key = newKey();
    const euro = Buffer.from('€', 'utf8');
    await append(key, 0, Buffer.concat([Buffer.from('a\nb'), euro.subarray(0, 2)]));
    const events = reader(await follow(key, { follow: 'text' }));
    expect(await events.until('\n\n')).toBe('id: 3\ndata: a\ndata: b\n\n');
    await append(key, 5, euro.subarray(2));
    expect(await events.until('€\n\n')).toContain('id: 6\ndata: €\n\n');
    await server.send({ method: 'DELETE', bucket, key });
    expect(await events.rest()).toContain('id: 6\nevent: end\ndata: deleted\n\n');
  });

  test('resume behind Last-Event-ID, which wins over the position, and stop a browser at the end', async () => {
    const key = newKey();
    await append(key, 0, 'abcdef');
    const resumed = followed(key, { follow: 'text', wait: '0' }, { headers: { 'last-event-id': '4' } });
    expect((await server.send(resumed)).body.toString()).toBe(
      'id: 6\ndata: ef\n\nid: 6\nevent: end\ndata: timeout\n\n',
    );
    const atEnd = followed(key, { follow: 'text', wait: '0' }, { headers: { 'last-event-id': '6' } });
    expect((await server.send(atEnd)).body.toString()).toBe('id: 6\nevent: end\ndata: timeout\n\n');
    await seal(key, 6);
    const stopped = await server.send(atEnd);
    expect(stopped.status).toBe(204);
    expect(stopped.headers).toHaveProperty('x-oss-sealed-time');
  });
});

describe('long poll', () => {
  test('answers bytes as soon as there are any, and 204 when none come', async () => {
    const key = newKey();
    await append(key, 0, 'abc');
    const there = await poll(key, { position: '1' });
    expect(there.status).toBe(206);
    expect(there.body.toString()).toBe('bc');
    expect(there.headers).toMatchObject({ 'content-range': 'bytes 1-2/*', 'content-length': '2' });
    const nothing = await poll(key, { position: '3', wait: '0' });
    expect(nothing.status).toBe(204);
    expect(nothing.headers).toMatchObject({ 'x-oss-next-append-position': '3', etag: there.headers.etag });
    expect(nothing.headers).not.toHaveProperty('x-oss-sealed-time');
    const waiting = poll(key, { position: 'end' });
    // It waits: a later poll is answered earlier.
    await poll(key, { position: 'end', wait: '0' });
    await append(key, 3, 'def');
    expect((await waiting).body.toString()).toMatch(/^(def)?$/);
  });

  test('says that a sealed object is at its end, and that a deleted one is gone', async () => {
    const key = newKey();
    await append(key, 0, 'abc');
    const gone = poll(key, { position: '3', wait: '600' });
    await Promise.all([
      gone.then((answer) => expectError(answer, { status: 404, code: 'NoSuchKey' })),
      server.send({ method: 'DELETE', bucket, key }),
    ]);
    await append(key, 0, 'abc');
    const sealed = await seal(key, 3);
    const atEnd = await poll(key, { position: '3', wait: '600' });
    expect(atEnd.status).toBe(204);
    expect(atEnd.headers['x-oss-sealed-time']).toBe(sealed.headers['x-oss-sealed-time']);
    expect((await poll(key, { position: '0', wait: '600' })).status).toBe(206);
  });
});

test.each([
  ['an unknown form', { follow: 'twice' }, {}],
  ['a negative position', { position: '-1' }, {}],
  ['an empty position', { position: '' }, {}],
  ['an end in capitals', { position: 'END' }, {}],
  ['a wait over an hour', { wait: '3601' }, {}],
  ['an empty wait', { wait: '' }, {}],
  ['a wait that is no number', { wait: '1s' }, {}],
  ['a type', { type: 'normal' }, {}],
  ['a conversion', { convert: '' }, {}],
  ['an ACL', { acl: '' }, {}],
  ['a process', { 'x-oss-process': 'image/info' }, {}],
  ['an override of the answer', { 'response-content-type': 'text/plain' }, {}],
  ['a range', {}, { range: 'bytes=0-1' }],
  ['a resumption without events', {}, { 'last-event-id': '1' }],
  ['a resumption of nothing', { follow: 'text' }, { 'last-event-id': 'x' }],
  ['a long poll as events', { follow: 'once', position: '0' }, EVENTS],
  ['an extension of appends', {}, { 'x-oss-annals-append-id': 'a' }],
])('follow refuses %s', async (_name, query, headers) => {
  expectError(await server.send(followed('any', query, { headers })), { status: 400, code: 'InvalidArgument' });
});

test('follow refuses a long poll without a position', async () => {
  expectError(await server.send(followed('any', { follow: 'once' })), { status: 400, code: 'MissingArgument' });
});

test('follow is counted while it lasts, ends in order when the server stops, and leaves when its client does', async () => {
  const own = await startTestServer();
  await own.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': 'public-read' } });
  const target = { bucket, key: 'log' };
  await own.send({ ...target, method: 'POST', query: { append: '', position: '0' }, body: 'abc' });
  const followers = async (): Promise<string | undefined> => {
    const page = await fetch(`http://${own.host}/-/metrics`);
    return /^annals_followers (\d+)$/m.exec(await page.text())?.[1];
  };
  const leaving = await own.begin({ ...target, method: 'GET', query: { follow: '', wait: '600' } });
  // Over a connection that the test's server does not close itself.
  const staying = await fetch(`http://${own.host}/${bucket}/log?follow=text&wait=600`);
  expect(await followers()).toBe('2');
  leaving.destroy();
  await expect.poll(followers).toBe('1');
  const [rest] = await Promise.all([staying.text(), own.close()]);
  expect(rest).toContain('event: end\ndata: shutdown\n\n');
});
