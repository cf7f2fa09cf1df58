/**
 * Every operation with every header that asks for protection: it is read (a nonsensical value, or one that does not
 * hold, is refused), it is refused, or the table names it as ignored. No 200 may hide that nothing was done.
 */
import {
  OPERATION_NAMES,
  OPERATIONS,
  type OperationName,
  PROTECTION_HEADERS,
  protectionOutcome,
} from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';

const BUCKET = 'walked';
const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT';

let server: TestServer;
let number = 0;

beforeAll(async () => {
  server = await startTestServer();
  // Forms here are of nobody, who may write into it.
  await server.send({ method: 'PUT', bucket: BUCKET, headers: { 'x-oss-acl': 'public-read-write' } });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'k', body: 'bytes' });
});

afterAll(() => server.close());

/** A value that an operation which reads the header refuses, or a condition that does not hold. */
const BAD_VALUES: Readonly<Record<string, string>> = {
  'x-oss-tagging': 'a=1&a=2',
  'x-oss-bucket-tagging': 'a=1&a=2',
  'if-match': '"other"',
  'if-unmodified-since': PAST,
  'x-oss-copy-source-if-match': '"other"',
  'x-oss-copy-source-if-unmodified-since': PAST,
};

/** Read, but never refused by value: what they do is tested where they work. */
const WITHOUT_BAD_VALUE = new Set([
  // Count only beside a callback, which is read first.
  'x-oss-callback-var',
  // A malformed range copies everything, as documented.
  'x-oss-copy-source-range',
]);

async function badValue(name: string): Promise<string> {
  if (/if-(none-match|modified-since)$/.test(name)) {
    const { headers } = await server.send({ method: 'HEAD', bucket: BUCKET, key: 'k' });
    return (name.endsWith('match') ? headers.etag : headers['last-modified']) ?? '';
  }
  return BAD_VALUES[name] ?? 'nonsense';
}

/** Text of an element of an error document, which for HEAD stands in a header. */
function errorElement({ body, headers }: RawAnswer, name: string): string | undefined {
  const document = body.length > 0 ? body : Buffer.from(headers['x-oss-err'] ?? '', 'base64');
  return new RegExp(`<${name}>([^<]*)<`).exec(document.toString())?.[1];
}

async function beginUpload(key: string): Promise<string> {
  const { body } = await server.send({ method: 'POST', bucket: BUCKET, key, query: { uploads: '' } });
  return /<UploadId>([^<]+)/.exec(body.toString())?.[1] ?? '';
}

function formBody(key: string): string {
  const part = (name: string, value: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  return `${part('key', key)}--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nbytes\r\n--x--\r\n`;
}

/** A request for an operation that works without the header. */
async function requestFor(name: OperationName): Promise<TestRequest> {
  const row = OPERATIONS[name];
  number += 1;
  const key = row.methods.some((method) => method === 'GET' || method === 'HEAD') ? 'k' : `new-${number}`;
  const query: Record<string, string> = Object.fromEntries(row.query.map((part) => [part, '']));
  if ('values' in row) for (const [part, values] of Object.entries(row.values)) query[part] = values[0] ?? '';
  const headers: Record<string, string> = {};
  if ('header' in row) headers[row.header] = row.header === 'x-oss-copy-source' ? `/${BUCKET}/k` : 'x';
  let body: string | undefined;
  if ('uploadId' in query) query.uploadId = await beginUpload(key);
  if ('partNumber' in query) query.partNumber = '1';
  if (name === 'AppendObject') query.position = '0';
  if (name === 'ConvertObject') query.type = 'normal';
  if (name === 'PutSymlink') headers['x-oss-symlink-target'] = 'k';
  if (name === 'PutObjectAcl') headers['x-oss-object-acl'] = 'private';
  if (name === 'PutObject' || name === 'AppendObject' || name === 'UploadPart') body = 'bytes';
  if (name === 'PostObject') {
    headers['content-type'] = 'multipart/form-data; boundary=x';
    body = formBody(key);
  }
  return {
    method: row.methods[0] ?? '',
    ...(row.scope !== 'service' && { bucket: BUCKET }),
    ...(row.scope === 'object' && { key: name === 'PutObjectAcl' || name === 'ConvertObject' ? 'k' : key }),
    query,
    headers,
    ...(body !== undefined && { body }),
  };
}

const BUILT = OPERATION_NAMES.filter((name) => OPERATION_ROWS[name].effect !== 'not built' && name !== 'OptionObject');
const isSafe = (name: OperationName) => ['GET', 'HEAD'].includes(OPERATIONS[name].methods[0] ?? '');
const readersOf = (header: string) =>
  BUILT.filter((name) => protectionOutcome(name, 'header', header, isSafe(name)) === 'read');

describe('a header that asks for protection', () => {
  test.each(BUILT)('is not dropped by %s', async (name) => {
    for (const header of Object.keys(PROTECTION_HEADERS)) {
      // It makes another operation of the request.
      if (header === 'x-oss-copy-source' && (name === 'PutObject' || name === 'UploadPart')) continue;
      if (protectionOutcome(name, 'header', header, isSafe(name)) !== 'unread') continue;
      const request = await requestFor(name);
      const answer = await server.send({ ...request, headers: { ...request.headers, [header]: 'private' } });
      const expected = header.startsWith('if-') ? ['NotImplemented', 'Header'] : ['InvalidArgument', 'ArgumentName'];
      const [code, element] = expected as [string, string];
      expect([name, header, answer.status, errorElement(answer, 'Code'), errorElement(answer, element)]).toEqual([
        name,
        header,
        400,
        code,
        header,
      ]);
    }
  });

  test.each(Object.keys(PROTECTION_HEADERS))('%s is read by the operations that declare it', async (header) => {
    for (const name of readersOf(header)) {
      const request = await requestFor(name);
      expect([name, (await server.send(request)).status]).toEqual([name, expect.toBeOneOf([200, 204])]);
      if (WITHOUT_BAD_VALUE.has(header)) continue;
      const again = await requestFor(name);
      const headers = { ...again.headers, [header]: await badValue(header) };
      const { status } = await server.send({ ...again, headers });
      expect([name, header, status]).toEqual([name, header, expect.toBeOneOf([304, 400, 404, 412])]);
    }
  });

  test('changes nothing where it is refused', async () => {
    const before = await server.send({ method: 'HEAD', bucket: BUCKET, key: 'k' });
    for (const headers of [
      { 'x-oss-server-side-encryption-customer-key': 'a2V5' },
      { 'x-oss-object-worm-until': 'x' },
      { 'x-oss-ac-source-ip': '127.0.0.1' },
      { 'x-oss-forbid-delete': 'true' },
    ]) {
      for (const method of ['PUT', 'DELETE', 'GET', 'HEAD']) {
        const answer = await server.send({
          method,
          bucket: BUCKET,
          key: 'k',
          headers,
          ...(method === 'PUT' && { body: 'x' }),
        });
        expect([method, headers, answer.status, errorElement(answer, 'Code')]).toEqual([
          method,
          headers,
          501,
          'NotImplemented',
        ]);
      }
    }
    const after = await server.send({ method: 'HEAD', bucket: BUCKET, key: 'k' });
    expect(after.headers.etag).toBe(before.headers.etag);
    expect(after.headers['last-modified']).toBe(before.headers['last-modified']);
  });

  test('is refused in the query, too, but for callbacks', async () => {
    for (const name of ['x-oss-server-side-encryption', 'x-oss-object-acl', 'x-oss-object-worm-mode', 'if-match']) {
      const answer = await server.send({
        method: 'PUT',
        bucket: BUCKET,
        key: 'query',
        query: { [name]: 'private' },
        body: 'x',
      });
      expect([name, answer.status]).toEqual([name, 400]);
    }
    expect((await server.send({ method: 'HEAD', bucket: BUCKET, key: 'query' })).status).toBe(404);
  });

  test('names the ACL of a bucket: an object takes the one that its bucket has', async () => {
    const put = (acl: string) =>
      server.send({ method: 'PUT', bucket: BUCKET, key: 'acl', body: 'x', headers: { 'x-oss-acl': acl } });
    expect((await put('public-read-write')).status).toBe(200);
    expect((await put('private')).status).toBe(400);
  });

  test('in a form is a field: unknown ones are refused', async () => {
    const request = await requestFor('PostObject');
    const field =
      '--x\r\nContent-Disposition: form-data; name="x-oss-server-side-encryption-customer-key"\r\n\r\nk\r\n';
    expect((await server.send({ ...request, body: `${field}${String(request.body)}` })).status).toBe(501);
  });

  test('claims no hash that is not checked, also where the signature does not cover the body', async () => {
    const headers = { 'x-oss-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' };
    for (const signature of ['v1', 'anonymous'] as const) {
      const answer = await server.send({ method: 'PUT', bucket: BUCKET, key: 'h', body: 'x', headers, signature });
      expect([signature, answer.status]).toEqual([signature, 400]);
    }
  });
});
