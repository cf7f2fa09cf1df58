/** Calls on objects against a real server: what each does, what it says, and how it is refused. */
import { crc64 } from '@annals/checksum';
import { type Client, readAll } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, patternBytes, type ServedClient, serveClient } from './test-client.js';

let served: ServedClient;
let client: Client;
const bucket = 'logs';

beforeAll(async () => {
  served = await serveClient();
  client = served.client;
});

afterAll(() => served.server.close());

async function textOf(key: string, versionId?: string): Promise<string> {
  const { body } = await client.getObject({ bucket, key, ...(versionId !== undefined && { versionId }) });
  return new TextDecoder().decode(await readAll(body));
}

describe('attributes', () => {
  const attributes = {
    contentType: 'text/plain',
    cacheControl: 'no-cache',
    contentDisposition: 'attachment; filename="a.txt"',
    contentEncoding: 'identity',
    contentLanguage: 'de',
    expiresAtMs: Date.UTC(2030, 0, 2, 3, 4, 5),
    metadata: { Camera: 'Süd 1', 'with-dash': 'a  b', under_score: '東京', empty: '' },
    storageClass: 'IA',
    tags: [
      { key: 'project', value: 'a/b' },
      { key: 'größe', value: '' },
    ],
    acl: 'public-read',
  } as const;
  const shown = {
    ...{ contentType: 'text/plain', cacheControl: 'no-cache', contentLanguage: 'de', storageClass: 'IA', tagCount: 2 },
    contentDisposition: 'attachment; filename="a.txt"',
    expiresAtMs: attributes.expiresAtMs,
    metadata: { camera: 'Süd 1', 'with-dash': 'a  b', under_score: '東京', empty: '' },
  };

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['putObject', (key) => client.putObject({ bucket, key, body: 'x', ...attributes })],
    ['appendObject', (key) => client.appendObject({ bucket, key, position: 0, body: 'x', ...attributes })],
    [
      'upload',
      (key) => client.upload({ bucket, key, source: patternBytes(150_000), partBytes: 102_400, ...attributes }),
    ],
  ])('of %s are all there', async (name, put) => {
    await put(name);
    expect(await client.headObject({ bucket, key: name })).toMatchObject(shown);
    expect(await client.getObjectTags({ bucket, key: name })).toEqual(expect.arrayContaining([...attributes.tags]));
    expect(await client.getObjectAcl({ bucket, key: name })).toMatchObject({ acl: 'public-read' });
  });

  it('are changed one by one, and the others stay', async () => {
    await client.putObject({ bucket, key: 'changed', body: 'bytes', ...attributes });
    const result = await client.changeAttributes({
      bucket,
      key: 'changed',
      contentType: 'text/csv',
      metadata: { a: 'b' },
    });
    expect(result.crc64).toBe(crc64(Buffer.from('bytes')));
    expect(await client.headObject({ bucket, key: 'changed' })).toMatchObject({
      ...shown,
      contentType: 'text/csv',
      metadata: { a: 'b' },
    });
    expect(await textOf('changed')).toBe('bytes');
    expect(await client.getObjectTags({ bucket, key: 'changed' })).toHaveLength(2);
  });

  it('of a growing object are changed without ending its growth', async () => {
    await client.appendObject({ bucket, key: 'growing', position: 0, body: 'one,' });
    await client.changeAttributes({ bucket, key: 'growing', metadata: { camera: '2' } });
    await client.appendObject({ bucket, key: 'growing', position: 4, body: 'two' });
    expect(await client.headObject({ bucket, key: 'growing' })).toMatchObject({
      type: 'Appendable',
      metadata: { camera: '2' },
    });
    expect(await textOf('growing')).toBe('one,two');
  });

  it.each([
    ['a name with a space', { 'a b': 'c' }],
    ['an empty name', { '': 'c' }],
    ['a value with a line end', { a: 'b\r\nx-oss-acl: public-read' }],
    ['a value that ends in a space', { a: 'b ' }],
    ['half a character', { a: '\ud800' }],
  ])('with %s are refused before anything is sent', async (_, metadata) => {
    expect(await failureOf(client.putObject({ bucket, key: 'refused', body: 'x', metadata }))).toMatchObject({
      code: 'InvalidInput',
      outcome: 'not-applied',
    });
  });
});

describe('conditions', () => {
  it('of a read hold, do not hold, or make the answer a value', async () => {
    const key = 'known';
    const { etag } = await client.putObject({ bucket, key, body: 'content' });
    const { lastModifiedAtMs = 0 } = await client.headObject({ bucket, key });
    const target = { bucket, key };
    expect(await client.headObject({ ...target, ifMatch: etag })).toMatchObject({ etag });
    expect(await client.headObject({ ...target, ifMatch: '*', ifUnmodifiedSinceMs: lastModifiedAtMs })).toMatchObject({
      etag,
    });
    for (const condition of [{ ifMatch: 'OTHER' }, { ifUnmodifiedSinceMs: lastModifiedAtMs - 2000 }]) {
      const refusal = { code: 'PreconditionFailed', status: 412, outcome: 'not-applied' };
      expect(await failureOf(client.headObject({ ...target, ...condition }))).toMatchObject(refusal);
      expect(await failureOf(client.getObject({ ...target, ...condition }))).toMatchObject(refusal);
    }
    for (const condition of [{ ifNoneMatch: etag }, { ifNoneMatch: '*' }, { ifModifiedSinceMs: lastModifiedAtMs }]) {
      expect(await client.headObjectIfChanged({ ...target, ...condition })).toBeUndefined();
      expect(await client.getObjectIfChanged({ ...target, ...condition })).toBeUndefined();
    }
    for (const condition of [{ ifNoneMatch: 'OTHER' }, { ifModifiedSinceMs: lastModifiedAtMs - 2000 }]) {
      expect(await client.headObjectIfChanged({ ...target, ...condition })).toMatchObject({ etag });
      const read = await client.getObjectIfChanged({ ...target, ...condition, range: { end: 3 } });
      expect(new TextDecoder().decode(await readAll(read?.body ?? noBytes()))).toBe('con');
    }
    expect(await failureOf(client.getObjectIfChanged({ ...target, key: 'none', ifNoneMatch: etag }))).toMatchObject({
      code: 'NoSuchKey',
    });
  });

  async function* noBytes(): AsyncGenerator<Uint8Array, void, void> {
    // Nothing was read.
  }
});

describe('a copy', () => {
  const source = { bucket, key: 'source ü+%' };

  beforeAll(async () => {
    await client.putObject({
      ...source,
      body: 'content',
      contentType: 'text/plain',
      metadata: { a: 'ä' },
      tags: [{ key: 't', value: '1' }],
    });
  });

  it('keeps what is said of the source, or has what the call says', async () => {
    const copied = await client.copyObject({ bucket, key: 'kept', source });
    expect(copied).toMatchObject({ crc64: crc64(Buffer.from('content')) });
    expect(Math.abs(copied.lastModifiedAtMs - Date.now())).toBeLessThan(600_000);
    expect(await client.headObject({ bucket, key: 'kept' })).toMatchObject({
      ...{ etag: copied.etag, contentType: 'text/plain', metadata: { a: 'ä' }, tagCount: 1 },
    });
    await client.copyObject({
      bucket,
      key: 'other',
      source,
      contentType: 'text/csv',
      tags: [{ key: 'u', value: '2' }],
    });
    expect(await client.headObject({ bucket, key: 'other' })).toMatchObject({ contentType: 'text/csv', metadata: {} });
    expect(await client.getObjectTags({ bucket, key: 'other' })).toEqual([{ key: 'u', value: '2' }]);
    expect(await textOf('other')).toBe('content');
  });

  it('goes on only while the conditions hold, and replaces nothing that it must not', async () => {
    const { etag = '' } = await client.headObject(source);
    const target = { bucket, key: 'conditional' };
    await client.copyObject({ ...target, source, sourceConditions: { ifMatch: etag } });
    for (const [refused, code] of [
      [{ sourceConditions: { ifMatch: 'OTHER' } }, 'PreconditionFailed'],
      [{ sourceConditions: { ifNoneMatch: etag } }, 'NotModified'],
      [{ forbidOverwrite: true }, 'FileAlreadyExists'],
      [{ source: { bucket, key: 'none' } }, 'NoSuchKey'],
      [{ source: { bucket: 'no-such-bucket', key: 'none' } }, 'NoSuchBucket'],
    ] as const) {
      expect(await failureOf(client.copyObject({ ...target, source, ...refused }))).toMatchObject({
        code,
        outcome: 'not-applied',
      });
    }
  });

  it('of a long object is made in parts, with everything that is said of it', async () => {
    const bytes = patternBytes(500_000);
    const long = { bucket, key: 'long' };
    await client.upload({
      ...long,
      source: bytes,
      partBytes: 102_400,
      contentType: 'video/mp2t',
      metadata: { a: 'ü' },
      tags: [{ key: 't', value: '1' }],
    });
    const told: number[] = [];
    const input = { bucket, key: 'long copy', source: long, multipartThresholdBytes: 100_000, partBytes: 150_000 };
    const result = await client.copy({ ...input, onProgress: ({ copiedBytes }) => told.push(copiedBytes) });
    expect(result).toMatchObject({ length: bytes.length, crc64: crc64(bytes) });
    expect(told).toHaveLength(4);
    expect(told.at(-1)).toBe(bytes.length);
    expect(await client.headObject({ bucket, key: 'long copy' })).toMatchObject({
      ...{ type: 'Multipart', contentType: 'video/mp2t', metadata: { a: 'ü' }, tagCount: 1, crc64: crc64(bytes) },
    });
    await client.copy({ ...input, key: 'long other', contentType: 'text/plain' });
    expect(await client.headObject({ bucket, key: 'long other' })).toMatchObject({
      contentType: 'text/plain',
      metadata: {},
    });
    expect(await failureOf(client.copy({ ...input, forbidOverwrite: true }))).toMatchObject({
      code: 'FileAlreadyExists',
    });
    expect(await failureOf(client.copy({ ...input, source: { bucket, key: 'none' } }))).toMatchObject({
      code: 'NoSuchKey',
    });
    expect(await client.copy({ bucket, key: 'short copy', source })).toMatchObject({ length: 7 });
    for await (const { uploads } of client.listMultipartUploads({ bucket })) expect(uploads).toEqual([]);
  });
});

describe('a copy in parts', () => {
  it('ends when its source changes, and leaves nothing behind', async () => {
    const source = { bucket, key: 'moving' };
    await client.putObject({ ...source, body: patternBytes(400_000) });
    const changing = served.connect({
      fetch: async (url, init) => {
        if (String(url).includes('partNumber=2')) await client.putObject({ ...source, body: patternBytes(400_000, 2) });
        return fetch(url, init);
      },
    });
    const input = { bucket, key: 'moved', source, multipartThresholdBytes: 0, partBytes: 150_000, parallelCount: 1 };
    expect(await failureOf(changing.copy(input))).toMatchObject({ code: 'PreconditionFailed', outcome: 'not-applied' });
    expect(await failureOf(client.headObject({ bucket, key: 'moved' }))).toMatchObject({ code: 'NoSuchKey' });
    for await (const { uploads } of client.listMultipartUploads({ bucket })) expect(uploads).toEqual([]);
  });
});

describe('versions', () => {
  const versioned = 'versions';
  const key = 'a';
  const ids: string[] = [];

  beforeAll(async () => {
    await client.putBucket({ bucket: versioned });
    await client.bucketSettings.versioning.put({ bucket: versioned, value: 'Enabled' });
    for (const body of ['one', 'two', 'three']) {
      const { versionId = '' } = await client.putObject({
        bucket: versioned,
        key,
        body,
        tags: [{ key: 'v', value: body }],
      });
      ids.push(versionId);
    }
  });

  it('are read, looked at, copied, tagged and opened each by itself', async () => {
    const [first = '', second = '', third = ''] = ids;
    expect(new Set(ids).size).toBe(3);
    const target = { bucket: versioned, key };
    const { body, versionId } = await client.getObject({ ...target, versionId: first });
    expect([new TextDecoder().decode(await readAll(body)), versionId]).toEqual(['one', first]);
    expect(await client.headObject({ ...target, versionId: second })).toMatchObject({ length: 3, versionId: second });
    expect(await client.headObject(target)).toMatchObject({ length: 5, versionId: third });
    expect(await client.copyObject({ bucket, key: 'old', source: { ...target, versionId: first } })).toMatchObject({
      sourceVersionId: first,
    });
    expect(await textOf('old')).toBe('one');
    expect(await client.putObjectTags({ ...target, versionId: first, tags: [{ key: 'x', value: 'y' }] })).toEqual({
      versionId: first,
    });
    expect(await client.getObjectTags({ ...target, versionId: first })).toEqual([{ key: 'x', value: 'y' }]);
    expect(await client.getObjectTags(target)).toEqual([{ key: 'v', value: 'three' }]);
    expect(await client.deleteObjectTags({ ...target, versionId: first })).toEqual({ versionId: first });
    expect(await client.getObjectTags({ ...target, versionId: first })).toEqual([]);
    expect(await client.putObjectAcl({ ...target, versionId: first, acl: 'private' })).toEqual({ versionId: first });
    expect(await client.getObjectAcl({ ...target, versionId: first })).toMatchObject({ acl: 'private' });
    expect(await client.getObjectAcl(target)).toMatchObject({ acl: 'default' });
    expect(await failureOf(client.headObject({ ...target, versionId: 'CAEQ' }))).toMatchObject({
      outcome: 'not-applied',
    });
  });

  it('go behind a delete marker, and one by one for good', async () => {
    const [first = ''] = ids;
    const target = { bucket: versioned, key };
    const marker = await client.deleteObject(target);
    expect(marker).toMatchObject({ isDeleteMarker: true, versionId: expect.any(String) });
    expect(await failureOf(client.headObject(target))).toMatchObject({ code: 'NoSuchKey' });
    expect(await client.deleteObject({ ...target, versionId: first })).toEqual({
      versionId: first,
      isDeleteMarker: false,
    });
    expect(await failureOf(client.headObject({ ...target, versionId: first }))).toMatchObject({
      code: 'NoSuchVersion',
    });
    const { results } = await client.deleteObjects({
      bucket: versioned,
      objects: [{ key, versionId: marker.versionId ?? '' }, { key, versionId: ids[1] ?? '' }, 'never there'],
    });
    expect(results).toMatchObject([
      { key, versionId: marker.versionId, isDeleted: true, deleteMarkerVersionId: marker.versionId },
      { key, versionId: ids[1], isDeleted: true },
      { key: 'never there', isDeleted: true },
    ]);
    expect(await client.headObject(target)).toMatchObject({ versionId: ids[2] });
  });
});

describe('links, restoration and conversion', () => {
  it('a link leads to another object, is read and is refused where there is none', async () => {
    await client.putObject({ bucket, key: 'ziel ä', body: 'found' });
    await client.putSymlink({ bucket, key: 'link', target: 'ziel ä', metadata: { note: 'ö' } });
    expect(await client.getSymlink({ bucket, key: 'link' })).toMatchObject({
      target: 'ziel ä',
      metadata: { note: 'ö' },
    });
    expect(await textOf('link')).toBe('found');
    expect(await failureOf(client.getSymlink({ bucket, key: 'ziel ä' }))).toMatchObject({ code: 'NotSymlink' });
    expect(
      await failureOf(client.putSymlink({ bucket, key: 'link', target: 'a', forbidOverwrite: true })),
    ).toMatchObject({
      code: 'FileAlreadyExists',
    });
    expect(await failureOf(client.putSymlink({ bucket, key: 'link', target: '/a' }))).toMatchObject({
      code: 'InvalidObjectName',
    });
  });

  it('an archived object is restored before it is read', async () => {
    await client.putObject({ bucket, key: 'cold', body: 'ice', storageClass: 'ColdArchive' });
    expect(await failureOf(client.getObject({ bucket, key: 'cold' }))).toMatchObject({ code: 'InvalidObjectState' });
    expect(await client.restoreObject({ bucket, key: 'cold', days: 2, tier: 'Bulk' })).toMatchObject({
      isRestored: false,
    });
    expect(await client.restoreObject({ bucket, key: 'cold' })).toMatchObject({ isRestored: true });
    expect(await textOf('cold')).toBe('ice');
    expect((await client.headObject({ bucket, key: 'cold' })).restore).toContain('ongoing-request="false"');
    expect(await failureOf(client.restoreObject({ bucket, key: 'cold', days: 400 }))).toMatchObject({
      code: 'InvalidArgument',
    });
    expect(await failureOf(client.restoreObject({ bucket, key: 'ziel ä' }))).toMatchObject({
      code: 'OperationNotSupported',
    });
  });

  it('an object is made appendable, and normal again', async () => {
    const { etag } = await client.putObject({ bucket, key: 'converted', body: 'one,' });
    expect(
      await failureOf(client.convertObject({ bucket, key: 'converted', type: 'appendable', ifMatch: 'OTHER' })),
    ).toMatchObject({
      code: 'PreconditionFailed',
    });
    expect(await client.convertObject({ bucket, key: 'converted', type: 'appendable', ifMatch: etag })).toMatchObject({
      nextPosition: 4,
    });
    await client.appendObject({ bucket, key: 'converted', position: 4, body: 'two' });
    expect(await client.convertObject({ bucket, key: 'converted', type: 'normal' })).not.toHaveProperty('nextPosition');
    expect(await client.headObject({ bucket, key: 'converted' })).toMatchObject({ type: 'Normal', length: 7 });
    expect(await failureOf(client.convertObject({ bucket, key: 'none', type: 'normal' }))).toMatchObject({
      code: 'NoSuchKey',
    });
  });
});
