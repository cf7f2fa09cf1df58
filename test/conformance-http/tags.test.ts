/**
 * What tags may be: those of buckets almost anything, those of objects what their alphabet says (line 39 of the list of
 * differences).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const BUCKET = 'tagged-things';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'k', body: 'x' });
});

afterAll(() => server.close());

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function documentOf(key: string, value: string): string {
  return `<Tagging><TagSet><Tag><Key>${escaped(key)}</Key><Value>${escaped(value)}</Value></Tag></TagSet></Tagging>`;
}

function tag(place: 'bucket' | 'object', key: string, value: string): Promise<RawAnswer> {
  const target = { bucket: BUCKET, ...(place === 'object' && { key: 'k' }) };
  return server.send({ method: 'PUT', ...target, query: { tagging: '' }, body: documentOf(key, value) });
}

/** Puts a tag on a bucket by the header of PutBucket. */
function tagByHeader(key: string, value: string): Promise<RawAnswer> {
  const header = `${encodeURIComponent(key)}=${encodeURIComponent(value)}`;
  return server.send({ method: 'PUT', bucket: BUCKET, headers: { 'x-oss-bucket-tagging': header } });
}

describe.each<[string, string]>([
  ['a;b', '<&>'],
  ['日本', '"quoted", #1!'],
  ['k'.repeat(64), 'v'.repeat(128)],
  ['日'.repeat(21), '本'.repeat(42)],
  ['acs:x', ''],
  ['aliyun', 'http://example.com/'],
  ['ahttps://', 'Aliyun'],
])('the tag %s of a bucket', (key, value) => {
  test('is taken and given back', async () => {
    for (const put of [() => tag('bucket', key, value), () => tagByHeader(key, value)]) {
      expect((await put()).status).toBe(200);
      const shown = await server.send({ method: 'GET', bucket: BUCKET, query: { tagging: '' } });
      expect(shown.body.toString()).toContain(`<Key>${key}</Key>`);
      const listed = await server.send({ method: 'GET', query: { 'tag-key': key, 'tag-value': value } });
      expect([listed.status, listed.body.toString().includes(`<Name>${BUCKET}</Name>`)]).toEqual([200, true]);
    }
  });
});

test.each<[string, string, string | undefined]>([
  ['http://a', 'v', '0010-00000207'],
  ['https://a', 'v', '0010-00000207'],
  ['Aliyun', 'v', '0010-00000207'],
  ['Aliyun-abc', 'v', '0010-00000207'],
  ['k'.repeat(65), 'v', undefined],
  ['日'.repeat(22), 'v', undefined],
  ['k', 'v'.repeat(129), undefined],
])('the tag %s=%s of a bucket is refused', async (key, value, ec) => {
  for (const answer of [await tag('bucket', key, value), await tagByHeader(key, value)]) {
    expectError(answer, { status: 400, code: 'InvalidTag', ...(ec !== undefined && { ec }) });
  }
});

describe('tags of objects', () => {
  test.each(['a;b', '"a"', 'a#'])('keep their alphabet: %s', async (text) => {
    for (const answer of [await tag('object', text, 'v'), await tag('object', 'k', text)]) {
      expectError(answer, { status: 400, code: 'InvalidTag' });
    }
  });

  test.each([
    ['Aliyun', 'v'],
    ['http://a', 'v'],
    ['k'.repeat(128), 'v'.repeat(256)],
  ])('may be %s', async (key, value) => {
    expect((await tag('object', key, value)).status).toBe(200);
  });

  test.each(['aa=bb=cc', 'a=1&b==', '==', 'a=b=c&d=e'])('as a header have one =: %s', async (tagging) => {
    const headers = { 'x-oss-tagging': tagging };
    const query = { append: '', position: '0' };
    for (const answer of [
      await server.send({ method: 'PUT', bucket: BUCKET, key: 'two', headers, body: 'x' }),
      await server.send({ method: 'POST', bucket: BUCKET, key: 'two', query, headers, body: 'x' }),
      await server.send({ method: 'POST', bucket: BUCKET, key: 'two', query: { uploads: '' }, headers }),
      await server.send({ method: 'PUT', bucket: BUCKET, headers: { 'x-oss-bucket-tagging': tagging } }),
    ]) {
      expectError(answer, { status: 400, code: 'InvalidArgument', ec: '0010-00000219' });
    }
    expect((await server.send({ method: 'HEAD', bucket: BUCKET, key: 'two' })).status).toBe(404);
  });

  test('on a later append are always ignored', async () => {
    const append = (position: number, tagging: string) =>
      server.send({
        method: 'POST',
        bucket: BUCKET,
        key: 'log',
        query: { append: '', position: String(position) },
        headers: { 'x-oss-tagging': tagging },
        body: 'x',
      });
    expect((await append(0, 'first=1')).status).toBe(200);
    const many = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&');
    for (const [index, tagging] of ['other=2', 'a=b=c', 'a%26=1', 'a=1&a=2', '%', many].entries()) {
      expect([tagging, (await append(index + 1, tagging)).status]).toEqual([tagging, 200]);
    }
    const shown = await server.send({ method: 'GET', bucket: BUCKET, key: 'log', query: { tagging: '' } });
    expect(shown.body.toString().match(/<Key>/g)).toHaveLength(1);
    expect(shown.body.toString()).toContain('<Key>first</Key>');
  });
});
