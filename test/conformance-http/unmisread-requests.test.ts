/**
 * Requests that were once carried out otherwise than they were meant: protection that was dropped, digests nobody
 * checked, copies of another state. What the public service does with each is in the documents of the protocol.
 */
import { createHash } from 'node:crypto';
import { UNDOCUMENTED_SUB_RESOURCES } from '@annals/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const bucket of ['plain', 'versioned']) await server.send({ method: 'PUT', bucket });
  const versioning = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  await server.send({ method: 'PUT', bucket: 'versioned', query: { versioning: '' }, body: versioning });
});

afterAll(() => server.close());

function md5Base64(body: string): string {
  return createHash('md5').update(body).digest('base64');
}

function put(bucket: string, key: string, headers: Record<string, string> = {}, body = 'bytes'): Promise<RawAnswer> {
  return server.send({ method: 'PUT', bucket, key, body, headers });
}

function copy(bucket: string, key: string, source: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return server.send({ method: 'PUT', bucket, key, headers: { 'x-oss-copy-source': source, ...headers } });
}

async function headersOf(bucket: string, key: string): Promise<RawAnswer['headers']> {
  return (await server.send({ method: 'HEAD', bucket, key })).headers;
}

async function aclOf(bucket: string, key: string): Promise<string> {
  return (await server.send({ method: 'GET', bucket, key, query: { acl: '' } })).body.toString();
}

describe('a copy', () => {
  test('onto itself keeps ACL and storage class, whether it makes a version or not', async () => {
    for (const bucket of ['plain', 'versioned']) {
      for (const directive of ['REPLACE', 'COPY']) {
        const key = `own-${directive}`;
        await put(bucket, key, { 'x-oss-object-acl': 'private', 'x-oss-storage-class': 'IA' });
        const copied = await copy(bucket, key, `/${bucket}/${key}`, { 'x-oss-metadata-directive': directive });
        expect([bucket, copied.status]).toEqual([bucket, 200]);
        expect(await aclOf(bucket, key)).toContain('<Grant>private</Grant>');
        expect((await headersOf(bucket, key))['x-oss-storage-class']).toBe('IA');
        await copy(bucket, key, `/${bucket}/${key}`, {
          'x-oss-metadata-directive': directive,
          'x-oss-object-acl': 'public-read',
          'x-oss-storage-class': 'Standard',
        });
        expect(await aclOf(bucket, key)).toContain('<Grant>public-read</Grant>');
        expect((await headersOf(bucket, key))['x-oss-storage-class']).toBe('Standard');
      }
    }
  });

  test('elsewhere takes neither along', async () => {
    await put('plain', 'closed', { 'x-oss-object-acl': 'private', 'x-oss-storage-class': 'IA' });
    await copy('plain', 'elsewhere', '/plain/closed');
    expect(await aclOf('plain', 'elsewhere')).toContain('<Grant>default</Grant>');
    expect((await headersOf('plain', 'elsewhere'))['x-oss-storage-class']).toBe('Standard');
  });

  test('with other metadata keeps the type, and what a client decrypts with', async () => {
    await put('plain', 'sealed', {
      'content-type': 'video/mp4',
      'x-oss-meta-client-side-encryption-key': 'k',
      'x-oss-meta-client-side-encryption-start': 's',
      'x-oss-meta-camera': 'gate',
    });
    for (const target of ['sealed', 'sealed-2']) {
      const replaced = { 'x-oss-metadata-directive': 'REPLACE', 'x-oss-meta-new': 'n' };
      expect((await copy('plain', target, '/plain/sealed', replaced)).status).toBe(200);
      const headers = await headersOf('plain', target);
      expect(headers).toMatchObject({
        'content-type': 'video/mp4',
        'x-oss-meta-client-side-encryption-key': 'k',
        'x-oss-meta-client-side-encryption-start': 's',
        'x-oss-meta-new': 'n',
      });
      expect(headers).not.toHaveProperty('x-oss-meta-camera');
    }
    await copy('plain', 'sealed', '/plain/sealed', {
      'x-oss-metadata-directive': 'REPLACE',
      'content-type': 'text/plain',
      'x-oss-meta-client-side-encryption-key': 'other',
    });
    expect(await headersOf('plain', 'sealed')).toMatchObject({
      'content-type': 'text/plain',
      'x-oss-meta-client-side-encryption-key': 'other',
      'x-oss-meta-client-side-encryption-start': 's',
    });
  });

  test.each(['?versionid=x', '?x=y', '?versionId=null&x', '?', '?acl'])('of a source with "%s"', async (query) => {
    await put('plain', 'source');
    const answer = await copy('plain', 'target', `/plain/source${query}`);
    if (query === '?') expect(answer.status).toBe(200);
    else expectError(answer, { status: 400, code: 'InvalidArgument' });
  });

  test('takes a plain condition beside its equal twin on the source, and no other', async () => {
    await put('plain', 'source');
    const etag = (await headersOf('plain', 'source')).etag ?? '';
    const both = { 'if-match': etag, 'x-oss-copy-source-if-match': etag };
    expect((await copy('plain', 'target', '/plain/source', both)).status).toBe(200);
    for (const headers of [{ 'if-match': etag }, { ...both, 'if-match': '"x"' }]) {
      expectError(await copy('plain', 'target', '/plain/source', headers), { status: 400, code: 'NotImplemented' });
    }
  });
});

describe('PutBucket', () => {
  function encryptionOf(bucket: string): Promise<RawAnswer> {
    return server.send({ method: 'GET', bucket, query: { encryption: '' } });
  }

  test('sets the default encryption that its headers ask for', async () => {
    const headers = { 'x-oss-server-side-encryption': 'AES256' };
    expect((await server.send({ method: 'PUT', bucket: 'encrypted', headers })).status).toBe(200);
    expect((await encryptionOf('encrypted')).body.toString()).toContain('<SSEAlgorithm>AES256</SSEAlgorithm>');
    // Of a bucket that is there, too; saying nothing changes nothing.
    expect((await server.send({ method: 'PUT', bucket: 'encrypted' })).status).toBe(200);
    const withKey = { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'k' };
    expect((await server.send({ method: 'PUT', bucket: 'encrypted', headers: withKey })).status).toBe(200);
    expect((await encryptionOf('encrypted')).body.toString()).toContain('<KMSMasterKeyID>k</KMSMasterKeyID>');
  });

  test('refuses what it does not understand, and makes no bucket', async () => {
    for (const [headers, code] of [
      [{ 'x-oss-server-side-encryption': 'ROT13' }, 'InvalidEncryptionAlgorithmError'],
      [{ 'x-oss-server-side-encryption': '' }, 'InvalidEncryptionAlgorithmError'],
      [{ 'x-oss-server-side-data-encryption': 'SM4' }, 'InvalidArgument'],
      [{ 'x-oss-server-side-encryption-key-id': 'k' }, 'InvalidArgument'],
    ] as const) {
      expectError(await server.send({ method: 'PUT', bucket: 'unmade', headers }), { status: 400, code });
    }
    expectError(await encryptionOf('unmade'), { status: 404, code: 'NoSuchBucket' });
  });

  test('a change to AES256 may still name the key of before', async () => {
    const rule =
      '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>';
    const answer = await server.send({ method: 'PUT', bucket: 'encrypted', query: { encryption: '' }, body: rule });
    expect(answer.status).toBe(200);
    expect((await encryptionOf('encrypted')).body.toString()).not.toContain('KMSMasterKeyID');
  });
});

describe('the digest of a document', () => {
  async function initiate(key: string): Promise<string> {
    const answer = await server.send({ method: 'POST', bucket: 'plain', key, query: { uploads: '' } });
    return /<UploadId>(.*?)<\/UploadId>/.exec(answer.body.toString())?.[1] ?? '';
  }

  test('is checked wherever one is sent', async () => {
    const uploadId = await initiate('parts');
    const part = await server.send({
      method: 'PUT',
      bucket: 'plain',
      key: 'parts',
      query: { uploadId, partNumber: '1' },
      body: 'x',
    });
    await put('plain', 'cold', { 'x-oss-storage-class': 'Archive' });
    const requests: readonly TestRequest[] = [
      {
        method: 'POST',
        bucket: 'plain',
        key: 'parts',
        query: { uploadId },
        body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`,
      },
      {
        method: 'POST',
        bucket: 'plain',
        key: 'cold',
        query: { restore: '' },
        body: '<RestoreRequest><Days>2</Days></RestoreRequest>',
      },
      {
        method: 'POST',
        bucket: 'plain',
        query: { delete: '' },
        body: '<Delete><Object><Key>nothing</Key></Object></Delete>',
      },
      {
        method: 'PUT',
        bucket: 'plain',
        key: 'source',
        query: { tagging: '' },
        body: '<Tagging><TagSet/></Tagging>',
      },
    ];
    for (const request of requests) {
      const wrong = await server.send({ ...request, headers: { 'content-md5': md5Base64('other') } });
      expectError(wrong, { status: 400, code: 'InvalidDigest' });
      const right = await server.send({ ...request, headers: { 'content-md5': md5Base64(String(request.body)) } });
      expect([request.query, Math.floor(right.status / 100)]).toEqual([request.query, 2]);
    }
  });

  test('of a batch deletion may be four bytes too long, as one SDK sends it; nowhere else', async () => {
    const body = '<Delete><Object><Key>nothing</Key></Object></Delete>';
    const longer = (text: string): string =>
      Buffer.concat([createHash('md5').update(text).digest(), Buffer.from([1, 2, 3, 4])]).toString('base64');
    const deletion = { method: 'POST', bucket: 'plain', query: { delete: '' }, body } as const;
    expect((await server.send({ ...deletion, headers: { 'content-md5': longer(body) } })).status).toBe(200);
    const wrong = await server.send({ ...deletion, headers: { 'content-md5': longer('other') } });
    expectError(wrong, { status: 400, code: 'InvalidDigest' });
    const elsewhere = await put('plain', 'k', { 'content-md5': longer('bytes') });
    expectError(elsewhere, { status: 400, code: 'InvalidDigest' });
  });
});

test('an upload begins with any version or time of a source beside it', async () => {
  const answer = await server.send({
    method: 'POST',
    bucket: 'plain',
    key: 'begun',
    query: { uploads: '', versionId: 'null' },
    headers: { 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' },
  });
  expect(answer.status).toBe(200);
  const conditional = await server.send({
    method: 'POST',
    bucket: 'plain',
    key: 'begun',
    query: { uploads: '' },
    headers: { 'if-match': '"x"' },
  });
  expectError(conditional, { status: 400, code: 'NotImplemented' });
});

describe('whether a bucket exists', () => {
  test('HEAD tells, without a body', async () => {
    const there = await server.send({ method: 'HEAD', bucket: 'plain' });
    expect([there.status, there.headers['x-oss-bucket-region'], there.body.length]).toEqual([200, 'oss-annals', 0]);
    const missing = await server.send({ method: 'HEAD', bucket: 'never-made' });
    expect([missing.status, missing.body.length]).toEqual([404, 0]);
    const stranger = await server.send({ method: 'HEAD', bucket: 'plain', signature: 'anonymous' });
    expect(stranger.status).toBe(403);
  });

  test('is said before who asks: an unknown key or a wrong signature hears of a bucket that is not there', async () => {
    const strangers = [
      { accessKeyId: 'NOBODY', accessKeySecret: 'x' },
      { ...ROOT, accessKeySecret: 'wrong' },
    ];
    for (const keys of strangers) {
      for (const request of [
        { method: 'GET', query: { bucketInfo: '' } },
        { method: 'GET', query: { acl: '' } },
        { method: 'GET' },
        { method: 'DELETE' },
        { method: 'PUT', key: 'k', body: 'x' },
        { method: 'GET', key: 'k' },
      ] as const) {
        const missing = await server.send({ ...request, bucket: 'never-made', keys });
        expectError(missing, { status: 404, code: 'NoSuchBucket' });
        expect((await server.send({ ...request, bucket: 'plain', keys })).status).toBe(403);
      }
      expect((await server.send({ method: 'HEAD', bucket: 'never-made', keys })).status).toBe(404);
      expect((await server.send({ method: 'HEAD', bucket: 'never-made', key: 'k', keys })).status).toBe(404);
      expect((await server.send({ method: 'HEAD', bucket: 'plain', keys })).status).toBe(403);
      expect((await server.send({ method: 'PUT', bucket: 'never-made', keys })).status).toBe(403);
      expect((await server.send({ method: 'GET', keys })).status).toBe(403);
    }
  });
});

describe('an upload', () => {
  async function begin(key: string): Promise<{ uploadId: string }> {
    const answer = await server.send({ method: 'POST', bucket: 'plain', key, query: { uploads: '' } });
    return { uploadId: /<UploadId>(.*?)<\/UploadId>/.exec(answer.body.toString())?.[1] ?? '' };
  }

  test.each([
    ['no document', {}],
    ['an empty list', { body: '<CompleteMultipartUpload></CompleteMultipartUpload>' }],
    ['all there are', { headers: { 'x-oss-complete-all': 'yes' } }],
  ])('of an empty file is completed with %s', async (name, more) => {
    const query = await begin(name);
    const completed = await server.send({ method: 'POST', bucket: 'plain', key: name, query, ...more });
    expect(completed.status).toBe(200);
    const head = await headersOf('plain', name);
    expect([head['content-length'], head['x-oss-hash-crc64ecma'], head['x-oss-object-type']]).toEqual([
      '0',
      '0',
      'Multipart',
    ]);
  });

  test('that has parts is not emptied by a list without any', async () => {
    const query = await begin('parts');
    const part = { ...query, partNumber: '1' };
    await server.send({ method: 'PUT', bucket: 'plain', key: 'parts', query: part, body: 'x' });
    const emptied = await server.send({ method: 'POST', bucket: 'plain', key: 'parts', query });
    expectError(emptied, { status: 400, code: 'InvalidPart' });
  });

  test('has an etag over the text of the etags of its parts', async () => {
    const query = await begin('etag');
    const etags: string[] = [];
    for (const [index, body] of ['a'.repeat(102_400), 'b'].entries()) {
      const part = { ...query, partNumber: String(index + 1) };
      const answer = await server.send({ method: 'PUT', bucket: 'plain', key: 'etag', query: part, body });
      etags.push((answer.headers.etag ?? '').replaceAll('"', ''));
    }
    const list = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    expect((await server.send({ method: 'POST', bucket: 'plain', key: 'etag', query, body })).status).toBe(200);
    const digest = createHash('md5').update(etags.join('')).digest('hex').toUpperCase();
    expect((await headersOf('plain', 'etag')).etag).toBe(`"${digest}-2"`);
  });
});

describe('a sub-resource that the server does not implement', () => {
  test('answers 501 for the service, a bucket and an object, and nothing is made, read or deleted', async () => {
    await put('plain', 'beside', {}, 'kept');
    const places = [{}, { bucket: 'plain' }, { bucket: 'not-yet-there' }, { bucket: 'plain', key: 'beside' }];
    for (const name of UNDOCUMENTED_SUB_RESOURCES) {
      for (const place of places) {
        for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
          const body = method === 'PUT' || method === 'POST' ? { body: 'other' } : {};
          const answer = await server.send({ method, ...place, query: { [name]: '' }, ...body });
          expect([name, method, place, answer.status]).toEqual([name, method, place, 501]);
        }
      }
    }
    expect((await server.send({ method: 'GET', bucket: 'plain', key: 'beside' })).body.toString()).toBe('kept');
    expect((await server.send({ method: 'GET', bucket: 'not-yet-there' })).status).toBe(404);
  });
});
