/**
 * What answers say of buckets and objects beside what was asked for: groups, counts, compression, held back transfers,
 * links, uploads under way.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const BUCKET = 'described';
const TEXT = 'line of a text\n'.repeat(200);
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

function send(request: Partial<TestRequest> & { readonly method: string }): Promise<RawAnswer> {
  return server.send({ bucket: BUCKET, ...request });
}

describe('buckets', () => {
  const group = { 'x-oss-resource-group-id': 'rg-recordings' };

  test('are made in a resource group, keep it, and are listed by it', async () => {
    expect((await server.send({ method: 'PUT', bucket: 'grouped', headers: group })).status).toBe(200);
    expect((await server.send({ method: 'PUT', bucket: 'grouped' })).status).toBe(200);
    const info = async (bucket: string) =>
      (await server.send({ method: 'GET', bucket, query: { bucketInfo: '' } })).body.toString();
    expect(await info('grouped')).toContain('<ResourceGroupId>rg-recordings</ResourceGroupId>');
    expect(await info(BUCKET)).toContain('<ResourceGroupId>rg-default-id</ResourceGroupId>');
    for (const name of ['Comment', 'LogBucket', 'LogPrefix'])
      expect(await info(BUCKET)).toContain(`<${name}></${name}>`);
    const listed = (await server.send({ method: 'GET', headers: group })).body.toString();
    expect([listed.includes('>grouped<'), listed.includes(`>${BUCKET}<`)]).toEqual([true, false]);
    const bad = { 'x-oss-resource-group-id': 'rg_!' };
    expectError(await server.send({ method: 'PUT', bucket: 'ungrouped', headers: bad }), {
      status: 400,
      code: 'InvalidArgument',
    });
  });

  test('show their tags where they are listed by tags, and nowhere else', async () => {
    const tags = { 'x-oss-bucket-tagging': 'room=1&floor=' };
    await server.send({ method: 'PUT', bucket: 'tagged', headers: tags });
    const list = async (query: Record<string, string>) =>
      (await server.send({ method: 'GET', query })).body.toString().replace(/\n\s*/g, '');
    const shown = '<Tagging><TagSet><Tag><Key>room</Key><Value>1</Value></Tag>';
    for (const query of [{ 'tag-key': 'room' }, { 'tag-key': 'room', 'tag-value': '1' }, { tagging: '"room":"1"' }]) {
      expect(await list(query)).toContain(shown);
    }
    expect(await list({})).not.toContain('<Tagging>');
  });

  test('in which nothing was counted name no time of the count', async () => {
    await server.send({ method: 'PUT', bucket: 'empty' });
    const stat = async () =>
      (await server.send({ method: 'GET', bucket: 'empty', query: { stat: '' } })).body.toString();
    expect(await stat()).toContain('<LastModifiedTime>0</LastModifiedTime>');
    await server.send({ method: 'POST', bucket: 'empty', key: 'u', query: { uploads: '' } });
    expect(await stat()).not.toContain('<LastModifiedTime>0</LastModifiedTime>');
  });
});

describe('compression', () => {
  const gzip = { 'accept-encoding': 'gzip' };

  test('HEAD says what GET would, with and without it', async () => {
    await send({ method: 'PUT', key: 'text', headers: { 'content-type': 'text/plain' }, body: TEXT });
    await send({ method: 'PUT', key: 'short', headers: { 'content-type': 'text/plain' }, body: 'x' });
    await send({ method: 'PUT', key: 'bytes', headers: { 'content-type': 'video/mp4' }, body: TEXT });
    for (const key of ['text', 'short', 'bytes']) {
      for (const headers of [{}, gzip, { ...gzip, range: 'bytes=0-9' }]) {
        const got = await send({ method: 'GET', key, headers });
        const head = await send({ method: 'HEAD', key, headers });
        for (const name of ['content-encoding', 'vary', 'etag', 'content-type', 'x-oss-hash-crc64ecma']) {
          expect([key, headers, name, head.headers[name]]).toEqual([key, headers, name, got.headers[name]]);
        }
      }
    }
    const head = await send({ method: 'HEAD', key: 'text', headers: gzip });
    expect(head.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(head.headers).not.toHaveProperty('content-length');
    expect((await send({ method: 'GET', key: 'text' })).headers.vary).toBe('Accept-Encoding');
    expect((await send({ method: 'HEAD', key: 'text' })).headers).toMatchObject({
      vary: 'Accept-Encoding',
      'content-length': String(TEXT.length),
    });
    expect((await send({ method: 'GET', key: 'short' })).headers).not.toHaveProperty('vary');
    expect((await send({ method: 'GET', key: 'bytes' })).headers).not.toHaveProperty('vary');
  });

  test('and CORS both say what an answer varies by', async () => {
    const cors = (vary: string) =>
      `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule>${vary}</CORSConfiguration>`;
    const put = (body: string) => send({ method: 'PUT', query: { cors: '' }, body });
    await put(cors('<ResponseVary>true</ResponseVary>'));
    await send({ method: 'PUT', key: 'old', body: 'x' });
    const { etag = '' } = (await send({ method: 'HEAD', key: 'old' })).headers;
    const kinds: readonly (readonly [number, Partial<TestRequest> & { readonly method: string }])[] = [
      [200, { method: 'GET', key: 'old' }],
      [200, { method: 'HEAD', key: 'old' }],
      [206, { method: 'GET', key: 'old', headers: { range: 'bytes=0-0' } }],
      [304, { method: 'GET', key: 'old', headers: { 'if-none-match': etag } }],
      [412, { method: 'GET', key: 'old', headers: { 'if-match': '"x"' } }],
      [404, { method: 'GET', key: 'absent' }],
      [404, { method: 'HEAD', key: 'absent' }],
      [200, { method: 'GET' }],
      [200, { method: 'PUT', key: 'new', body: 'x' }],
      [400, { method: 'PUT', key: 'new', body: 'x', headers: { 'content-md5': 'x' } }],
      [204, { method: 'DELETE', key: 'new' }],
      [200, { method: 'POST', key: 'grown', query: { append: '', position: '0' }, body: 'x' }],
      [409, { method: 'POST', key: 'grown', query: { append: '', position: '0' }, body: 'x' }],
      [403, { method: 'GET', key: 'old', keys: { accessKeyId: 'nobody', accessKeySecret: 'x' } }],
      [405, { method: 'PATCH', key: 'old' }],
    ];
    for (const [status, request] of kinds) {
      for (const origin of [{}, { origin: 'http://page.test' }]) {
        const answer = await send({ ...request, headers: { ...request.headers, ...origin } });
        if (request.key === 'grown' || request.key === 'new') continue;
        expect([request, origin, answer.status]).toEqual([request, origin, status]);
        expect([request, origin, answer.headers.vary]).toEqual([request, origin, 'Origin']);
      }
    }
    expect((await send({ method: 'PUT', key: 'new', body: 'x' })).headers.vary).toBe('Origin');
    expect((await send({ method: 'GET', key: 'text' })).headers.vary).toBe('Accept-Encoding, Origin');
    await put(cors(''));
    expect((await send({ method: 'GET', query: { cors: '' } })).body.toString()).toContain(
      '<ResponseVary>false</ResponseVary>',
    );
    expect((await send({ method: 'GET', key: 'old' })).headers).not.toHaveProperty('vary');
    const preflight = await send({
      method: 'OPTIONS',
      key: 'old',
      headers: {
        origin: 'http://page.test',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'X-OSS-Date, Content-Type',
      },
    });
    expect(preflight.headers['access-control-allow-headers']).toBe('x-oss-date, content-type');
    await send({ method: 'DELETE', query: { cors: '' } });
  });
});

describe('a traffic limit', () => {
  const LIMIT = { 'x-oss-traffic-limit': '819200' };
  const PIECE = 'x'.repeat(5000);

  test('is kept by every method, for short bodies too, and reported', async () => {
    const start = await send({ method: 'POST', key: 'parts', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(start.body.toString())?.[1] ?? '';
    const requests: readonly (Partial<TestRequest> & { readonly method: string })[] = [
      { method: 'PUT', key: 'limited', body: PIECE },
      { method: 'POST', key: 'appended', query: { append: '', position: '0' }, body: PIECE },
      { method: 'PUT', key: 'parts', query: { partNumber: '1', uploadId }, body: PIECE },
      { method: 'GET', key: 'limited' },
      { method: 'GET', key: 'limited', headers: { range: 'bytes=0-4999' } },
    ];
    for (const request of requests) {
      const free = await send(request.query?.append === '' ? { ...request, key: 'free' } : request);
      expect(free.headers).not.toHaveProperty('x-oss-qos-delay-time');
      const limited = await send({ ...request, headers: { ...request.headers, ...LIMIT } });
      expect([request.method, request.key, limited.status < 300]).toEqual([request.method, request.key, true]);
      // 5,000 bytes at 102,400 a second: 49 ms; an upload that came slowly waited for less.
      expect(Number(limited.headers['x-oss-qos-delay-time'])).toBeGreaterThanOrEqual(request.method === 'GET' ? 48 : 1);
    }
    const copied = await send({
      method: 'PUT',
      key: 'copy',
      headers: { ...LIMIT, 'x-oss-copy-source': `/${BUCKET}/limited` },
    });
    expect([copied.status, copied.headers['x-oss-qos-delay-time']]).toEqual([200, '0']);
  });
});

test('ListParts shows what a client that encrypts noted', async () => {
  const noted = {
    key: 'K',
    start: 'S',
    'part-size': '102400',
    'data-size': '204800',
    'wrap-alg': 'RSA',
    'cek-alg': 'AES',
  };
  const headers = Object.fromEntries(
    Object.entries(noted).map(([name, value]) => [`x-oss-meta-client-side-encryption-${name}`, value]),
  );
  const listed = async (given: Record<string, string>) => {
    const start = await send({ method: 'POST', key: 'cse', query: { uploads: '' }, headers: given });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(start.body.toString())?.[1] ?? '';
    return (await send({ method: 'GET', key: 'cse', query: { uploadId } })).body.toString();
  };
  const document = await listed(headers);
  for (const [name, value] of [
    ['Key', 'K'],
    ['Start', 'S'],
    ['PartSize', '102400'],
    ['DataSize', '204800'],
    ['WrapAlg', 'RSA'],
    ['CekAlg', 'AES'],
  ]) {
    expect(document).toContain(`<ClientEncryption${name}>${value}</ClientEncryption${name}>`);
  }
  expect(await listed({})).not.toContain('ClientEncryption');
});

test('a link has a type, and goes when it is deleted as a link', async () => {
  await send({ method: 'PUT', key: 'target', body: 'x' });
  const headers = { 'x-oss-symlink-target': 'target', 'content-type': 'text/css' };
  await send({ method: 'PUT', key: 'link', query: { symlink: '' }, headers });
  expect((await send({ method: 'GET', key: 'link', query: { symlink: '' } })).headers['content-type']).toBe('text/css');
  expect((await send({ method: 'DELETE', key: 'link', query: { symlink: '' } })).status).toBe(204);
  expect((await send({ method: 'HEAD', key: 'link' })).status).toBe(404);
  expect((await send({ method: 'HEAD', key: 'target' })).status).toBe(200);
});

test('an object of the class Archive knows no tiers, a colder one does', async () => {
  const restore = (key: string, body: string) => send({ method: 'POST', key, query: { restore: '' }, body });
  const hasty = (parameters: string) =>
    `<RestoreRequest><Days>2</Days><JobParameters>${parameters}</JobParameters></RestoreRequest>`;
  for (const [key, storageClass] of [
    ['cold', 'Archive'],
    ['colder', 'ColdArchive'],
  ] as const) {
    await send({ method: 'PUT', key, headers: { 'x-oss-storage-class': storageClass }, body: 'x' });
  }
  for (const parameters of ['', '<Tier>Standard</Tier>', '<Tier>Bulk</Tier>']) {
    expectError(await restore('cold', hasty(parameters)), { status: 400, code: 'MalformedXML' });
  }
  expect((await restore('cold', '<RestoreRequest><Days>2</Days></RestoreRequest>')).status).toBe(202);
  expect((await restore('colder', hasty('<Tier>Bulk</Tier>'))).status).toBe(202);
});

test('values that are none have the codes of the service', async () => {
  const cors = (age: string) =>
    `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>${age}</MaxAgeSeconds></CORSRule></CORSConfiguration>`;
  expectError(await send({ method: 'PUT', query: { cors: '' }, body: cors('-1') }), {
    status: 400,
    code: 'InvalidArgument',
  });
  for (const status of ['None', 'Disabled', 'disabled', '']) {
    const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    expectError(await send({ method: 'PUT', query: { versioning: '' }, body }), { status: 400, code: 'MalformedXML' });
  }
  expectError(await send({ method: 'GET', query: { cname: 'www.example.test', comp: 'token' } }), {
    status: 404,
    code: 'CnameTokenNotFound',
    ec: '0018-00000301',
  });
  const batch = '<Delete><Object><Key>k</Key><VersionId>no id!</VersionId></Object></Delete>';
  const headers = { 'content-md5': createHash('md5').update(batch).digest('base64') };
  expectError(await send({ method: 'POST', query: { delete: '' }, body: batch, headers }), {
    status: 400,
    code: 'InvalidArgument',
  });
});
