/**
 * What answers that succeed say in their headers: all that is documented for each operation on an object, right-valued,
 * and nothing more. In a bucket that was never versioned, in one that keeps versions and encrypts by default, and in
 * one that no longer keeps them.
 */
import { createHash } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { ownHeaders } from './expectations.js';
import { makeForm, policyOf, signFormV1 } from './post-form.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const LAST_MODIFIED = 'Fri, 02 Jan 2026 03:04:05 GMT';
const LAST_MODIFIED_ISO = '2026-01-02T03:04:05.000Z';
const SSE = { 'x-oss-server-side-encryption': 'AES256' };
const UPLOAD_ID = /<UploadId>([0-9A-F]{32})</;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => AT_MS });
  for (const bucket of ['plain', 'kept', 'paused', 'expiring']) await send({ method: 'PUT', bucket });
  const document = (root: string, content: string) => `<${root}>${content}</${root}>`;
  const versioning = (status: string) => document('VersioningConfiguration', `<Status>${status}</Status>`);
  await send({ method: 'PUT', bucket: 'kept', query: { versioning: '' }, body: versioning('Enabled') });
  await send({ method: 'PUT', bucket: 'paused', query: { versioning: '' }, body: versioning('Suspended') });
  const rule =
    '<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>';
  const encryption = document('ServerSideEncryptionRule', rule);
  await send({ method: 'PUT', bucket: 'kept', query: { encryption: '' }, body: encryption });
});

afterAll(() => server.close());

async function send(request: TestRequest): Promise<RawAnswer> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(400);
  return answer;
}

/** What a bucket adds to the answers about objects in it, to writers and readers. */
const BUCKETS: readonly (readonly [bucket: string, version: Record<string, unknown>, sse: Record<string, string>])[] = [
  ['plain', {}, {}],
  ['kept', { 'x-oss-version-id': expect.stringMatching(/^CAEQ.{60}$/) }, SSE],
  ['paused', { 'x-oss-version-id': 'null' }, {}],
];

const crcOf = (text: string) => crc64(Buffer.from(text)).toString();
const md5Of = (text: string) => createHash('md5').update(text).digest();
const etagOf = (text: string) => `"${md5Of(text).toString('hex').toUpperCase()}"`;

/** Little-endian CRC-64, second of the write, zeros. */
function appendableEtag(text: string): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(crc64(Buffer.from(text)), 0);
  bytes.writeUInt32LE(Math.floor(AT_MS / 1000), 8);
  return `"${bytes.toString('hex').toUpperCase()}"`;
}

/** Sends a request and compares all that is its own in the answer. @returns The version id, if there is one. */
async function expectAnswer(
  request: TestRequest,
  status: number,
  headers: Record<string, unknown>,
  body: string | RegExp = '',
): Promise<string | undefined> {
  const answer = await send(request);
  const { 'content-length': length, ...others } = ownHeaders(answer);
  expect([answer.status, others]).toEqual([status, headers]);
  const text = answer.body.toString('utf8');
  if (typeof body === 'string') expect(text).toBe(body);
  else expect(text).toMatch(body);
  // Of HEAD and GetObjectMeta the length is that of the object, which others check.
  if (status !== 204 && request.method !== 'HEAD') expect(length).toBe(String(answer.body.length));
  return answer.headers['x-oss-version-id'];
}

const XML = { 'content-type': 'application/xml' };

describe.each(BUCKETS)('in the bucket %s', (bucket, version, sse) => {
  const identity = (etag: string, text: string) => ({
    etag,
    'last-modified': LAST_MODIFIED,
    'x-oss-hash-crc64ecma': crcOf(text),
    ...version,
  });
  const written = (etag: string, text: string) => ({ etag, 'x-oss-hash-crc64ecma': crcOf(text), ...version, ...sse });
  const chosen = {
    'content-type': 'text/x-log',
    'cache-control': 'no-cache',
    'content-disposition': 'attachment; filename=a.log',
    'content-encoding': 'identity',
    'content-language': 'en',
    expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
    'x-oss-meta-author': 'Zoë',
    'x-oss-storage-class': 'IA',
  };
  const tagging = { 'x-oss-tagging': 'a=1&b=2' };
  const told = { ...chosen, ...sse, 'x-oss-tagging-count': '2', 'accept-ranges': 'bytes' };

  test('PutObject, GetObject, HeadObject and GetObjectMeta', async () => {
    const key = 'put';
    const put: TestRequest = { method: 'PUT', bucket, key, body: 'hello', headers: { ...chosen, ...tagging } };
    const md5 = { 'content-md5': md5Of('hello').toString('base64') };
    const versionId = await expectAnswer(put, 200, { ...written(etagOf('hello'), 'hello'), ...md5 });
    const headers = { ...told, ...md5, ...identity(etagOf('hello'), 'hello'), 'x-oss-object-type': 'Normal' };
    for (const query of [{}, { versionId: versionId ?? 'null' }]) {
      await expectAnswer({ method: 'GET', bucket, key, query }, 200, headers, 'hello');
      await expectAnswer({ method: 'HEAD', bucket, key, query }, 200, headers);
      const meta = { method: 'HEAD', bucket, key, query: { objectMeta: '', ...query } };
      await expectAnswer(meta, 200, identity(etagOf('hello'), 'hello'));
    }
    const range = { method: 'GET', bucket, key, headers: { range: 'bytes=1-2' } };
    await expectAnswer(range, 206, { ...headers, 'content-range': 'bytes 1-2/5' }, 'el');
    const unchanged = { method: 'GET', bucket, key, headers: { 'if-none-match': etagOf('hello') } };
    const answer = await send(unchanged);
    const caching = { 'cache-control': chosen['cache-control'], expires: chosen.expires };
    expect([answer.status, ownHeaders(answer)]).toEqual([304, { ...identity(etagOf('hello'), 'hello'), ...caching }]);
  });

  test('AppendObject, and what it made', async () => {
    const key = 'appended';
    let text = '';
    for (const body of ['hello ', 'world', '']) {
      const query = { append: '', position: String(text.length) };
      text += body;
      await expectAnswer({ method: 'POST', bucket, key, query, body, headers: { ...chosen, ...tagging } }, 200, {
        ...written(appendableEtag(text), text),
        'x-oss-next-append-position': String(text.length),
      });
    }
    const headers = {
      ...told,
      ...identity(appendableEtag(text), text),
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '11',
    };
    await expectAnswer({ method: 'GET', bucket, key }, 200, headers, text);
    await expectAnswer({ method: 'HEAD', bucket, key }, 200, headers);
    const sealed = { 'x-oss-sealed-time': LAST_MODIFIED };
    for (let round = 0; round < 2; round += 1) {
      await expectAnswer({ method: 'POST', bucket, key, query: { seal: '', position: '11' } }, 200, {
        ...identity(appendableEtag(text), text),
        ...sealed,
        'x-oss-object-type': 'Appendable',
        'x-oss-storage-class': 'IA',
        'x-oss-next-append-position': '11',
      });
    }
    await expectAnswer({ method: 'GET', bucket, key }, 200, { ...headers, ...sealed }, text);
    await expectAnswer({ method: 'HEAD', bucket, key }, 200, { ...headers, ...sealed });
  });

  test('CopyObject', async () => {
    const sourceId = (await send({ method: 'PUT', bucket, key: 'source', body: 'hello' })).headers['x-oss-version-id'];
    const from = sourceId === undefined ? {} : { 'x-oss-copy-source-version-id': sourceId };
    const source = `/${bucket}/source${sourceId === undefined ? '' : `?versionId=${sourceId}`}`;
    await expectAnswer(
      { method: 'PUT', bucket, key: 'copied', headers: { 'x-oss-copy-source': source } },
      200,
      { ...XML, ...written(etagOf('hello'), 'hello'), ...from },
      `<?xml version="1.0" encoding="UTF-8"?>\n<CopyObjectResult>\n  <ETag>${etagOf('hello')}</ETag>\n  <LastModified>${LAST_MODIFIED_ISO}</LastModified>\n</CopyObjectResult>\n`,
    );
  });

  test('an upload in parts, and what it made', async () => {
    const key = 'in parts';
    const started = { method: 'POST', bucket, key, query: { uploads: '' }, headers: { ...chosen, ...tagging } };
    const initiated = await send(started);
    const uploadId = UPLOAD_ID.exec(initiated.body.toString('utf8'))?.[1] ?? '';
    await expectAnswer(started, 200, { ...XML, ...sse }, UPLOAD_ID);
    const part = { method: 'PUT', bucket, key, query: { partNumber: '1', uploadId } };
    const partHeaders = { etag: etagOf('hello'), 'x-oss-hash-crc64ecma': crcOf('hello'), ...sse };
    const md5 = { 'content-md5': md5Of('hello').toString('base64') };
    await expectAnswer({ ...part, body: 'hello' }, 200, { ...partHeaders, ...md5 });
    const sourceId = (await send({ method: 'PUT', bucket, key: 'whole', body: 'hello' })).headers['x-oss-version-id'];
    const from = sourceId === undefined ? {} : { 'x-oss-copy-source-version-id': sourceId };
    await expectAnswer(
      { ...part, headers: { 'x-oss-copy-source': `/${bucket}/whole` } },
      200,
      { ...XML, ...partHeaders, ...from },
      `<?xml version="1.0" encoding="UTF-8"?>\n<CopyPartResult>\n  <LastModified>${LAST_MODIFIED_ISO}</LastModified>\n  <ETag>${etagOf('hello')}</ETag>\n</CopyPartResult>\n`,
    );
    const etag = expect.stringMatching(/^"[0-9A-F]{32}-1"$/);
    await expectAnswer(
      { method: 'POST', bucket, key, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } },
      200,
      { ...XML, ...written('', 'hello'), etag },
      new RegExp(
        `^<\\?xml version="1.0" encoding="UTF-8"\\?>\n<CompleteMultipartUploadResult>\n  <Location>http://${server.host}/${bucket}/in%20parts</Location>\n  <Bucket>${bucket}</Bucket>\n  <Key>in parts</Key>\n  <ETag>"[0-9A-F]{32}-1"</ETag>\n</CompleteMultipartUploadResult>\n$`,
      ),
    );
    const headers = { ...told, ...identity('', 'hello'), etag, 'x-oss-object-type': 'Multipart' };
    await expectAnswer({ method: 'GET', bucket, key }, 200, headers, 'hello');
    await expectAnswer({ method: 'HEAD', bucket, key }, 200, headers);
    const other = UPLOAD_ID.exec((await send(started)).body.toString('utf8'))?.[1] ?? '';
    await expectAnswer({ method: 'DELETE', bucket, key, query: { uploadId: other } }, 204, {});
  });

  test('PostObject', async () => {
    const key = 'posted';
    const expected = written(etagOf('hello'), 'hello');
    const post = (fields: readonly (readonly [string, string])[]): TestRequest => {
      const signature = signFormV1(policyOf([{ bucket }], AT_MS + 1000), ROOT);
      const form = makeForm([['key', key], ...fields, ...signature], { content: 'hello' });
      const headers = { 'content-type': form.contentType };
      return { method: 'POST', bucket, signature: 'anonymous', headers, body: form.body };
    };
    await expectAnswer(post([]), 204, expected);
    await expectAnswer(post([['success_action_status', '200']]), 200, expected);
    const location = `http://${server.host}/${bucket}/posted`;
    await expectAnswer(
      post([['success_action_status', '201']]),
      201,
      { ...XML, ...expected, location },
      `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>\n  <Bucket>${bucket}</Bucket>\n  <ETag>${etagOf('hello')}</ETag>\n  <Key>posted</Key>\n  <Location>${location}</Location>\n</PostResponse>\n`,
    );
    const query = `bucket=${bucket}&key=posted&etag=${encodeURIComponent(etagOf('hello'))}`;
    await expectAnswer(post([['success_action_redirect', 'http://page.example/done?a=1']]), 303, {
      ...expected,
      location: `http://page.example/done?a=1&${query}`,
    });
  });

  test('PutSymlink, GetSymlink, and what a link shows', async () => {
    await send({ method: 'PUT', bucket, key: 'destination', body: 'hello' });
    const etag = etagOf('destination');
    const link: TestRequest = { method: 'PUT', bucket, key: 'link', query: { symlink: '' } };
    const put = { ...link, headers: { 'x-oss-symlink-target': 'destination', 'x-oss-meta-author': 'Zoë' } };
    await expectAnswer(put, 200, { etag, ...version });
    await expectAnswer({ ...link, method: 'GET' }, 200, {
      etag,
      'content-type': 'application/octet-stream',
      'last-modified': LAST_MODIFIED,
      'x-oss-symlink-target': 'destination',
      'x-oss-meta-author': 'Zoë',
      ...version,
    });
    const followed = {
      ...identity(etagOf('hello'), 'hello'),
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-md5': md5Of('hello').toString('base64'),
      'x-oss-object-type': 'Symlink',
      'x-oss-storage-class': 'Standard',
      'x-oss-meta-author': 'Zoë',
    };
    await expectAnswer({ method: 'GET', bucket, key: 'link' }, 200, followed, 'hello');
    await expectAnswer({ method: 'HEAD', bucket, key: 'link' }, 200, followed);
    await expectAnswer({ method: 'HEAD', bucket, key: 'link', query: { objectMeta: '' } }, 200, identity(etag, ''));
  });

  test('ACL, tags and restoring', async () => {
    const key = 'frozen';
    await send({ method: 'PUT', bucket, key, body: 'hello', headers: { 'x-oss-storage-class': 'ColdArchive' } });
    const acl = { method: 'PUT', bucket, key, query: { acl: '' } };
    await expectAnswer({ ...acl, headers: { 'x-oss-object-acl': 'private' } }, 200, version);
    await expectAnswer({ ...acl, method: 'GET' }, 200, { ...XML, ...version }, /<Grant>private<\/Grant>/);
    const tags = { bucket, key, query: { tagging: '' } };
    const document = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>';
    await expectAnswer({ ...tags, method: 'PUT', body: document }, 200, version);
    await expectAnswer({ ...tags, method: 'GET' }, 200, { ...XML, ...version }, /<Key>a<\/Key>/);
    await expectAnswer({ ...tags, method: 'DELETE' }, 204, version);
    const restore = { method: 'POST', bucket, key, query: { restore: '' } };
    const priority = { 'x-oss-object-restore-priority': 'Standard' };
    await expectAnswer(restore, 202, { ...version, ...priority });
    await expectAnswer(restore, 200, { ...version, ...priority });
    const head = await send({ method: 'HEAD', bucket, key });
    expect(head.headers['x-oss-restore']).toBe('ongoing-request="false", expiry-date="Sat, 03 Jan 2026 03:04:05 GMT"');
    await expectAnswer({ ...restore, query: { cleanRestoredObject: '' } }, 200, version);
  });

  test('DeleteObject', async () => {
    const key = 'deleted';
    const put = await send({ method: 'PUT', bucket, key, body: 'hello' });
    const versionId = put.headers['x-oss-version-id'];
    const marker = versionId === undefined ? {} : { 'x-oss-delete-marker': 'true', ...version };
    const markerId = await expectAnswer({ method: 'DELETE', bucket, key }, 204, marker);
    if (versionId === undefined) return;
    const byId = (id = '') => ({ method: 'DELETE', bucket, key, query: { versionId: id } });
    const markerHeaders = { 'x-oss-delete-marker': 'true', 'x-oss-version-id': markerId };
    await expectAnswer(byId(markerId), 204, markerHeaders);
    await expectAnswer(byId(versionId), 204, { 'x-oss-version-id': versionId });
  });
});

describe('x-oss-expiration', () => {
  const rule = (id: string, prefix: string, expiration: string, status = 'Enabled') =>
    `<Rule><ID>${id}</ID><Prefix>${prefix}</Prefix><Status>${status}</Status><Expiration>${expiration}</Expiration></Rule>`;
  const put = (key: string, headers = {}) => send({ method: 'PUT', bucket: 'expiring', key, body: 'x', headers });
  const expirationOf = async (method: string, key: string, query = {}) =>
    (await send({ method, bucket: 'expiring', key, query })).headers['x-oss-expiration'];

  beforeAll(async () => {
    const rules = [
      rule('days', 'logs/', '<Days>3</Days>'),
      rule('a "date" é', 'dated/', '<CreatedBeforeDate>2026-03-01T00:00:00.000Z</CreatedBeforeDate>'),
      rule('past', 'late/', '<CreatedBeforeDate>2025-03-01T00:00:00.000Z</CreatedBeforeDate>'),
      rule('off', 'kept/', '<Days>1</Days>', 'Disabled'),
    ];
    const body = `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`;
    await send({ method: 'PUT', bucket: 'expiring', query: { lifecycle: '' }, body });
  });

  test.each<[string, string | undefined]>([
    // The first midnight at which three days are over.
    ['logs/a', 'expiry-date="Tue, 06 Jan 2026 00:00:00 GMT", rule-id="days"'],
    ['dated/a', 'expiry-date="Sun, 01 Mar 2026 00:00:00 GMT", rule-id="a%20%22date%22%20%C3%A9"'],
    ['late/a', undefined],
    ['kept/a', undefined],
    ['other', undefined],
  ])('of %s is %s', async (key, expected) => {
    await put(key);
    for (const method of ['GET', 'HEAD']) expect(await expirationOf(method, key)).toBe(expected);
  });

  test('is not sent for a version named by its id, or for a link', async () => {
    await put('logs/versioned');
    expect(await expirationOf('HEAD', 'logs/versioned', { versionId: 'null' })).toBeUndefined();
    const headers = { 'x-oss-symlink-target': 'logs/versioned' };
    await send({ method: 'PUT', bucket: 'expiring', key: 'logs/link', query: { symlink: '' }, headers });
    expect(await expirationOf('GET', 'logs/link')).toBeUndefined();
  });
});
