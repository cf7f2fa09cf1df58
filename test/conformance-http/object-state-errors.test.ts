/**
 * Refusals for what an object is or would become: too long, under retention, on its way out of the archive. Whole
 * documents and all headers.
 */
import { defaultSettings } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { ownHeaders } from './expectations.js';
import { refusal } from './object-refusals.js';
import { makeForm, policyOf, signFormV1 } from './post-form.js';

const BUCKET = 'states';
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const UPLOAD_ID = /<UploadId>([0-9A-F]{32})</;

let server: TestServer;
let nowMs = START_MS;
let bodyLengthBytesMax = defaultSettings.limits.bodyLengthBytesMax;

beforeAll(async () => {
  server = await startTestServer({
    clock: () => nowMs,
    storeSettings: { archive: { restoreDelayMs: DAY_MS } },
    settings: {
      limits: {
        ...defaultSettings.limits,
        get bodyLengthBytesMax() {
          return bodyLengthBytesMax;
        },
      },
    },
  });
  await done({ method: 'PUT' });
});

afterAll(() => server.close());

type Request = Omit<TestRequest, 'bucket'> & { readonly bucket?: string };

const send = (request: Request): Promise<RawAnswer> => server.send({ bucket: BUCKET, ...request });

/** What must succeed. */
async function done(request: Request): Promise<RawAnswer> {
  const answer = await send(request);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
  return answer;
}

async function refused(request: Request, expected: ExactError): Promise<void> {
  expectExactError(await send(request), expected, server.host);
}

async function initiate(key: string, bucket = BUCKET): Promise<string> {
  const initiated = await done({ method: 'POST', bucket, key, query: { uploads: '' } });
  return UPLOAD_ID.exec(initiated.body.toString('utf8'))?.[1] ?? '';
}

function form(bucket: string, key: string, content: string): Request {
  const signature = signFormV1(policyOf([{ bucket }], nowMs + DAY_MS), ROOT);
  const { contentType, body } = makeForm([['key', key], ...signature], { content });
  return { method: 'POST', bucket, signature: 'anonymous', headers: { 'content-type': contentType }, body };
}

async function* inPieces(content: string): AsyncGenerator<Uint8Array> {
  for (const character of content) yield Buffer.from(character);
}

describe('longer than an object may be', () => {
  const LENGTH_MAX = 10;
  const RIGHT = 'x'.repeat(LENGTH_MAX);
  const LONG = `${RIGHT}x`;
  const tooLong: ExactError = {
    ...refusal(400, 'InvalidArgument', 'Post body size must be less than 5G.'),
    ec: '0017-00000102',
  };
  const sourceTooLong = refusal(400, 'EntityTooLarge', 'Source object Length exceeds the maximum allowed size.', [
    ['ProposedSize', String(LONG.length)],
    ['MaxSizeAllowed', String(LENGTH_MAX)],
  ]);
  let uploadId = '';

  beforeAll(async () => {
    uploadId = await initiate('in-parts');
    await done({ method: 'PUT', key: 'long', body: LONG });
    bodyLengthBytesMax = LENGTH_MAX;
  });

  afterAll(() => {
    bodyLengthBytesMax = defaultSettings.limits.bodyLengthBytesMax;
  });

  test.each<[string, (body: TestRequest['body'] & {}) => Request]>([
    ['PutObject', (body) => ({ method: 'PUT', key: 'put', body })],
    ['AppendObject', (body) => ({ method: 'POST', key: 'appended', query: { append: '', position: '0' }, body })],
    ['UploadPart', (body) => ({ method: 'PUT', key: 'in-parts', query: { partNumber: '1', uploadId }, body })],
  ])('%s takes as much and not a byte more, announced or not', async (_name, requestOf) => {
    await refused(requestOf(LONG), tooLong);
    await refused(requestOf(inPieces(LONG)), tooLong);
    await done(requestOf(inPieces(RIGHT)));
  });

  test('PostObject', async () => {
    await refused(form(BUCKET, 'posted', LONG), tooLong);
    await done(form(BUCKET, 'posted', RIGHT));
  });

  test('CopyObject and UploadPartCopy, which takes a range of it', async () => {
    const headers = { 'x-oss-copy-source': `/${BUCKET}/long` };
    await refused({ method: 'PUT', key: 'copied', headers }, sourceTooLong);
    const query = { partNumber: '2', uploadId };
    await refused({ method: 'PUT', key: 'in-parts', query, headers }, sourceTooLong);
    const range = { 'x-oss-copy-source-range': `bytes=1-${LENGTH_MAX}` };
    await done({ method: 'PUT', key: 'in-parts', query, headers: { ...headers, ...range } });
  });

  test('an object that grows, by all its appends', async () => {
    const append = (position: number, body: string): Request => ({
      method: 'POST',
      key: 'growing',
      query: { append: '', position: String(position) },
      body,
    });
    await server.store.updateBucket(BUCKET, { appendable: { lengthMax: 8 } });
    await done(append(0, '12345'));
    const message = 'The object must not be longer than 8 bytes.';
    await refused(append(5, '6789'), { ...refusal(400, 'InvalidArgument', message), ec: '0017-00000102' });
    const chunked = { ...append(5, ''), body: inPieces('6789') };
    await refused(chunked, { ...refusal(400, 'InvalidArgument', message), ec: '0017-00000102' });
    expect((await done(append(5, '678'))).headers['x-oss-next-append-position']).toBe('8');
  });
});

describe('under retention', () => {
  const bucket = 'retained';
  const immutable = refusal(409, 'FileImmutable', 'The object you specified is immutable.');
  let uploadId = '';

  beforeAll(async () => {
    await done({ method: 'PUT', key: 'source', body: 'x' });
    await done({ method: 'PUT', bucket });
    await done({ method: 'PUT', bucket, key: 'kept', body: 'hello' });
    await done({ method: 'POST', bucket, key: 'log', query: { append: '', position: '0' }, body: 'hello' });
    uploadId = await initiate('kept', bucket);
    await done({ method: 'PUT', bucket, key: 'kept', query: { partNumber: '1', uploadId }, body: 'x' });
    const body =
      '<InitiateWormConfiguration><RetentionPeriodInDays>2</RetentionPeriodInDays></InitiateWormConfiguration>';
    await done({ method: 'POST', bucket, query: { worm: '' }, body });
  });

  test.each<[string, () => Request]>([
    ['PutObject', () => ({ method: 'PUT', key: 'kept', body: 'x' })],
    [
      'CopyObject onto it',
      () => ({ method: 'PUT', key: 'kept', headers: { 'x-oss-copy-source': `/${BUCKET}/source` } }),
    ],
    [
      'CopyObject onto itself',
      () => ({ method: 'PUT', key: 'kept', headers: { 'x-oss-copy-source': `/${bucket}/kept` } }),
    ],
    [
      'PutSymlink',
      () => ({ method: 'PUT', key: 'kept', query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'a' } }),
    ],
    ['PostObject', () => form(bucket, 'kept', 'x')],
    [
      'CompleteMultipartUpload',
      () => ({ method: 'POST', key: 'kept', query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } }),
    ],
    ['AppendObject', () => ({ method: 'POST', key: 'log', query: { append: '', position: '5' }, body: 'x' })],
    ['DeleteObject', () => ({ method: 'DELETE', key: 'kept' })],
    [
      'DeleteMultipleObjects',
      () => ({ method: 'POST', query: { delete: '' }, body: '<Delete><Object><Key>log</Key></Object></Delete>' }),
    ],
  ])('%s', async (_name, request) => {
    await refused({ bucket, ...request() }, immutable);
    for (const key of ['kept', 'log']) {
      expect((await done({ method: 'GET', bucket, key })).body.toString('utf8')).toBe('hello');
    }
  });
});

describe('on its way out of the archive', () => {
  const key = 'thawing';
  const post = (subResource: string): Request => ({ method: 'POST', key, query: { [subResource]: '' } });

  test('is said to be, and is asked for once', async () => {
    const headers = { 'x-oss-storage-class': 'ColdArchive' };
    await done({ method: 'PUT', key, body: 'hello', headers });
    const restored = await done(post('restore'));
    expect([restored.status, ownHeaders(restored)]).toEqual([
      202,
      { 'content-length': '0', 'x-oss-object-restore-priority': 'Standard' },
    ]);
    const inProgress = refusal(409, 'RestoreAlreadyInProgress', 'The restore operation is in progress.');
    await refused(post('restore'), { ...inProgress, ec: '0016-00000701' });
    await refused(post('cleanRestoredObject'), {
      ...refusal(409, 'ArchiveRestoreNotFinished', "The archive file's restore is not finished."),
      ec: '0016-00000719',
    });
    const read = { method: 'GET', key };
    await refused(read, refusal(403, 'InvalidObjectState', "The operation is not valid for the object's state."));
    const head = { method: 'HEAD', key };
    expect((await done(head)).headers['x-oss-restore']).toBe('ongoing-request="true"');
    nowMs = START_MS + DAY_MS;
    const readable = 'ongoing-request="false", expiry-date="Sun, 04 Jan 2026 03:04:05 GMT"';
    for (const request of [head, read]) expect((await done(request)).headers['x-oss-restore']).toBe(readable);
    nowMs = START_MS + 2 * DAY_MS;
    expect((await done(head)).headers['x-oss-restore']).toBeUndefined();
    nowMs = START_MS;
  });
});
