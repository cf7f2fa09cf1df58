/** The client and the official Node SDK on the same objects: each reads, copies and completes what the other wrote. */
import { type Client, createClient, readAll } from '@annals/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AliClient, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { patternBytes } from './test-client.js';

/** What ali-oss does with parts. */
interface PartsClient extends AliClient {
  initMultipartUpload(name: string): Promise<{ uploadId: string }>;
  uploadPart(
    ...part: [name: string, uploadId: string, partNumber: number, file: Buffer, start: number, end: number]
  ): Promise<{ etag: string }>;
  getObjectTagging(name: string): Promise<{ tag: Readonly<Record<string, string>> }>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let client: Client;
let ali: PartsClient;
const bucket = 'shared';

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: folder.path, buckets: [bucket] });
  const { endpoint, accessKeyId, accessKeySecret } = server;
  client = createClient({ endpoint, accessKeyId, accessKeySecret });
  ali = aliClient(server, bucket) as PartsClient;
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

it('an object of each, with metadata and tags, is what the other reads', async () => {
  await ali.put('ali ü', Buffer.from('from ali-oss'), { meta: { note: 'n' }, headers: { 'x-oss-tagging': 'a=b' } });
  const { body, metadata, tagCount } = await client.getObject({ bucket, key: 'ali ü' });
  expect(new TextDecoder().decode(await readAll(body))).toBe('from ali-oss');
  expect([metadata, tagCount]).toEqual([{ note: 'n' }, 1]);
  await client.upload({
    bucket,
    key: 'ours +',
    source: 'from us',
    metadata: { note: 'm' },
    tags: [{ key: 'c', value: 'd' }],
  });
  expect((await ali.get('ours +')).content.toString()).toBe('from us');
  expect((await ali.head('ours +')).meta).toEqual({ note: 'm' });
  expect((await ali.getObjectTagging('ours +')).tag).toEqual({ c: 'd' });
  await client.changeAttributes({ bucket, key: 'ali ü', contentType: 'text/plain' });
  expect((await ali.head('ali ü')).res.headers['content-type']).toBe('text/plain');
});

it('an upload that ali-oss began is completed here', async () => {
  const key = 'parts';
  const bytes = patternBytes(250_000);
  const { uploadId } = await ali.initMultipartUpload(key);
  await ali.uploadPart(key, uploadId, 1, Buffer.from(bytes.buffer), 0, 150_000);
  await client.uploadPart({ bucket, key, uploadId, partNumber: 2, body: bytes.subarray(150_000) });
  for await (const { parts } of client.listParts({ bucket, key, uploadId })) {
    await client.completeMultipartUpload({ bucket, key, uploadId, parts });
  }
  expect((await ali.get(key)).content.compare(bytes)).toBe(0);
});
