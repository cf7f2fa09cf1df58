/** Versions through the official Node SDK, unmodified, against a server in a process of its own. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AliClient, type AliResponse, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

interface ListedVersion {
  readonly name: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly type: string;
  readonly size: number;
}

/** What this SDK can do with versions. */
interface VersionClient extends AliClient {
  putBucketVersioning(name: string, status: string): Promise<{ res: AliResponse }>;
  getBucketVersioning(name: string): Promise<{ versionStatus?: string }>;
  listObjectVersions(query?: object): Promise<{
    objects: readonly ListedVersion[];
    deleteMarker: readonly { name: string; versionId: string }[];
    prefixes: readonly string[] | null;
    isTruncated: boolean;
    nextKeyMarker: string | null;
    nextVersionIdMarker: string | null;
  }>;
  delete(name: string, options?: { versionId?: string }): Promise<{ res: AliResponse }>;
  getObjectMeta(name: string, options?: { versionId?: string }): Promise<{ status: number; res: AliResponse }>;
  getACL(name: string, options?: { versionId?: string }): Promise<{ acl: string }>;
  putACL(name: string, acl: string, options?: { versionId?: string }): Promise<{ res: AliResponse }>;
  deleteMulti(names: (string | { key: string; versionId: string })[]): Promise<{
    deleted: { Key: string; VersionId?: string; DeleteMarker?: string; DeleteMarkerVersionId?: string }[];
    res: AliResponse;
  }>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['versions-v1', 'versions-v4'] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

const idOf = ({ res }: { readonly res: AliResponse }): string => res.headers['x-oss-version-id'] as string;

describe.each(['v1', 'v4'] as const)('versions with ali-oss, signed %s', (signature) => {
  const bucket = `versions-${signature}`;
  let client: VersionClient;

  beforeAll(async () => {
    client = aliClient(server, bucket, signature) as VersionClient;
    expect((await client.getBucketVersioning(bucket)).versionStatus).toBeUndefined();
    await client.put('before', Buffer.from('before'));
    await client.putBucketVersioning(bucket, 'Enabled');
    expect((await client.getBucketVersioning(bucket)).versionStatus).toBe('Enabled');
  });

  test('versions are written, read, described and deleted by id', async () => {
    const first = idOf(await client.put('doc', Buffer.from('one')));
    const second = idOf(await client.put('doc', Buffer.from('second')));
    expect((await client.get('doc')).content.toString()).toBe('second');
    expect((await client.get('doc', { versionId: first })).content.toString()).toBe('one');
    expect((await client.head('doc', { versionId: first })).res.headers['content-length']).toBe('3');
    expect((await client.getObjectMeta('doc', { versionId: second })).res.headers['content-length']).toBe('6');
    await client.putACL('doc', 'public-read', { versionId: first });
    expect((await client.getACL('doc', { versionId: first })).acl).toBe('public-read');
    expect((await client.getACL('doc')).acl).toBe('default');
    expect(idOf(await client.delete('doc', { versionId: second }))).toBe(second);
    expect((await client.get('doc')).content.toString()).toBe('one');
    await expect(client.get('doc', { versionId: second })).rejects.toMatchObject({
      status: 404,
      code: 'NoSuchVersion',
    });
    expect((await client.get('before', { versionId: 'null' })).content.toString()).toBe('before');
  });

  test('a delete marker hides an object, and is found, named and removed', async () => {
    const id = idOf(await client.put('hidden', Buffer.from('x')));
    const deletion = await client.delete('hidden');
    expect(deletion.res.headers['x-oss-delete-marker']).toBe('true');
    const marker = idOf(deletion);
    await expect(client.get('hidden')).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' });
    await expect(client.get('hidden', { versionId: marker })).rejects.toMatchObject({
      status: 405,
      code: 'MethodNotAllowed',
    });
    const listed = await client.listObjectVersions({ prefix: 'hidden' });
    expect(listed.deleteMarker.map(({ versionId }) => versionId)).toEqual([marker]);
    expect(listed.objects.map(({ versionId, isLatest }) => [versionId, isLatest])).toEqual([[id, false]]);
    const { deleted } = await client.deleteMulti([{ key: 'hidden', versionId: marker }, 'absent']);
    expect(deleted).toMatchObject([
      { Key: 'hidden', VersionId: marker, DeleteMarker: 'true', DeleteMarkerVersionId: marker },
      { Key: 'absent', DeleteMarker: 'true' },
    ]);
    expect((await client.get('hidden')).content.toString()).toBe('x');
  });

  test('appends keep the id of their version and go on behind a removed marker', async () => {
    const id = idOf(await client.append('log', Buffer.from('ab'), { position: 0 }));
    expect(idOf(await client.append('log', Buffer.from('cd'), { position: 2 }))).toBe(id);
    const marker = idOf(await client.delete('log'));
    const next = idOf(await client.append('log', Buffer.from('new'), { position: 0 }));
    expect(next).not.toBe(id);
    await client.delete('log', { versionId: marker });
    expect((await client.append('log', Buffer.from('er'), { position: 3 })).nextAppendPosition).toBe('5');
    await client.delete('log', { versionId: next });
    expect(idOf(await client.append('log', Buffer.from('ef'), { position: 4 }))).toBe(id);
    expect((await client.get('log')).content.toString()).toBe('abcdef');
  });

  test('all versions are listed, page by page', async () => {
    for (const body of ['1', '2', '3']) await client.put('many/a', Buffer.from(body));
    await client.put('many/b', Buffer.from('x'));
    const names: string[] = [];
    let query: Record<string, string | number> = { prefix: 'many/', maxKeys: 2 };
    for (;;) {
      const page = await client.listObjectVersions(query);
      names.push(...page.objects.map(({ name, isLatest }) => `${name}${isLatest ? '*' : ''}`));
      if (!page.isTruncated) break;
      query = { ...query, keyMarker: page.nextKeyMarker ?? '', versionIdMarker: page.nextVersionIdMarker ?? '' };
    }
    expect(names).toEqual(['many/a*', 'many/a', 'many/a', 'many/b*']);
    expect((await client.listObjectVersions({ delimiter: '/' })).prefixes).toEqual(['many/']);
  });

  test('a suspended bucket overwrites "null" alone', async () => {
    const kept = idOf(await client.put('s', Buffer.from('kept')));
    await client.putBucketVersioning(bucket, 'Suspended');
    expect((await client.getBucketVersioning(bucket)).versionStatus).toBe('Suspended');
    expect(idOf(await client.put('s', Buffer.from('one')))).toBe('null');
    expect(idOf(await client.put('s', Buffer.from('two')))).toBe('null');
    expect((await client.get('s', { versionId: kept })).content.toString()).toBe('kept');
    expect((await client.listObjectVersions({ prefix: 's' })).objects).toHaveLength(2);
  });
});
