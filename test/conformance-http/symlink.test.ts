/** Symlinks as a client sees them: what is kept of a link, and what reading it shows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExpectedError, expectError, ownHeaders } from './expectations.js';

let server: TestServer;
let nowMs = 1_700_000_000_000;

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
  await server.send({ method: 'PUT', bucket: 'links' });
  await server.send({ method: 'PUT', bucket: 'open', headers: { 'x-oss-acl': 'public-read' } });
});

afterAll(() => server.close());

const send = (method: string, key: string, more: Partial<TestRequest> = {}) =>
  server.send({ method, bucket: 'links', key, ...more });
const link = (key: string, target: string, more: Partial<TestRequest> = {}) =>
  send('PUT', key, {
    ...more,
    query: { symlink: '' },
    headers: { 'x-oss-symlink-target': encodeURIComponent(target), ...more.headers },
  });
const read = (key: string) => send('GET', key, { query: { symlink: '' } });

describe('symlinks', () => {
  test.each(SIGNED_KINDS)('signed %s: a link is put, shown and followed', async (signature) => {
    const target = `ziel/ü ${signature}`;
    const key = `link-${signature}`;
    const written = await link(key, target, { signature, headers: { 'x-oss-meta-note': 'of the link' } });
    expect(written.status).toBe(200);
    expect(ownHeaders(written)).toEqual({ 'content-length': '0', etag: expect.stringMatching(/^"[0-9A-F]{32}"$/) });
    const described = await read(key);
    expect([described.status, ownHeaders(described)]).toEqual([
      200,
      {
        'content-length': '0',
        'content-type': 'application/octet-stream',
        etag: written.headers.etag,
        'last-modified': new Date(nowMs).toUTCString(),
        'x-oss-symlink-target': encodeURIComponent(target),
        'x-oss-meta-note': 'of the link',
      },
    ]);
    expectError(await send('GET', key, { signature }), { status: 404, code: 'SymlinkTargetNotExist' });
    expectError(await send('HEAD', key, { signature }), { status: 404, code: 'SymlinkTargetNotExist' });
    nowMs += 5000;
    const put = await send('PUT', target, {
      body: 'content of the target',
      headers: { 'x-oss-meta-note': 'of the target' },
    });
    for (const method of ['GET', 'HEAD']) {
      const got = await send(method, key, { signature });
      expect(got.headers).toMatchObject({
        etag: put.headers.etag,
        'content-md5': put.headers['content-md5'],
        'content-length': '21',
        'last-modified': new Date(nowMs).toUTCString(),
        'x-oss-object-type': 'Symlink',
        'x-oss-meta-note': 'of the link',
      });
      expect(got.body.toString()).toBe(method === 'GET' ? 'content of the target' : '');
    }
    const range = await send('GET', key, { headers: { range: 'bytes=0-6' } });
    expect([range.status, range.body.toString()]).toEqual([206, 'content']);
    expect((await send('GET', key, { headers: { 'if-none-match': put.headers.etag ?? '' } })).status).toBe(304);
    const meta = await send('HEAD', key, { query: { objectMeta: '' } });
    expect([meta.headers['content-length'], meta.headers.etag]).toEqual(['0', written.headers.etag]);
  });

  test('a link shows an appendable target as it grows', async () => {
    await link('live', 'growing');
    await send('POST', 'growing', { query: { append: '', position: '0' }, body: 'abc' });
    await send('POST', 'growing', { query: { append: '', position: '3' }, body: 'def' });
    const got = await send('GET', 'live');
    expect([got.body.toString(), got.headers['x-oss-object-type']]).toEqual(['abcdef', 'Symlink']);
    expect(got.headers['content-md5']).toBeUndefined();
    expect(got.headers['x-oss-next-append-position']).toBeUndefined();
    expectError(await send('POST', 'live', { query: { append: '', position: '6' }, body: 'x' }), {
      status: 409,
      code: 'ObjectNotAppendable',
    });
    expectError(await link('growing', 'elsewhere'), { status: 409, code: 'FileAlreadyExists' });
  });

  test('a link to a link is refused when it is read, also one to itself', async () => {
    await link('first', 'second');
    await link('second', 'third');
    await link('self', 'self');
    for (const key of ['first', 'self']) {
      for (const method of ['GET', 'HEAD'])
        expectError(await send(method, key), { status: 400, code: 'InvalidTargetType', ec: '0026-00000011' });
    }
  });

  test('a link is listed as one, replaced as an object, and deleted without its target', async () => {
    await send('PUT', 'destination', { body: 'x' });
    await link('listed', 'destination');
    const page = await server.send({ method: 'GET', bucket: 'links', query: { prefix: 'listed' } });
    expect(page.body.toString()).toContain('<Type>Symlink</Type>\n    <Size>0</Size>');
    expectError(await link('listed', 'other', { headers: { 'x-oss-forbid-overwrite': 'true' } }), {
      status: 409,
      code: 'FileAlreadyExists',
    });
    await send('DELETE', 'listed');
    expect((await send('GET', 'destination')).body.toString()).toBe('x');
    expectError(await read('listed'), { status: 404, code: 'NoSuchKey' });
    await link('listed', 'destination');
    await send('PUT', 'listed', { body: 'plain' });
    expectError(await read('listed'), { status: 400, code: 'NotSymlink' });
  });

  test.each<[string, Readonly<Record<string, string>>, ExpectedError]>([
    ['no target', {}, { status: 400, code: 'MissingArgument', details: { ArgumentName: 'x-oss-symlink-target' } }],
    ['an empty target', { 'x-oss-symlink-target': '' }, { status: 400, code: 'MissingArgument' }],
    ['a broken escape', { 'x-oss-symlink-target': 'a%zz' }, { status: 400, code: 'InvalidArgument' }],
    ['a target that is no key', { 'x-oss-symlink-target': '%2Fabsolute' }, { status: 400, code: 'InvalidObjectName' }],
    [
      'a target that is too long',
      { 'x-oss-symlink-target': 'x'.repeat(1024) },
      { status: 400, code: 'InvalidObjectName' },
    ],
  ])('refuses %s', async (_name, headers, expected) => {
    expectError(await send('PUT', 'refused', { query: { symlink: '' }, headers }), expected);
    expectError(await read('refused'), { status: 404, code: 'NoSuchKey' });
  });

  test('a link opens nothing that its reader may not read', async () => {
    const open = (method: string, key: string, more: Partial<TestRequest> = {}) =>
      send(method, key, { bucket: 'open', ...more });
    await open('PUT', 'secret', { body: 'secret', headers: { 'x-oss-object-acl': 'private' } });
    await link('window', 'secret', { bucket: 'open' });
    await link('nowhere', 'absent', { bucket: 'open' });
    for (const method of ['GET', 'HEAD']) {
      expectError(await open(method, 'window', { signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
      expectError(await open(method, 'nowhere', { signature: 'anonymous' }), {
        status: 404,
        code: 'SymlinkTargetNotExist',
      });
    }
    expect((await open('GET', 'window')).body.toString()).toBe('secret');
    await open('PUT', 'secret', { query: { acl: '' }, headers: { 'x-oss-object-acl': 'public-read' } });
    expect((await open('GET', 'window', { signature: 'anonymous' })).body.toString()).toBe('secret');
  });

  test('a policy that shows one folder does not show another through a link', async () => {
    const bucket = 'folders';
    await server.send({ method: 'PUT', bucket });
    await send('PUT', 'hidden/secret', { bucket, body: 'secret' });
    await send('PUT', 'shown/plain', { bucket, body: 'plain' });
    await link('shown/window', 'hidden/secret', { bucket });
    await link('shown/door', 'shown/plain', { bucket });
    const policy = {
      Version: '1',
      Statement: [
        { Effect: 'Allow', Principal: ['*'], Action: ['oss:GetObject'], Resource: [`acs:oss:*:*:${bucket}/shown/*`] },
      ],
    };
    const put = await server.send({ method: 'PUT', bucket, query: { policy: '' }, body: JSON.stringify(policy) });
    expect(put.status).toBe(200);
    const stranger = (key: string) => send('GET', key, { bucket, signature: 'anonymous' });
    expect((await stranger('shown/plain')).body.toString()).toBe('plain');
    expect((await stranger('shown/door')).body.toString()).toBe('plain');
    expectError(await stranger('shown/window'), { status: 403, code: 'AccessDenied' });
    expectError(await stranger('hidden/secret'), { status: 403, code: 'AccessDenied' });
  });

  test('links are versions, and lead to the current version of their target', async () => {
    const bucket = 'versioned-links';
    await server.send({ method: 'PUT', bucket });
    await server.send({
      method: 'PUT',
      bucket,
      query: { versioning: '' },
      body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
    });
    const first = (await link('link', 'one', { bucket })).headers['x-oss-version-id'] as string;
    const second = (await link('link', 'two', { bucket })).headers['x-oss-version-id'] as string;
    expect(second).not.toBe(first);
    for (const key of ['one', 'two']) await send('PUT', key, { bucket, body: `old ${key}` });
    await send('PUT', 'one', { bucket, body: 'new one' });
    expect((await send('GET', 'link', { bucket })).body.toString()).toBe('old two');
    const old = await send('GET', 'link', { bucket, query: { versionId: first } });
    expect([old.body.toString(), old.headers['x-oss-version-id']]).toEqual(['new one', first]);
    const told = await send('GET', 'link', { bucket, query: { symlink: '', versionId: first } });
    expect([told.headers['x-oss-symlink-target'], told.headers['x-oss-version-id']]).toEqual(['one', first]);
    await send('DELETE', 'one', { bucket });
    expectError(await send('GET', 'link', { bucket, query: { versionId: first } }), {
      status: 404,
      code: 'SymlinkTargetNotExist',
    });
  });
});
