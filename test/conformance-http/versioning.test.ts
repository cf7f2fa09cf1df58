/** Versions as a client sees them: ids, delete markers, and what each operation does with a version id. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError, ownHeaders } from './expectations.js';

const REAL_ID = /^CAEQ[A-Za-z0-9_-]{60}$/;
const UNKNOWN_ID = `CAEQ${'A'.repeat(60)}`;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const bucket of ['versions', 'empty', 'plain', 'pages', 'suspended'])
    await server.send({ method: 'PUT', bucket });
  for (const bucket of ['versions', 'empty', 'pages']) await setVersioning(bucket, 'Enabled');
  await setVersioning('suspended', 'Suspended');
});

afterAll(() => server.close());

function setVersioning(bucket: string, status: string): Promise<RawAnswer> {
  const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
  return server.send({ method: 'PUT', bucket, query: { versioning: '' }, body });
}

const send = (method: string, key: string, more: Partial<TestRequest> = {}) =>
  server.send({ method, bucket: 'versions', key, ...more });
const version = (versionId: string) => ({ query: { versionId } });
const idOf = (answer: RawAnswer): string => answer.headers['x-oss-version-id'] as string;
const put = async (key: string, body: string) => idOf(await send('PUT', key, { body }));

describe('versions', () => {
  test.each(SIGNED_KINDS)('signed %s: each put gets an id, and each id its bytes', async (signature) => {
    const key = `k-${signature}`;
    const first = await send('PUT', key, { body: 'one', signature });
    const second = await send('PUT', key, { body: 'second', signature, headers: { 'x-oss-forbid-overwrite': 'true' } });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(idOf(first)).toMatch(REAL_ID);
    expect(idOf(second)).toMatch(REAL_ID);
    for (const [query, body, id] of [
      [{}, 'second', idOf(second)],
      [{ versionId: idOf(first) }, 'one', idOf(first)],
      [{ versionId: idOf(second) }, 'second', idOf(second)],
    ] as const) {
      const got = await send('GET', key, { query, signature });
      expect([got.status, got.body.toString(), idOf(got)]).toEqual([200, body, id]);
      const headed = await send('HEAD', key, { query, signature });
      expect([headed.headers['content-length'], idOf(headed)]).toEqual([String(body.length), id]);
      const meta = await send('HEAD', key, { query: { objectMeta: '', ...query }, signature });
      expect([meta.headers['content-length'], idOf(meta)]).toEqual([String(body.length), id]);
    }
  });

  test('a bucket that was never versioned says nothing of ids, and knows "null"', async () => {
    const plain: TestRequest = { method: 'PUT', bucket: 'plain', key: 'k', body: 'x' };
    expect(idOf(await server.send(plain))).toBeUndefined();
    const deletion = await server.send({ method: 'DELETE', bucket: 'plain', key: 'k' });
    expect([deletion.status, ownHeaders(deletion)]).toEqual([204, {}]);
    await server.send(plain);
    const byId = await server.send({ method: 'GET', bucket: 'plain', key: 'k', ...version('null') });
    expect(byId.body.toString()).toBe('x');
  });

  test('a deletion makes a marker: 404 with its id, 405 when asked for by it, and gone when deleted by it', async () => {
    const id = await put('hidden', 'data');
    const deletion = await send('DELETE', 'hidden');
    const marker = idOf(deletion);
    expect([deletion.status, ownHeaders(deletion)]).toEqual([
      204,
      { 'x-oss-delete-marker': 'true', 'x-oss-version-id': marker },
    ]);
    expect(marker).toMatch(REAL_ID);
    for (const method of ['GET', 'HEAD']) {
      expectError(await send(method, 'hidden'), {
        status: 404,
        code: 'NoSuchKey',
        headers: { 'x-oss-delete-marker': 'true', 'x-oss-version-id': marker },
      });
      expectError(await send(method, 'hidden', version(marker)), {
        status: 405,
        code: 'MethodNotAllowed',
        details: { Method: method.toLowerCase(), ResourceType: 'DeleteMarker' },
        headers: { allow: 'DELETE', 'x-oss-delete-marker': 'true', 'x-oss-version-id': marker },
      });
    }
    for (const query of [{ acl: '' }, { tagging: '' }]) {
      expectError(await send('GET', 'hidden', { query: { ...query, versionId: marker } }), {
        status: 405,
        code: 'MethodNotAllowed',
      });
    }
    expect((await send('GET', 'hidden', version(id))).body.toString()).toBe('data');
    const removal = await send('DELETE', 'hidden', version(marker));
    expect([removal.status, ownHeaders(removal)]).toEqual([
      204,
      { 'x-oss-delete-marker': 'true', 'x-oss-version-id': marker },
    ]);
    expect(idOf(await send('GET', 'hidden'))).toBe(id);
    const last = await send('DELETE', 'hidden', version(id));
    expect([last.status, ownHeaders(last)]).toEqual([204, { 'x-oss-version-id': id }]);
    const missing = await send('GET', 'hidden');
    expectError(missing, { status: 404, code: 'NoSuchKey' });
    expect(missing.headers['x-oss-delete-marker']).toBeUndefined();
  });

  test.each<[string, string, { readonly status: number; readonly code: string; readonly message?: string }]>([
    ['unknown', UNKNOWN_ID, { status: 404, code: 'NoSuchVersion' }],
    ['"null" where there is none', 'null', { status: 404, code: 'NoSuchVersion' }],
    ['empty', '', { status: 400, code: 'InvalidArgument', message: 'Version id can not be the empty string.' }],
    ['malformed', 'a b', { status: 400, code: 'InvalidArgument', message: 'Invalid version id specified.' }],
  ])('an id that is %s is refused by every reader and changer', async (_name, versionId, expected) => {
    await put('known', 'x');
    const requests: readonly [string, Partial<TestRequest>][] = [
      ['GET', { query: {} }],
      ['HEAD', { query: {} }],
      ['HEAD', { query: { objectMeta: '' } }],
      ['GET', { query: { acl: '' } }],
      ['PUT', { query: { acl: '' }, headers: { 'x-oss-object-acl': 'private' } }],
      ['GET', { query: { tagging: '' } }],
      ['PUT', { query: { tagging: '' }, body: '<Tagging><TagSet></TagSet></Tagging>' }],
      ['DELETE', { query: { tagging: '' } }],
      ['GET', { query: { symlink: '' } }],
    ];
    for (const [method, more] of requests) {
      expectError(await send(method, 'known', { ...more, query: { ...more.query, versionId } }), expected);
    }
  });

  test('ACL and tags are those of the version named', async () => {
    const first = await put('guarded', 'one');
    const second = await put('guarded', 'two');
    const changed = await send('PUT', 'guarded', {
      query: { acl: '', versionId: first },
      headers: { 'x-oss-object-acl': 'public-read' },
    });
    expect([changed.status, idOf(changed)]).toEqual([200, first]);
    const stranger = (versionId: string) => send('GET', 'guarded', { ...version(versionId), signature: 'anonymous' });
    expect((await stranger(first)).body.toString()).toBe('one');
    expectError(await stranger(second), { status: 403, code: 'AccessDenied' });
  });

  test('an appendable version keeps its id while it grows, and is kept when it is replaced', async () => {
    const append = (position: number, body: string) =>
      send('POST', 'log', { query: { append: '', position: String(position) }, body });
    const id = idOf(await append(0, 'ab'));
    expect(id).toMatch(REAL_ID);
    expect(idOf(await append(2, 'cd'))).toBe(id);
    const replacement = await put('log', 'plain');
    expect(replacement).not.toBe(id);
    expectError(await append(5, 'x'), { status: 409, code: 'ObjectNotAppendable' });
    const kept = await send('GET', 'log', version(id));
    expect([kept.body.toString(), kept.headers['x-oss-object-type']]).toEqual(['abcd', 'Appendable']);
    await send('DELETE', 'log');
    expectError(await append(4, 'x'), {
      status: 409,
      code: 'PositionNotEqualToLength',
      headers: { 'x-oss-next-append-position': '0' },
    });
    expect(idOf(await append(0, 'new'))).toMatch(REAL_ID);
  });

  test('copies, finished uploads, appends and links are versions as well', async () => {
    const source = await put('source', 'source');
    await put('source', 'newer');
    const part = async () => {
      const begun = await send('POST', 'any', { query: { uploads: '' } });
      const uploadId = /<UploadId>([^<]+)</.exec(begun.body.toString())?.[1] ?? '';
      await send('PUT', 'any', { query: { partNumber: '1', uploadId }, body: 'part' });
      return send('POST', 'any', { query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
    };
    const writes: readonly [string, () => Promise<RawAnswer>][] = [
      ['recorded', () => send('POST', 'any', { query: { append: '', position: '0' }, body: 'recorded' })],
      [
        'source',
        () => send('PUT', 'any', { headers: { 'x-oss-copy-source': `/versions/source?versionId=${source}` } }),
      ],
      ['part', part],
      ['newer', () => send('PUT', 'any', { query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'source' } })],
      ['plain', () => send('PUT', 'any', { body: 'plain' })],
    ];
    const ids: string[] = [];
    for (const [, write] of writes) {
      const answer = await write();
      expect([answer.status, idOf(answer)]).toEqual([200, expect.stringMatching(REAL_ID)]);
      ids.push(idOf(answer));
    }
    for (const [index, [content]] of writes.entries()) {
      const got = await send('GET', 'any', version(ids[index] ?? ''));
      expect([got.status, got.body.toString()]).toEqual([200, content]);
    }
    const link = ids[3] as string;
    await send('PUT', 'copied-link', { headers: { 'x-oss-copy-source': `/versions/any?versionId=${link}` } });
    expect((await send('GET', 'copied-link', { query: { symlink: '' } })).headers['x-oss-symlink-target']).toBe(
      'source',
    );
  });

  test('a suspended bucket writes "null", again and again', async () => {
    const request: TestRequest = { method: 'PUT', bucket: 'suspended', key: 'k', body: 'one' };
    expect(idOf(await server.send(request))).toBe('null');
    expect(idOf(await server.send({ ...request, body: 'two' }))).toBe('null');
    const deletion = await server.send({ method: 'DELETE', bucket: 'suspended', key: 'k' });
    expect(ownHeaders(deletion)).toEqual({ 'x-oss-delete-marker': 'true', 'x-oss-version-id': 'null' });
    const append: TestRequest = { ...request, method: 'POST', query: { append: '', position: '0' } };
    expect(idOf(await server.send(append))).toBe('null');
    expectError(await server.send(request), { status: 409, code: 'FileAlreadyExists' });
  });

  test('statistics count versions and markers, and the bucket stays until the last of them is gone', async () => {
    const key = { bucket: 'empty', key: 'k' };
    const id = idOf(await server.send({ method: 'PUT', ...key, body: 'four' }));
    await server.send({ method: 'PUT', ...key, body: 'seven77', headers: { 'x-oss-storage-class': 'IA' } });
    const marker = idOf(await server.send({ method: 'DELETE', ...key }));
    const stat = (await server.send({ method: 'GET', bucket: 'empty', query: { stat: '' } })).body.toString();
    for (const [element, value] of [
      ['Storage', 11],
      ['ObjectCount', 2],
      ['DeleteMarkerCount', 1],
      ['StandardStorage', 4],
      ['StandardObjectCount', 1],
      ['InfrequentAccessStorage', 7],
      ['InfrequentAccessObjectCount', 1],
      ['ArchiveObjectCount', 0],
    ] as const) {
      expect(stat).toContain(`<${element}>${value}</${element}>`);
    }
    const remove = () => server.send({ method: 'DELETE', bucket: 'empty' });
    expectError(await remove(), { status: 409, code: 'BucketNotEmpty' });
    await server.send({ method: 'DELETE', ...key, ...version(id) });
    await server.send({ method: 'DELETE', ...key, ...version(marker) });
    expectError(await remove(), { status: 409, code: 'BucketNotEmpty' });
    await server.send({ method: 'DELETE', ...key, ...version(idOf(await server.send({ method: 'GET', ...key }))) });
    expect((await remove()).status).toBe(204);
  });
});

describe('DeleteMultipleObjects with versions', () => {
  const remove = (objects: string, quiet = false) =>
    server.send({
      method: 'POST',
      bucket: 'versions',
      query: { delete: '' },
      body: `<Delete><Quiet>${quiet}</Quiet>${objects}</Delete>`,
    });
  const named = (key: string, versionId?: string) =>
    `<Object><Key>${key}</Key>${versionId === undefined ? '' : `<VersionId>${versionId}</VersionId>`}</Object>`;

  test('names the markers it makes, the versions and markers it removes', async () => {
    const id = await put('batch', 'x');
    const made = await remove(named('batch'));
    const marker = /<DeleteMarkerVersionId>([^<]+)</.exec(made.body.toString())?.[1] as string;
    expect(marker).toMatch(REAL_ID);
    expectDocument(made, [
      '<DeleteResult>',
      '  <Deleted>',
      '    <Key>batch</Key>',
      '    <DeleteMarker>true</DeleteMarker>',
      `    <DeleteMarkerVersionId>${marker}</DeleteMarkerVersionId>`,
      '  </Deleted>',
      '</DeleteResult>',
    ]);
    expectDocument(await remove(named('batch', marker) + named('batch', id) + named('batch', UNKNOWN_ID)), [
      '<DeleteResult>',
      '  <Deleted>',
      '    <Key>batch</Key>',
      `    <VersionId>${marker}</VersionId>`,
      '    <DeleteMarker>true</DeleteMarker>',
      `    <DeleteMarkerVersionId>${marker}</DeleteMarkerVersionId>`,
      '  </Deleted>',
      '  <Deleted>',
      '    <Key>batch</Key>',
      `    <VersionId>${id}</VersionId>`,
      '  </Deleted>',
      '  <Deleted>',
      '    <Key>batch</Key>',
      `    <VersionId>${UNKNOWN_ID}</VersionId>`,
      '  </Deleted>',
      '</DeleteResult>',
    ]);
    expectError(await send('GET', 'batch'), { status: 404, code: 'NoSuchKey' });
  });
});

describe('a bucket that anybody may write to', () => {
  const open = (method: string, key: string | undefined, more: Partial<TestRequest> = {}) =>
    server.send({ method, bucket: 'open', ...(key !== undefined && { key }), ...more });
  const anonymous = { signature: 'anonymous' } as const;
  const denied = { status: 403, code: 'AccessDenied' };
  const batch = (versionId: string, signature: TestRequest['signature']) =>
    open('POST', undefined, {
      query: { delete: '' },
      body: `<Delete><Object><Key>k</Key><VersionId>${versionId}</VersionId></Object></Delete>`,
      ...(signature !== undefined && { signature }),
    });

  beforeAll(async () => {
    await server.send({ method: 'PUT', bucket: 'open', headers: { 'x-oss-acl': 'public-read-write' } });
    await setVersioning('open', 'Enabled');
  });

  test('gives everything back: strangers hide and overwrite, and destroy no version', async () => {
    const first = idOf(await open('PUT', 'k', { body: 'one' }));
    expect((await open('PUT', 'k', { body: 'two', ...anonymous })).status).toBe(200);
    const marker = await open('DELETE', 'k', anonymous);
    expect([marker.status, marker.headers['x-oss-delete-marker']]).toEqual([204, 'true']);
    expect((await open('GET', 'k', anonymous)).status).toBe(404);
    for (const id of [first, idOf(marker)]) {
      expectError(await open('DELETE', 'k', { ...version(id), ...anonymous }), denied);
      expectError(await batch(id, 'anonymous'), denied);
    }
    // Reading a version is reading.
    expect((await open('GET', 'k', { ...version(first), ...anonymous })).body.toString()).toBe('one');
    expect((await open('DELETE', 'k', version(idOf(marker)))).status).toBe(204);
    expect((await open('GET', 'k', anonymous)).body.toString()).toBe('two');
    expect((await batch(first, undefined)).status).toBe(200);
    expectError(await open('GET', 'k', version(first)), { status: 404, code: 'NoSuchVersion' });
  });

  test('lets strangers destroy versions where a policy says so, the ACL of an object does not', async () => {
    const id = idOf(await open('PUT', 'k', { body: 'x', headers: { 'x-oss-object-acl': 'public-read-write' } }));
    expectError(await open('DELETE', 'k', { ...version(id), ...anonymous }), denied);
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 'oss:DeleteObjectVersion',
      Resource: 'acs:oss:*:*:open/*',
    };
    const body = JSON.stringify({ Version: '1', Statement: [statement] });
    await open('PUT', undefined, { query: { policy: '' }, body });
    expect((await open('DELETE', 'k', { ...version(id), ...anonymous })).status).toBe(204);
    expectError(await open('GET', 'k', version(id)), { status: 404, code: 'NoSuchVersion' });
  });
});
