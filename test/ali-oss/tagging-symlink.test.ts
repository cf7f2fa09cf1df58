/** Object tags and symlinks through the official Node SDK, unmodified, against a server in a process of its own. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AliClient, type AliResponse, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

/** What this SDK can do with tags and links. */
interface TaggingClient extends AliClient {
  putObjectTagging(name: string, tag: Record<string, string>): Promise<{ status: number }>;
  getObjectTagging(name: string): Promise<{ tag: Record<string, string> }>;
  deleteObjectTagging(name: string): Promise<{ status: number }>;
  putSymlink(name: string, targetName: string, options?: object): Promise<{ res: AliResponse }>;
  getSymlink(name: string): Promise<{ targetName: string; res: AliResponse }>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['tags-v1', 'tags-v4'] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

describe.each(['v1', 'v4'] as const)('ali-oss, signed %s', (signature) => {
  const client = () => aliClient(server, `tags-${signature}`, signature) as TaggingClient;

  test('tags are put, shown, counted and deleted', async () => {
    await client().put('doc', Buffer.from('x'));
    expect((await client().getObjectTagging('doc')).tag).toEqual({});
    const tags = { stage: 'raw', 'owner:1': 'some one' };
    expect((await client().putObjectTagging('doc', tags)).status).toBe(200);
    expect((await client().getObjectTagging('doc')).tag).toEqual(tags);
    expect((await client().head('doc')).res.headers['x-oss-tagging-count']).toBe('2');
    expect((await client().deleteObjectTagging('doc')).status).toBe(204);
    expect((await client().getObjectTagging('doc')).tag).toEqual({});
  });

  test('tags come with an append by header', async () => {
    const headers = { 'x-oss-tagging': 'stage=raw&k%2B=v%20w' };
    await client().append('log', Buffer.from('x'), { position: 0, headers });
    expect((await client().getObjectTagging('log')).tag).toEqual({ stage: 'raw', 'k+': 'v w' });
  });

  test('a link is put, shown and followed', async () => {
    await client().put('dir/ziel ü.txt', Buffer.from('content'));
    await client().putSymlink('link', 'dir/ziel ü.txt', { meta: { note: 'link' } });
    expect((await client().getSymlink('link')).targetName).toBe('dir/ziel ü.txt');
    const got = await client().get('link');
    expect([got.content.toString(), got.res.headers['x-oss-object-type']]).toEqual(['content', 'Symlink']);
    expect((await client().head('link')).meta).toEqual({ note: 'link' });
    const { objects } = await client().list({ prefix: 'link' });
    expect(objects?.map(({ name, type }) => [name, type])).toEqual([['link', 'Symlink']]);
    await client().delete('dir/ziel ü.txt');
    await expect(client().get('link')).rejects.toMatchObject({ status: 404, code: 'SymlinkTargetNotExist' });
    await expect(client().getSymlink('log')).rejects.toMatchObject({ status: 400, code: 'NotSymlink' });
  });
});
