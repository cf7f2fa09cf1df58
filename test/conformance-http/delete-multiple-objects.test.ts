/** DeleteMultipleObjects as a client sees it. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExpectedError, expectDocument, expectError, ownHeaders } from './expectations.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: 'first' });
});

afterAll(() => server.close());

describe('DeleteMultipleObjects', () => {
  const remove = (body: string, more: Partial<TestRequest> = {}) =>
    server.send({ method: 'POST', bucket: 'first', body, ...more, query: { delete: '', ...more.query } });
  const named = (...keys: string[]) => keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('');

  test.each(SIGNED_KINDS)('signed %s names what is gone, whether it was there or not', async (signature) => {
    await server.send({ method: 'PUT', bucket: 'first', key: 'a b&c', body: 'x' });
    const body = `<?xml version="1.0" encoding="UTF-8"?><Delete><Quiet>false</Quiet>${named('a b&amp;c', 'absent')}</Delete>`;
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    expectDocument(await remove(body, { headers, signature, query: { 'encoding-type': 'url' } }), [
      '<DeleteResult>',
      '  <EncodingType>url</EncodingType>',
      '  <Deleted>',
      '    <Key>a%20b%26c</Key>',
      '  </Deleted>',
      '  <Deleted>',
      '    <Key>absent</Key>',
      '  </Deleted>',
      '</DeleteResult>',
    ]);
    expectError(await server.send({ method: 'GET', bucket: 'first', key: 'a b&c' }), {
      status: 404,
      code: 'NoSuchKey',
    });
  });

  test('quiet says nothing', async () => {
    await server.send({ method: 'PUT', bucket: 'first', key: 'k', body: 'x' });
    const answer = await remove(`<Delete><Quiet>true</Quiet>${named('k')}</Delete>`);
    expect([answer.status, answer.body.length, ownHeaders(answer)]).toEqual([200, 0, { 'content-length': '0' }]);
    expectError(await server.send({ method: 'GET', bucket: 'first', key: 'k' }), { status: 404, code: 'NoSuchKey' });
  });

  test('takes a thousand keys', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `k${index}`);
    const answer = await remove(`<Delete>${named(...keys)}</Delete>`);
    expect(answer.body.toString('utf8').match(/<Deleted>/g)?.length).toBe(1000);
  });

  const malformed: ExpectedError = { status: 400, code: 'MalformedXML', ec: '0016-00000608' };
  test.each<[string, string, ExpectedError]>([
    ['1001 keys', `<Delete>${'<Object><Key>kept</Key></Object>'.repeat(1001)}</Delete>`, malformed],
    ['more than 2 MiB', `<Delete><Object><Key>kept</Key></Object>${' '.repeat(2 * 1024 * 1024)}</Delete>`, malformed],
    ['no keys', '<Delete></Delete>', malformed],
    ['an object without key', '<Delete><Object></Object></Delete>', malformed],
    ['another document', '<Remove><Object><Key>kept</Key></Object></Remove>', malformed],
    ['a broken document', '<Delete><Object><Key>kept</Key>', malformed],
    [
      'a bad version',
      '<Delete><Object><Key>kept</Key><VersionId>a b</VersionId></Object></Delete>',
      { status: 400, code: 'InvalidArgument', message: 'Invalid version id specified.' },
    ],
  ])('refuses %s and deletes nothing', async (_name, body, expected) => {
    await server.send({ method: 'PUT', bucket: 'first', key: 'kept', body: 'x' });
    expectError(await remove(body), expected);
    expect((await server.send({ method: 'HEAD', bucket: 'first', key: 'kept' })).status).toBe(200);
  });

  test('refuses a wrong Content-MD5 and a missing bucket', async () => {
    const body = `<Delete>${named('k')}</Delete>`;
    const headers = { 'content-md5': createHash('md5').update('other').digest('base64') };
    expectError(await remove(body, { headers }), { status: 400, code: 'InvalidDigest' });
    expectError(await remove(body, { bucket: 'absent' }), { status: 404, code: 'NoSuchBucket' });
  });
});
