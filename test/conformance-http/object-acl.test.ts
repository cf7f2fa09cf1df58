/** ACLs of objects as a client sees them, and what they let strangers do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError, ownHeaders } from './expectations.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: 'data' });
  await server.send({ method: 'PUT', bucket: 'open', headers: { 'x-oss-acl': 'public-read-write' } });
  await server.send({ method: 'PUT', bucket: 'data', key: 'plain', body: 'x' });
});

afterAll(() => server.close());

describe('object ACLs', () => {
  const aclOf = (key: string, more: Partial<TestRequest> = {}) =>
    server.send({ method: 'GET', bucket: 'data', key, query: { acl: '' }, ...more });
  const setAcl = (key: string, acl?: string) =>
    server.send({
      method: 'PUT',
      bucket: 'data',
      key,
      query: { acl: '' },
      ...(acl !== undefined && { headers: { 'x-oss-object-acl': acl } }),
    });

  test.each(['default', 'private', 'public-read', 'public-read-write'])('%s is set, shown and obeyed', async (acl) => {
    await server.send({ method: 'PUT', bucket: 'data', key: 'guarded', body: 'abc' });
    const answer = await setAcl('guarded', acl);
    expect([answer.status, ownHeaders(answer)]).toEqual([200, { 'content-length': '0' }]);
    const ownerId = (await server.store.getBucket('data')).ownerId;
    expectDocument(await aclOf('guarded'), [
      '<AccessControlPolicy>',
      '  <Owner>',
      `    <ID>${ownerId}</ID>`,
      `    <DisplayName>${ownerId}</DisplayName>`,
      '  </Owner>',
      '  <AccessControlList>',
      `    <Grant>${acl}</Grant>`,
      '  </AccessControlList>',
      '</AccessControlPolicy>',
    ]);
    const isPublic = acl.startsWith('public');
    expect((await server.send({ method: 'GET', bucket: 'data', key: 'guarded', signature: 'anonymous' })).status).toBe(
      isPublic ? 200 : 403,
    );
    expectError(await aclOf('guarded', { signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
  });

  test('a missing or unknown ACL and a missing object are refused', async () => {
    expectError(await setAcl('plain'), { status: 400, code: 'MissingArgument' });
    expectError(await setAcl('plain', 'public'), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: 'x-oss-object-acl', ArgumentValue: 'public' },
    });
    expectError(await setAcl('missing', 'private'), { status: 404, code: 'NoSuchKey' });
    expectError(await aclOf('missing'), { status: 404, code: 'NoSuchKey' });
  });

  test('what anonymous writes belongs to the owner of the bucket, and a protected object stays in a batch', async () => {
    const open: TestRequest = { method: 'PUT', bucket: 'open', key: 'a', body: 'x', signature: 'anonymous' };
    expect((await server.send(open)).status).toBe(200);
    const ownerId = (await server.store.getBucket('open')).ownerId;
    expect((await server.store.headObject({ bucket: 'open', key: 'a' })).ownerId).toBe(ownerId);
    await server.send({ ...open, key: 'b', signature: 'v4', headers: { 'x-oss-object-acl': 'private' } });
    const batch = (keys: readonly string[]): TestRequest => ({
      method: 'POST',
      bucket: 'open',
      query: { delete: '' },
      body: `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`,
      signature: 'anonymous',
    });
    expectError(await server.send(batch(['a', 'b'])), { status: 403, code: 'AccessDenied' });
    expect((await server.send({ method: 'HEAD', bucket: 'open', key: 'a' })).status).toBe(200);
    expect((await server.send(batch(['a', 'absent']))).status).toBe(200);
    expect((await server.send({ method: 'HEAD', bucket: 'open', key: 'a' })).status).toBe(404);
  });
});
