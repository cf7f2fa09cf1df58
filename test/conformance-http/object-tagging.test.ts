/** Tags of objects as a client sees them, by their document and by header. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExpectedError, expectDocument, expectError, ownHeaders } from './expectations.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: 'tagged' });
});

afterAll(() => server.close());

const send = (method: string, key: string, more: Partial<TestRequest> = {}) =>
  server.send({ method, bucket: 'tagged', key, ...more });
const tagging = (method: string, key: string, more: Partial<TestRequest> = {}) =>
  send(method, key, { ...more, query: { tagging: '', ...more.query } });
const documentOf = (...tags: readonly (readonly [string, string])[]) =>
  `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`;

describe('object tagging', () => {
  test.each(SIGNED_KINDS)('signed %s: tags are put, shown, counted, replaced and deleted', async (signature) => {
    const key = `k-${signature}`;
    await send('PUT', key, { body: 'x' });
    const none = await tagging('GET', key, { signature });
    expectDocument(none, ['<Tagging>', '  <TagSet></TagSet>', '</Tagging>']);
    const body = documentOf(['stage', 'raw'], ['über:1', ''], ['a+b', 'c d']);
    const answer = await tagging('PUT', key, { body, signature });
    expect([answer.status, ownHeaders(answer)]).toEqual([200, { 'content-length': '0' }]);
    expectDocument(await tagging('GET', key, { signature }), [
      '<Tagging>',
      '  <TagSet>',
      '    <Tag>',
      '      <Key>stage</Key>',
      '      <Value>raw</Value>',
      '    </Tag>',
      '    <Tag>',
      '      <Key>über:1</Key>',
      '      <Value></Value>',
      '    </Tag>',
      '    <Tag>',
      '      <Key>a+b</Key>',
      '      <Value>c d</Value>',
      '    </Tag>',
      '  </TagSet>',
      '</Tagging>',
    ]);
    for (const method of ['GET', 'HEAD']) expect((await send(method, key)).headers['x-oss-tagging-count']).toBe('3');
    await tagging('PUT', key, { body: documentOf(['only', '1']) });
    expect((await send('HEAD', key)).headers['x-oss-tagging-count']).toBe('1');
    const deletion = await tagging('DELETE', key, { signature });
    expect([deletion.status, ownHeaders(deletion)]).toEqual([204, {}]);
    expect((await send('HEAD', key)).headers['x-oss-tagging-count']).toBeUndefined();
  });

  test('tags come with a put and the first append, and a later append changes none', async () => {
    const headers = { 'x-oss-tagging': 'stage=raw&owner=some%20one' };
    await send('PUT', 'put', { body: 'x', headers });
    expect((await send('HEAD', 'put')).headers['x-oss-tagging-count']).toBe('2');
    const append = (position: number, tags: string) =>
      send('POST', 'log', {
        query: { append: '', position: String(position) },
        body: 'x',
        headers: { 'x-oss-tagging': tags },
      });
    await append(0, 'a=1');
    await append(1, 'a=2&b=3');
    const text = (await tagging('GET', 'log')).body.toString();
    expect(text.match(/<(Key|Value)>[^<]*/g)).toEqual(['<Key>a', '<Value>1']);
  });

  test('a change of tags keeps etag and time, and appends go on', async () => {
    await send('POST', 'growing', { query: { append: '', position: '0' }, body: 'abc' });
    const before = await send('HEAD', 'growing');
    await tagging('PUT', 'growing', { body: documentOf(['a', 'b']) });
    const after = await send('HEAD', 'growing');
    expect([after.headers.etag, after.headers['last-modified']]).toEqual([
      before.headers.etag,
      before.headers['last-modified'],
    ]);
    expect((await send('POST', 'growing', { query: { append: '', position: '3' }, body: 'd' })).status).toBe(200);
    expect((await send('HEAD', 'growing')).headers['x-oss-tagging-count']).toBe('1');
  });

  test.each<[string, string, ExpectedError]>([
    ['no document', '', { status: 400, code: 'MalformedXML' }],
    ['another document', '<Tags></Tags>', { status: 400, code: 'MalformedXML' }],
    ['no TagSet', '<Tagging></Tagging>', { status: 400, code: 'MalformedXML' }],
    [
      'eleven tags',
      documentOf(...Array.from({ length: 11 }, (_, index) => [`k${index}`, 'v'] as const)),
      { status: 400, code: 'BadRequest', message: 'Object tags cannot be greater than 10' },
    ],
    ['a repeated key', documentOf(['a', '1'], ['a', '2']), { status: 400, code: 'RepeatedTags' }],
    ['a forbidden character', documentOf(['a&amp;b', '1']), { status: 400, code: 'InvalidTag' }],
    ['an empty key', documentOf(['', '1']), { status: 400, code: 'InvalidTag' }],
    ['a long key', documentOf(['k'.repeat(129), '1']), { status: 400, code: 'InvalidTag' }],
    ['a long value', documentOf(['k', 'v'.repeat(257)]), { status: 400, code: 'InvalidTag' }],
  ])('refuses %s and keeps the tags', async (_name, body, expected) => {
    await send('PUT', 'kept', { body: 'x', headers: { 'x-oss-tagging': 'a=b' } });
    expectError(await tagging('PUT', 'kept', { body }), expected);
    expect((await send('HEAD', 'kept')).headers['x-oss-tagging-count']).toBe('1');
  });

  test('refuses a missing object, a missing bucket and strangers', async () => {
    const open = await send('PUT', 'public', { body: 'x', headers: { 'x-oss-object-acl': 'public-read-write' } });
    expect(open.status).toBe(200);
    for (const [method, body] of [['GET'], ['DELETE'], ['PUT', documentOf(['a', 'b'])]] as const) {
      const more = body === undefined ? {} : { body };
      expectError(await tagging(method, 'missing', more), { status: 404, code: 'NoSuchKey' });
      expectError(await tagging(method, 'k', { ...more, bucket: 'absent' }), { status: 404, code: 'NoSuchBucket' });
      expectError(await tagging(method, 'public', { ...more, signature: 'anonymous' }), {
        status: 403,
        code: 'AccessDenied',
      });
    }
  });
});
