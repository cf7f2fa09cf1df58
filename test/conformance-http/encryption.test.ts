/**
 * Server-side encryption as a client sees it. What lies on the disk is another test's business
 * (`test/serve/at-rest.test.ts`).
 */
import { randomBytes } from 'node:crypto';
import { MasterKeyRing, ServerKeyWrapping } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const BUCKET = 'vault';
const SSE = 'x-oss-server-side-encryption';
const DATA = 'x-oss-server-side-data-encryption';
const KEY_ID = 'x-oss-server-side-encryption-key-id';
const AES256 = { [SSE]: 'AES256' };
const KMS = { [SSE]: 'KMS', [KEY_ID]: 'main' };
const PAYROLL = { [SSE]: 'KMS', [KEY_ID]: 'payroll' };
const NONE = {};

let server: TestServer;

function newRing(): MasterKeyRing {
  return new MasterKeyRing([randomBytes(32)], randomBytes);
}

beforeAll(async () => {
  const keys = new Map([
    ['main', newRing()],
    ['payroll', newRing()],
  ]);
  server = await startTestServer({
    keyWrapping: new ServerKeyWrapping(newRing(), { keys, defaultKeyId: 'main' }),
  });
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

function send(request: Omit<TestRequest, 'bucket'> & { readonly bucket?: string }): Promise<RawAnswer> {
  return server.send({ bucket: BUCKET, ...request });
}

function append(key: string, position: number, headers: Record<string, string>, body = 'line\n', bucket = BUCKET) {
  const query = { append: '', position: String(position) };
  return send({ method: 'POST', key, bucket, query, headers, body });
}

/** @returns The encryption headers of an answer that must be a success. */
function encryptionOf({ status, headers, body }: RawAnswer): Record<string, string> {
  expect([200, 206], body.toString()).toContain(status);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => [SSE, DATA, KEY_ID].includes(name)));
}

async function setDefault(bucket: string, rule: string): Promise<void> {
  await server.send({ method: 'PUT', bucket });
  const body = `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`;
  expect((await send({ method: 'PUT', bucket, query: { encryption: '' }, body })).status).toBe(200);
}

describe('an object is encrypted as its writer asks', () => {
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['AES256', AES256, AES256],
    ['KMS with the default key', { [SSE]: 'KMS' }, KMS],
    ['KMS with a named key', PAYROLL, PAYROLL],
    ['nothing', NONE, NONE],
  ])('%s: put, read and asked for', async (name, asked, expected) => {
    const key = `put ${name}`;
    expect(encryptionOf(await send({ method: 'PUT', key, headers: asked, body: 'secret' }))).toEqual(expected);
    const read = await send({ method: 'GET', key });
    expect(read.body.toString()).toBe('secret');
    expect(encryptionOf(read)).toEqual(expected);
    expect(encryptionOf(await send({ method: 'HEAD', key }))).toEqual(expected);
    const part = await send({ method: 'GET', key, headers: { range: 'bytes=2-3' } });
    expect([part.status, part.body.toString(), encryptionOf(part)]).toEqual([206, 'cr', expected]);
  });

  test('appended: the first append decides, and every answer says so', async () => {
    expect(encryptionOf(await append('log', 0, AES256))).toEqual(AES256);
    expect(encryptionOf(await append('log', 5, NONE))).toEqual(AES256);
    expect(encryptionOf(await append('log', 10, { [SSE]: 'KMS' }))).toEqual(AES256);
    expect(encryptionOf(await append('clear', 0, NONE))).toEqual(NONE);
    expect(encryptionOf(await append('clear', 5, AES256))).toEqual(NONE);
    expect(encryptionOf(await append('managed', 0, { [SSE]: 'KMS' }))).toEqual(KMS);
    expect((await send({ method: 'GET', key: 'log' })).body.toString()).toBe('line\n'.repeat(3));
    expect(encryptionOf(await send({ method: 'GET', key: 'log' }))).toEqual(AES256);
  });

  test('in parts: the start of the upload decides', async () => {
    const key = 'joined';
    const initiated = await send({ method: 'POST', key, query: { uploads: '' }, headers: PAYROLL });
    expect(encryptionOf(initiated)).toEqual(PAYROLL);
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(initiated.body.toString())?.[1] ?? '';
    const part = await send({
      method: 'PUT',
      key,
      query: { partNumber: '1', uploadId },
      body: Buffer.alloc(300_000, 'p'),
    });
    expect(encryptionOf(part)).toEqual(PAYROLL);
    const copied = await send({
      method: 'PUT',
      key,
      query: { partNumber: '2', uploadId },
      headers: { 'x-oss-copy-source': `/${BUCKET}/put%20AES256` },
    });
    expect(encryptionOf(copied)).toEqual(PAYROLL);
    const headers = { 'x-oss-complete-all': 'yes' };
    expect(encryptionOf(await send({ method: 'POST', key, query: { uploadId }, headers }))).toEqual(PAYROLL);
    const { body } = await send({ method: 'GET', key, headers: { range: 'bytes=299998-300003' } });
    expect(body.toString()).toBe('ppsecr');
  });

  test('copied: by its own headers, not by its source', async () => {
    const copy = (key: string, headers: Record<string, string>) =>
      send({ method: 'PUT', key, headers: { ...headers, 'x-oss-copy-source': `/${BUCKET}/put%20AES256` } });
    expect(encryptionOf(await copy('copy of none', NONE))).toEqual(NONE);
    expect(encryptionOf(await copy('copy', PAYROLL))).toEqual(PAYROLL);
    for (const key of ['copy', 'copy of none']) {
      expect((await send({ method: 'GET', key })).body.toString()).toBe('secret');
    }
    expect(encryptionOf(await copy('put AES256', PAYROLL))).toEqual(AES256);
  });
});

describe('a bucket has a default', () => {
  beforeAll(async () => {
    await setDefault('by-default', '<SSEAlgorithm>AES256</SSEAlgorithm>');
    await setDefault('managed', '<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>payroll</KMSMasterKeyID>');
  });

  test.each([
    ['by-default', AES256],
    ['managed', PAYROLL],
  ])('%s: for puts, appends, uploads and copies that say nothing', async (bucket, expected) => {
    expect(encryptionOf(await send({ bucket, method: 'PUT', key: 'put', body: 'x' }))).toEqual(expected);
    expect(encryptionOf(await append('log', 0, NONE, 'x', bucket))).toEqual(expected);
    expect(encryptionOf(await send({ bucket, method: 'POST', key: 'u', query: { uploads: '' } }))).toEqual(expected);
    const headers = { 'x-oss-copy-source': `/${BUCKET}/put%20nothing` };
    expect(encryptionOf(await send({ bucket, method: 'PUT', key: 'copy', headers }))).toEqual(expected);
    expect((await send({ bucket, method: 'GET', key: 'copy' })).body.toString()).toBe('secret');
  });

  test('a header goes before it, and objects from before it stay as they are', async () => {
    const bucket = 'later';
    await server.send({ method: 'PUT', bucket });
    await append('log', 0, NONE, 'x', bucket);
    await setDefault(bucket, '<SSEAlgorithm>AES256</SSEAlgorithm>');
    expect(encryptionOf(await append('log', 1, NONE, 'y', bucket))).toEqual(NONE);
    expect(encryptionOf(await send({ bucket, method: 'PUT', key: 'put', headers: PAYROLL, body: 'x' }))).toEqual(
      PAYROLL,
    );
    expect((await send({ bucket, method: 'DELETE', query: { encryption: '' } })).status).toBe(204);
    expect(encryptionOf(await send({ bucket, method: 'PUT', key: 'put', body: 'x' }))).toEqual(NONE);
  });
});

describe('what cannot be done is refused', () => {
  test.each<[string, Record<string, string>, number, string]>([
    ['an unknown algorithm', { [SSE]: 'ROT13' }, 400, 'InvalidEncryptionAlgorithmError'],
    ['an unknown data algorithm', { [SSE]: 'KMS', [DATA]: 'AES256' }, 400, 'InvalidDataEncryptionAlgorithmError'],
    ['a key id without KMS', { ...AES256, [KEY_ID]: 'main' }, 400, 'InvalidArgument'],
    ['SM4', { [SSE]: 'SM4' }, 501, 'NotImplemented'],
    ['SM4 under KMS', { [SSE]: 'KMS', [DATA]: 'SM4' }, 501, 'NotImplemented'],
    ['an unknown key', { [SSE]: 'KMS', [KEY_ID]: 'unknown' }, 403, 'KmsServiceNotEnabled'],
  ])('%s, on put and at the start of an upload', async (name, headers, status, code) => {
    const key = `refused ${name}`;
    expectError(await send({ method: 'PUT', key, headers, body: 'x' }), { status, code });
    expectError(await send({ method: 'POST', key, query: { uploads: '' }, headers }), { status, code });
    expectError(await send({ method: 'GET', key }), { status: 404, code: 'NoSuchKey' });
  });

  test('the id of a key, on append', async () => {
    expectError(await append('chosen', 0, PAYROLL), { status: 400, code: 'InvalidArgument' });
    expectError(await append('log', 15, PAYROLL), { status: 400, code: 'InvalidArgument' });
  });
});
