/** Appends beyond OSS as a client sees them: without a position, repeated by id, fenced, guarded, replayed. */
import { crc64 } from '@annals/checksum';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const bucket = 'appended';
const ID = 'x-oss-annals-append-id';
const EPOCH = 'x-oss-annals-writer-epoch';
const GUARD = 'x-oss-annals-max-length';

let server: TestServer;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

const newKey = (): string => `log ${keyCount++}`;

const append = (
  key: string,
  position: number | string,
  body: string,
  headers: Record<string, string> = {},
  more: Partial<TestRequest> = {},
): Promise<RawAnswer> =>
  server.send({
    method: 'POST',
    bucket,
    key,
    body,
    headers,
    query: { append: '', position: String(position) },
    ...more,
  });

const extensionsOf = ({ headers }: RawAnswer): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-oss-annals-')));

describe('an append without a position', () => {
  test.each(SIGNED_KINDS)('signed %s creates the object, and says where its body begins', async (signature) => {
    const key = newKey();
    const first = await append(key, 'auto', 'abc', {}, { signature });
    expect(first.status).toBe(200);
    expect(first.headers).toMatchObject({
      'x-oss-annals-append-position': '0',
      'x-oss-next-append-position': '3',
      'x-oss-hash-crc64ecma': crc64(Buffer.from('abc')).toString(),
    });
    expect((await append(key, 'auto', 'de')).headers).toMatchObject({
      'x-oss-annals-append-position': '3',
      'x-oss-next-append-position': '5',
      'x-oss-hash-crc64ecma': crc64(Buffer.from('abcde')).toString(),
    });
  });

  test('goes to no Normal object, and is written in lower case', async () => {
    await server.send({ method: 'PUT', bucket, key: 'plain', body: 'x' });
    expectError(await append('plain', 'auto', 'y'), { status: 409, code: 'ObjectNotAppendable' });
    expectError(await append('other', 'Auto', 'y'), { status: 400, code: 'InvalidArgument' });
  });

  test('has one position', async () => {
    // In a bucket of all, so that the query can be written as it is.
    await server.send({ method: 'PUT', bucket: 'of-all', headers: { 'x-oss-acl': 'public-read-write' } });
    for (const positions of ['position=auto&position=0', 'position=auto&position=auto', 'position=0&position=0']) {
      const url = `http://${server.host}/of-all/twice?append&${positions}`;
      const answer = await fetch(url, { method: 'POST', body: 'x' });
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('<Code>InvalidArgument<')]);
    }
  });
});

describe('an append with an id', () => {
  test('is repeated with the first answer, which every answer that honoured it says', async () => {
    const key = newKey();
    const first = await append(key, 0, 'abc', { [ID]: 'first', [EPOCH]: '3', [GUARD]: '10' });
    expect(extensionsOf(first)).toEqual({ [ID]: 'first', [EPOCH]: '3', [GUARD]: '10' });
    await append(key, 3, 'def');
    const repeat = await append(key, 0, 'abc', { [ID]: 'first' });
    expect(repeat.status).toBe(200);
    expect(extensionsOf(repeat)).toEqual({ [ID]: 'first', 'x-oss-annals-replayed': 'true' });
    for (const name of ['etag', 'x-oss-hash-crc64ecma', 'x-oss-next-append-position']) {
      expect(repeat.headers[name]).toBe(first.headers[name]);
    }
    expectError(await append(key, 6, 'abd', { [ID]: 'first' }), { status: 409, code: 'AppendIdConflict' });
  });

  test('is judged by who sends it, each time', async () => {
    const key = newKey();
    await append(key, 0, 'abc', { [ID]: 'a' });
    const anonymous = await append(key, 0, 'abc', { [ID]: 'a' }, { signature: 'anonymous' });
    expectError(anonymous, { status: 403, code: 'AccessDenied' });
  });

  test('of a chunked body is compared with all of it', async () => {
    const key = newKey();
    const chunked = async function* () {
      yield Buffer.from('ab');
      yield Buffer.from('c');
    };
    const send = () =>
      server.send({
        method: 'POST',
        bucket,
        key,
        query: { append: '', position: '0' },
        headers: { [ID]: 'a' },
        body: chunked(),
      });
    expect((await send()).headers).not.toHaveProperty('x-oss-annals-replayed');
    expect((await send()).headers).toHaveProperty('x-oss-annals-replayed', 'true');
  });
});

test('a writer with a lower epoch is told the higher one', async () => {
  const key = newKey();
  await append(key, 0, '', { [EPOCH]: '9007199254740991' });
  const late = await append(key, 0, 'late', { [EPOCH]: '8' });
  expectError(late, { status: 412, code: 'WriterFenced' });
  expect(late.headers[EPOCH]).toBe('9007199254740991');
});

test('a guard holds for the whole object', async () => {
  const key = newKey();
  await append(key, 0, 'abc', { [GUARD]: '3' });
  expectError(await append(key, 3, 'd', { [GUARD]: '3' }), { status: 412, code: 'AppendMaxLengthExceeded' });
  expectError(await append(key, 'auto', 'd', { [GUARD]: '0' }), { status: 412, code: 'AppendMaxLengthExceeded' });
});

test('refusals come in the documented order', async () => {
  const key = newKey();
  await append(key, 0, 'abc', { [EPOCH]: '5', [ID]: 'known' });
  const all = { [EPOCH]: '1', [GUARD]: '1' };
  expectError(await append(key, 9, 'x', { ...all, [ID]: '' }), { status: 400, code: 'InvalidArgument' });
  expectError(await append(key, 9, 'x', { ...all, [ID]: 'known' }), { status: 409, code: 'AppendIdConflict' });
  expectError(await append(key, 9, 'x', { ...all, [ID]: 'new' }), { status: 412, code: 'WriterFenced' });
  expectError(await append(key, 9, 'x', { [GUARD]: '1' }), { status: 409, code: 'PositionNotEqualToLength' });
  expectError(await append(key, 3, 'x', { [GUARD]: '1' }), { status: 412, code: 'AppendMaxLengthExceeded' });
  await server.send({ method: 'POST', bucket, key, query: { seal: '', position: '3' } });
  expectError(await append(key, 9, 'x', all), { status: 412, code: 'WriterFenced' });
  expectError(await append(key, 9, 'x', { [GUARD]: '1' }), { status: 409, code: 'AppendSealedObjectNotAllowed' });
});

test('a bucket answers repeats of unmodified clients if it is told to, and says so', async () => {
  const replaying = 'replaying';
  const header = 'x-oss-annals-appendable-replay';
  const put = (value: string) => server.send({ method: 'PUT', bucket: replaying, headers: { [header]: value } });
  const info = async () =>
    (await server.send({ method: 'GET', bucket: replaying, query: { bucketInfo: '' } })).headers[header];
  const made = await put('same-bytes');
  expect([made.status, made.headers[header]]).toEqual([200, 'same-bytes']);
  expect(await info()).toBe('same-bytes');
  const send = () => append('log', 0, 'abc', {}, { bucket: replaying });
  const first = await send();
  const again = await send();
  expect(again.headers).toMatchObject({ 'x-oss-annals-replayed': 'true', etag: first.headers.etag });
  expect(again.headers['x-oss-hash-crc64ecma']).toBe(first.headers['x-oss-hash-crc64ecma']);
  await put('off');
  expectError(await send(), { status: 409, code: 'PositionNotEqualToLength' });
  await put('default');
  expect(await info()).toBeUndefined();
  for (const value of ['maybe', '']) expectError(await put(value), { status: 400, code: 'InvalidArgument' });
});

test.each([
  [ID, ''],
  [ID, 'a b'],
  [ID, 'x'.repeat(65)],
  [EPOCH, ''],
  [EPOCH, '-1'],
  [EPOCH, '9007199254740992'],
  [GUARD, '1.5'],
  [GUARD, ''],
])('%s: "%s" is refused, and nothing is appended', async (name, value) => {
  const key = newKey();
  expectError(await append(key, 0, 'abc', { [name]: value }), { status: 400, code: 'InvalidArgument' });
  expectError(await server.send({ method: 'GET', bucket, key }), { status: 404, code: 'NoSuchKey' });
});
