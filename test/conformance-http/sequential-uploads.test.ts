/** Uploads whose parts come in order (`?uploads&sequential`): fidelity 28. */
import { createHash } from 'node:crypto';
import { parseXml } from '@annals/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { completeDocument } from './http-upload-driver.js';

const bucket = 'films';
const bodies = [1, 2, 3].map((seed) => Buffer.alloc(100 * 1024 + seed * 1000, seed));
const NUMBERS = [1, 2, 3];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
const etagOf = (bytes: Uint8Array): string => md5(bytes).toString('hex').toUpperCase();

async function initiate(key: string, isSequential = true): Promise<string> {
  const query = { uploads: '', ...(isSequential && { sequential: '' }) };
  const { body } = await server.send({ method: 'POST', bucket, key, query });
  return parseXml(body).children.find(({ name }) => name === 'UploadId')?.text ?? '';
}

function upload(key: string, uploadId: string, partNumber: number, body: Uint8Array): Promise<RawAnswer> {
  return server.send({ method: 'PUT', bucket, key, query: { partNumber: String(partNumber), uploadId }, body });
}

function complete(key: string, uploadId: string, parts: readonly Uint8Array[], numbers = NUMBERS): Promise<RawAnswer> {
  const listed = parts.map((bytes, index) => ({ partNumber: numbers[index] ?? 0, etag: etagOf(bytes) }));
  return server.send({ method: 'POST', bucket, key, query: { uploadId }, body: completeDocument(listed) });
}

/** Content-MD5 of HEAD and of GET, which must be the same. */
async function shownMd5(key: string): Promise<string | undefined> {
  const head = await server.send({ method: 'HEAD', bucket, key });
  const get = await server.send({ method: 'GET', bucket, key });
  expect([head.status, get.status]).toEqual([200, 200]);
  const [shown] = [head, get].map(({ headers }) => headers['content-md5']);
  expect(get.headers['content-md5']).toBe(shown);
  return shown;
}

test('the object has the MD5 of the whole', async () => {
  const uploadId = await initiate('whole');
  for (const [index, body] of bodies.entries())
    expect((await upload('whole', uploadId, index + 1, body)).status).toBe(200);
  expect((await complete('whole', uploadId, bodies)).status).toBe(200);
  expect(await shownMd5('whole')).toBe(md5(Buffer.concat(bodies)).toString('base64'));
});

test('an ordinary upload has none, and takes its parts in any order', async () => {
  const uploadId = await initiate('ordinary', false);
  for (const index of [2, 0, 1])
    expect((await upload('ordinary', uploadId, index + 1, bodies[index] as Buffer)).status).toBe(200);
  expect((await complete('ordinary', uploadId, bodies)).status).toBe(200);
  expect(await shownMd5('ordinary')).toBeUndefined();
});

test('parts out of order are refused, and change nothing', async () => {
  const uploadId = await initiate('order');
  const [one, two, three] = bodies as [Buffer, Buffer, Buffer];
  expectError(await upload('order', uploadId, 2, two), { status: 400, code: 'PartNotSequential' });
  expect((await upload('order', uploadId, 1, one)).status).toBe(200);
  expectError(await upload('order', uploadId, 3, three), { status: 400, code: 'PartNotSequential' });
  expect((await upload('order', uploadId, 2, two)).status).toBe(200);
  expectError(await upload('order', uploadId, 1, one), { status: 400, code: 'PartNotSequential' });
  expect((await upload('order', uploadId, 3, three)).status).toBe(200);
  expect((await complete('order', uploadId, bodies)).status).toBe(200);
  expect(await shownMd5('order')).toBe(md5(Buffer.concat(bodies)).toString('base64'));
});

test('the last part may come again: a client that got no answer sends it once more', async () => {
  const uploadId = await initiate('again');
  const [one, two, three] = bodies as [Buffer, Buffer, Buffer];
  for (const [partNumber, body] of [
    [1, three],
    [1, one],
    [2, three],
    [2, two],
    [3, three],
    [3, three],
  ] as const)
    expect((await upload('again', uploadId, partNumber, body)).status).toBe(200);
  expect((await complete('again', uploadId, bodies)).status).toBe(200);
  expect(await shownMd5('again')).toBe(md5(Buffer.concat(bodies)).toString('base64'));
});

test('a part that is refused for its digest leaves the hash as it was', async () => {
  const uploadId = await initiate('digest');
  const wrong = await server.send({
    method: 'PUT',
    bucket,
    key: 'digest',
    query: { partNumber: '1', uploadId },
    headers: { 'content-md5': md5(Buffer.from('other')).toString('base64') },
    body: bodies[0] as Buffer,
  });
  expectError(wrong, { status: 400, code: 'InvalidDigest' });
  for (const [index, body] of bodies.entries())
    expect((await upload('digest', uploadId, index + 1, body)).status).toBe(200);
  expect((await complete('digest', uploadId, bodies)).status).toBe(200);
  expect(await shownMd5('digest')).toBe(md5(Buffer.concat(bodies)).toString('base64'));
});

test('copied parts keep the order and the hash', async () => {
  const source = Buffer.concat(bodies);
  await server.send({ method: 'PUT', bucket, key: 'source', body: source });
  const uploadId = await initiate('copied');
  const copy = (partNumber: number, range: string): Promise<RawAnswer> =>
    server.send({
      method: 'PUT',
      bucket,
      key: 'copied',
      query: { partNumber: String(partNumber), uploadId },
      headers: { 'x-oss-copy-source': `/${bucket}/source`, 'x-oss-copy-source-range': range },
    });
  expectError(await copy(2, 'bytes=0-102399'), { status: 400, code: 'PartNotSequential' });
  expect((await copy(1, 'bytes=0-102399')).status).toBe(200);
  expect((await upload('copied', uploadId, 2, bodies[1] as Buffer)).status).toBe(200);
  const parts = [source.subarray(0, 102_400), bodies[1] as Buffer];
  expect((await complete('copied', uploadId, parts)).status).toBe(200);
  expect(await shownMd5('copied')).toBe(md5(Buffer.concat(parts)).toString('base64'));
});

test('without one of its parts the object has no MD5', async () => {
  const uploadId = await initiate('fewer');
  for (const [index, body] of bodies.entries()) await upload('fewer', uploadId, index + 1, body);
  const rest = [bodies[0], bodies[2]] as Buffer[];
  expect((await complete('fewer', uploadId, rest, [1, 3])).status).toBe(200);
  expect(await shownMd5('fewer')).toBeUndefined();
});

test('two senders of one part at once: one hash, or a refusal', async () => {
  const uploadId = await initiate('race');
  const [one, two] = bodies as [Buffer, Buffer];
  const answers = await Promise.all([1, 2, 3, 4].map(() => upload('race', uploadId, 1, one)));
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  for (const answer of answers.filter(({ status }) => status !== 200))
    expectError(answer, { status: 400, code: 'PartNotSequential' });
  expect((await upload('race', uploadId, 2, two)).status).toBe(200);
  expect((await complete('race', uploadId, [one, two])).status).toBe(200);
  expect(await shownMd5('race')).toBe(md5(Buffer.concat([one, two])).toString('base64'));
});
