/** URLs and forms that the client signs, sent by a bare `fetch`. */
import { type Client, type PresignedPost, type PresignUrlInput, readAll } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type ServedClient, serveClient } from './test-client.js';

const bucket = 'logs';
const key = 'Ordner/a b+c%ü.txt';

let nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
let served: ServedClient;

beforeAll(async () => {
  served = await serveClient({ clock: () => nowMs });
});

afterAll(() => served.server.close());

const clientOf = (signatureVersion: 'v4' | 'v1'): Client => served.connect({ signatureVersion, clock: () => nowMs });

async function textOf(client: Client, name: string): Promise<string> {
  const { body } = await client.getObject({ bucket, key: name });
  return new TextDecoder().decode(await readAll(body));
}

describe.each(['v4', 'v1'] as const)('a URL signed with %s', (version) => {
  const sign = (input: Omit<PresignUrlInput, 'bucket'>) => clientOf(version).presignUrl({ bucket, ...input });

  it('uploads, reads, looks and deletes', async () => {
    const put = await sign({ key, method: 'PUT', headers: { 'Content-Type': 'text/plain', 'x-oss-meta-note': 'ü' } });
    const stored = await fetch(put.url, { method: put.method, headers: put.headers, body: 'content' });
    expect(stored.status).toBe(200);
    const get = await sign({
      key,
      responseHeaders: { contentDisposition: 'attachment; filename="ä.txt"', contentType: 'text/csv' },
    });
    expect(get).toMatchObject({ method: 'GET', headers: {}, expiresAtMs: nowMs + 900_000 });
    const answer = await fetch(get.url);
    expect([answer.status, await answer.text()]).toEqual([200, 'content']);
    expect(answer.headers.get('content-type')).toBe('text/csv');
    expect(await clientOf(version).headObject({ bucket, key })).toMatchObject({
      ...{ contentType: 'text/plain', metadata: { note: 'ü' } },
    });
    const head = await sign({ key, method: 'HEAD' });
    expect((await fetch(head.url, { method: 'HEAD' })).headers.get('content-length')).toBe('7');
    const remove = await sign({ key, method: 'DELETE' });
    expect((await fetch(remove.url, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(get.url)).status).toBe(404);
  });

  it('lists a bucket, sends a part and reads a version', async () => {
    const client = clientOf(version);
    const list = await sign({ query: { 'list-type': '2', prefix: 'none/' } });
    expect(await (await fetch(list.url)).text()).toContain('<ListBucketResult>');
    const { uploadId } = await client.initiateMultipartUpload({ bucket, key });
    const part = await sign({ key, method: 'PUT', query: { uploadId, partNumber: '1' } });
    const sent = await fetch(part.url, { method: 'PUT', body: new Uint8Array([1, 2, 3]) });
    const etag = sent.headers.get('etag')?.replaceAll('"', '') ?? '';
    await client.completeMultipartUpload({ bucket, key, uploadId, parts: [{ partNumber: 1, etag }] });
    expect(await client.headObject({ bucket, key })).toMatchObject({ length: 3 });
    const old = await sign({ key, versionId: 'null' });
    expect((await fetch(old.url)).status).toBe(200);
  });

  it('is refused with another header, another method, another key and too late', async () => {
    const put = await sign({ key, method: 'PUT', headers: { 'content-type': 'text/plain' }, expiresSeconds: 60 });
    const send = async (change: RequestInit & { readonly url?: string }): Promise<number> => {
      const { url = put.url, ...init } = change;
      return (await fetch(url, { method: 'PUT', headers: put.headers, body: 'x', ...init })).status;
    };
    expect(await send({ headers: { 'content-type': 'text/html' } })).toBe(403);
    expect(await send({ headers: { ...put.headers, 'x-oss-object-acl': 'public-read' } })).toBe(403);
    expect(await send({ method: 'POST' })).toBe(403);
    expect(await send({ url: put.url.replace('Ordner', 'Other') })).toBe(403);
    const before = nowMs;
    nowMs += 61_000;
    try {
      expect(await send({})).toBe(403);
    } finally {
      nowMs = before;
    }
    expect(await send({})).toBe(200);
  });

  it.each([0, -1, version === 'v4' ? 604_801 : 315_360_001, 1.5, Number.NaN])(
    'is not made for %d seconds',
    async (expiresSeconds) => {
      expect(await failureOf(sign({ key, expiresSeconds }))).toMatchObject({ code: 'InvalidInput' });
    },
  );
});

describe('a signed URL', () => {
  it('carries the token of temporary keys', async () => {
    const temporary = served.connect({ securityToken: 'the token' });
    expect((await temporary.presignUrl({ bucket, key })).url).toContain('x-oss-security-token=the%20token');
    const url = await temporary.presignUrl({ bucket, key, signatureVersion: 'v1' });
    expect(url.url).toContain('security-token=the%20token');
  });

  it('of V1 lives for years, to the second that it names', async () => {
    const { url, expiresAtMs } = await clientOf('v1').presignUrl({ bucket, key, expiresSeconds: 315_360_000 });
    const before = nowMs;
    try {
      nowMs = expiresAtMs;
      expect((await fetch(url)).status).not.toBe(403);
      nowMs += 1000;
      expect((await fetch(url)).status).toBe(403);
    } finally {
      nowMs = before;
    }
  });

  it('of V4 signs any header; V1 says that it cannot', async () => {
    const headers = { 'If-Match': '"A"' };
    expect(await failureOf(clientOf('v1').presignUrl({ bucket, key, headers }))).toMatchObject({
      code: 'InvalidInput',
    });
    const { url } = await clientOf('v4').presignUrl({ bucket, key, headers });
    expect(url).toContain('x-oss-additional-headers=if-match');
    expect((await fetch(url)).status).toBe(400);
    expect((await fetch(url, { headers: { 'if-match': '"B"' } })).status).toBe(403);
    expect((await fetch(url, { headers })).status).toBe(412);
  });

  it('is not made for a name that none can have', async () => {
    for (const target of [
      { bucket: 'A', key },
      { bucket, key: '' },
    ]) {
      expect(await failureOf(clientOf('v4').presignUrl(target))).toMatchObject({ code: 'InvalidInput' });
    }
  });
});

describe.each(['v4', 'v1'] as const)('a form signed with %s', (version) => {
  async function post(
    { url, fields }: PresignedPost,
    body: string,
    change: Record<string, string> = {},
  ): Promise<number> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...change })) form.set(name, value);
    form.set('file', new File([body], 'datei ü.txt', { type: 'text/plain' }));
    return (await fetch(url, { method: 'POST', body: form })).status;
  }

  it('uploads one key with the fields that were fixed', async () => {
    const client = clientOf(version);
    const form = await client.presignPost({
      ...{
        bucket,
        key,
        expiresSeconds: 60,
        fields: { 'x-oss-meta-note': 'from a form', success_action_status: '201' },
      },
      lengthRange: { minBytes: 1, maxBytes: 10 },
    });
    expect(form.expiresAtMs).toBe(nowMs + 60_000);
    expect(await post(form, 'content')).toBe(201);
    expect(await client.headObject({ bucket, key })).toMatchObject({ length: 7, metadata: { note: 'from a form' } });
    expect(await post(form, 'longer than ten')).toBe(400);
    expect(await post(form, '')).toBe(400);
    expect(await post(form, 'content', { key: 'another' })).toBe(403);
    expect(await post(form, 'content', { 'x-oss-meta-note': 'another' })).toBe(403);
    const before = nowMs;
    nowMs += 61_000;
    try {
      expect(await post(form, 'content')).toBe(403);
    } finally {
      nowMs = before;
    }
  });

  it('uploads any key with a prefix, named as the file', async () => {
    const client = clientOf(version);
    const form = await client.presignPost({ bucket, key: { prefix: 'from/' } });
    expect(form.fields.key).toBe(`from/\${filename}`);
    expect(await post(form, 'content')).toBe(204);
    expect(await textOf(client, 'from/datei ü.txt')).toBe('content');
    expect(await post(form, 'content', { key: 'elsewhere' })).toBe(403);
    const narrow = await client.presignPost({
      ...{ bucket, key: { prefix: 'from/' } },
      conditions: [{ kind: 'in', field: 'x-oss-object-acl', values: ['private', 'default'] }],
    });
    expect(await post(narrow, 'x', { 'x-oss-object-acl': 'private', ...narrow.fields })).toBe(204);
    expect(await post(narrow, 'x', { 'x-oss-object-acl': 'public-read' })).toBe(403);
  });

  it('is not made for what makes no sense', async () => {
    const client = clientOf(version);
    for (const change of [
      { expiresSeconds: 0 },
      { lengthRange: { minBytes: 5, maxBytes: 4 } },
      { lengthRange: { minBytes: -1, maxBytes: 4 } },
      { key: '' },
      { bucket: 'A' },
    ]) {
      expect(await failureOf(client.presignPost({ bucket, key, ...change }))).toMatchObject({ code: 'InvalidInput' });
    }
  });
});
