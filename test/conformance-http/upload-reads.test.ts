/**
 * How often a request reads the row of its upload: once. The store says by itself that there is no such upload, so
 * nothing asks before; only a refusal for something else asks, because a missing upload goes before it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { completeDocument } from './http-upload-driver.js';

const BUCKET = 'counted';
/** The first letter of the keys of uploads, as docs/format.md says. */
const UPLOAD_FAMILY = 'U'.charCodeAt(0);

let server: TestServer;
let uploadId: string;
let readCount = 0;

beforeAll(async () => {
  server = await startTestServer({ buckets: [BUCKET] });
  const { store } = server.rows;
  const get = store.get.bind(store);
  store.get = (key) => {
    if (key[0] === UPLOAD_FAMILY) readCount += 1;
    return get(key);
  };
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'source', body: 'bytes'.repeat(500) });
  const { body } = await server.send({ method: 'POST', bucket: BUCKET, key: 'k', query: { uploads: '' } });
  uploadId = /<UploadId>(.*)<\/UploadId>/.exec(body.toString())?.[1] ?? '';
});

afterAll(() => server.close());

/** @returns The status of the answer, and how often the row of the upload was read for it. */
async function ask(request: Omit<TestRequest, 'bucket' | 'key'>): Promise<readonly [status: number, reads: number]> {
  readCount = 0;
  const { status } = await server.send({ ...request, bucket: BUCKET, key: 'k' });
  return [status, readCount];
}

test('UploadPart, UploadPartCopy and ListParts read the row of their upload once', async () => {
  const copied = { 'x-oss-copy-source': `/${BUCKET}/source` };
  expect(await ask({ method: 'PUT', query: { uploadId, partNumber: '1' }, body: 'first' })).toEqual([200, 1]);
  expect(await ask({ method: 'PUT', query: { uploadId, partNumber: '2' }, headers: copied })).toEqual([200, 1]);
  // Also what takes the place of a part.
  expect(await ask({ method: 'PUT', query: { uploadId, partNumber: '1' }, body: 'again' })).toEqual([200, 1]);
  expect(await ask({ method: 'GET', query: { uploadId } })).toEqual([200, 1]);
});

test('a part and a list that are refused for their values ask for their upload first', async () => {
  expect(await ask({ method: 'PUT', query: { uploadId, partNumber: 'x' }, body: 'x' })).toEqual([400, 1]);
  expect(await ask({ method: 'GET', query: { uploadId, 'max-parts': 'x' } })).toEqual([400, 1]);
});

test('CompleteMultipartUpload asks before it reads its document, and decides on what is there afterwards', async () => {
  const part = await server.send({
    method: 'PUT',
    bucket: BUCKET,
    key: 'k',
    query: { uploadId, partNumber: '1' },
    body: 'only',
  });
  const body = completeDocument([{ partNumber: 1, etag: String(part.headers.etag).replaceAll('"', '') }]);
  expect(await ask({ method: 'POST', query: { uploadId }, body })).toEqual([200, 2]);
});
