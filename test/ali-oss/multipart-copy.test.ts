/**
 * Multipart uploads, copies and restorations through the official Node SDK, unmodified, against a server in a process
 * of its own.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AliClient, type AliError, type AliResponse, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

interface Checkpoint {
  readonly uploadId: string;
  readonly doneParts: readonly { readonly number: number; readonly etag: string }[];
}

interface UploadOptions {
  readonly partSize?: number;
  readonly parallel?: number;
  readonly checkpoint?: Checkpoint;
  readonly meta?: Readonly<Record<string, string>>;
  readonly mime?: string;
  progress?(fraction: number, checkpoint: Checkpoint): void;
}

interface Source {
  readonly sourceKey: string;
  readonly sourceBucketName: string;
}

/** What this SDK can do with parts and copies. */
interface UploadClient extends AliClient {
  multipartUpload(
    name: string,
    file: string | Buffer,
    options?: UploadOptions,
  ): Promise<{ etag: string; res: AliResponse }>;
  multipartUploadCopy(
    name: string,
    source: Source,
    options?: UploadOptions,
  ): Promise<{ etag: string; res: AliResponse }>;
  initMultipartUpload(name: string, options?: object): Promise<{ uploadId: string }>;
  uploadPart(
    name: string,
    uploadId: string,
    partNumber: number,
    file: string | Buffer,
    start: number,
    end: number,
  ): Promise<{ etag: string }>;
  uploadPartCopy(
    name: string,
    uploadId: string,
    partNumber: number,
    range: string,
    source: Source,
  ): Promise<{ etag: string }>;
  completeMultipartUpload(
    name: string,
    uploadId: string,
    parts: readonly { number: number; etag: string }[],
  ): Promise<{ etag: string; bucket: string; name: string; res: AliResponse }>;
  abortMultipartUpload(name: string, uploadId: string): Promise<{ res: AliResponse }>;
  listParts(
    name: string,
    uploadId: string,
    query?: object,
  ): Promise<{ parts: readonly { PartNumber: string; ETag: string; Size: string }[]; isTruncated: string }>;
  listUploads(query: object): Promise<{
    uploads: readonly { name: string; uploadId: string }[];
    isTruncated: boolean;
    nextKeyMarker: string | null;
    nextUploadIdMarker: string | null;
  }>;
  copy(name: string, source: string, bucket?: string | object, options?: object): Promise<{ res: AliResponse }>;
  putMeta(name: string, meta: object): Promise<{ res: AliResponse }>;
  restore(name: string, options?: object): Promise<{ res: AliResponse }>;
}

const KIB = 1024;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['parts-v1', 'parts-v4'] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

async function refusalOf(promise: Promise<unknown>): Promise<AliError> {
  return promise.then(
    () => {
      throw new Error('The call succeeded');
    },
    (error: AliError) => error,
  );
}

describe.each(['v1', 'v4'] as const)('ali-oss signing %s', (version) => {
  const bucket = `parts-${version}`;
  let client: UploadClient;

  beforeAll(() => {
    client = aliClient(server, bucket, version) as UploadClient;
  });

  test('uploads a file in parallel parts', async () => {
    const bytes = randomBytes(2_300_123);
    const file = join(folder.path, `film-${version}`);
    await writeFile(file, bytes);
    const { etag } = await client.multipartUpload('films/ü film.bin', file, {
      partSize: 128 * KIB,
      parallel: 4,
      meta: { camera: 'one' },
    });
    expect(etag).toMatch(/^"[0-9A-F]{32}-18"$/);
    const { res, meta } = await client.head('films/ü film.bin');
    expect(res.headers).toMatchObject({
      etag,
      'x-oss-object-type': 'Multipart',
      'content-length': String(bytes.length),
    });
    expect(meta).toEqual({ camera: 'one' });
    expect((await client.get('films/ü film.bin')).content.equals(bytes)).toBe(true);
  });

  test('resumes an upload from its checkpoint', async () => {
    const bytes = randomBytes(1_000_000);
    const file = join(folder.path, `resumed-${version}`);
    await writeFile(file, bytes);
    let checkpoint: Checkpoint | undefined;
    const interrupted = client.multipartUpload('resumed', file, {
      partSize: 100 * KIB,
      parallel: 1,
      progress(_fraction, reached) {
        checkpoint = { ...reached, doneParts: [...reached.doneParts] };
        if (reached.doneParts.length === 4) throw new Error('The network is gone');
      },
    });
    await refusalOf(interrupted);
    expect(checkpoint?.doneParts).toHaveLength(4);
    const { parts } = await client.listParts('resumed', checkpoint?.uploadId ?? '');
    expect(parts.map(({ PartNumber }) => PartNumber)).toEqual(['1', '2', '3', '4']);
    const again = aliClient(server, bucket, version) as UploadClient;
    await again.multipartUpload('resumed', file, { parallel: 3, ...(checkpoint && { checkpoint }) });
    expect((await client.get('resumed')).content.equals(bytes)).toBe(true);
  });

  test('puts an object together from parts and copied parts, and lists what is unfinished', async () => {
    const bytes = randomBytes(300 * KIB);
    await client.put('source/one', bytes);
    const { uploadId } = await client.initMultipartUpload('joined');
    const source = { sourceKey: 'source/one', sourceBucketName: bucket };
    const copied = await client.uploadPartCopy('joined', uploadId, 1, `0-${200 * KIB - 1}`, source);
    const sent = await client.uploadPart('joined', uploadId, 2, bytes, 200 * KIB, 300 * KIB);
    const { uploads } = await client.listUploads({ prefix: 'joi' });
    expect(uploads).toEqual([expect.objectContaining({ name: 'joined', uploadId })]);
    const page = await client.listParts('joined', uploadId, { 'max-parts': 1 });
    expect(page.isTruncated).toBe('true');
    const made = await client.completeMultipartUpload('joined', uploadId, [
      { number: 1, etag: copied.etag },
      { number: 2, etag: sent.etag },
    ]);
    expect([made.bucket, made.name]).toEqual([bucket, 'joined']);
    expect((await client.get('joined')).content.equals(bytes)).toBe(true);
    expect((await client.listUploads({ prefix: 'joi' })).uploads).toEqual([]);
  });

  test('copies an object in parts', async () => {
    const bytes = randomBytes(500 * KIB + 7);
    await client.put('long', bytes);
    const source = { sourceKey: 'long', sourceBucketName: bucket };
    await client.multipartUploadCopy('long copy', source, { partSize: 200 * KIB });
    expect((await client.get('long copy')).content.equals(bytes)).toBe(true);
  });

  test('aborts an upload', async () => {
    const { uploadId } = await client.initMultipartUpload('aborted');
    await client.uploadPart('aborted', uploadId, 1, Buffer.alloc(10), 0, 10);
    expect((await client.abortMultipartUpload('aborted', uploadId)).res.status).toBe(204);
    // Aborting also stops whatever this client is uploading, so another one asks.
    const other = aliClient(server, bucket, version) as UploadClient;
    const refusal = await refusalOf(other.listParts('aborted', uploadId));
    expect([refusal.code, refusal.status]).toEqual(['NoSuchUpload', 404]);
    client = other;
  });

  test('copies objects, with and without new metadata', async () => {
    await client.put('meta/ü source', Buffer.from('bytes'), { meta: { a: '1' }, mime: 'text/x' });
    await client.copy('copy', 'meta/ü source');
    expect((await client.head('copy')).meta).toEqual({ a: '1' });
    await client.copy('copy', `/${bucket}/meta/ü source`, { meta: { b: '2' } });
    expect((await client.head('copy')).meta).toEqual({ b: '2' });
    await client.putMeta('copy', { c: '3' });
    expect((await client.head('copy')).meta).toEqual({ c: '3' });
    expect((await client.get('copy')).content.toString()).toBe('bytes');
    const refusal = await refusalOf(client.copy('copy', 'missing'));
    expect([refusal.code, refusal.status]).toEqual(['NoSuchKey', 404]);
  });

  test('changes the metadata of a growing object and lets it grow on', async () => {
    await client.append('log', Buffer.from('one '));
    await client.putMeta('log', { state: 'running' });
    await client.append('log', Buffer.from('two'), { position: 4 });
    const { meta, res } = await client.head('log');
    expect([meta, res.headers['x-oss-object-type']]).toEqual([{ state: 'running' }, 'Appendable']);
    expect((await client.get('log')).content.toString()).toBe('one two');
    const refusal = await refusalOf(client.copy('log copy', 'log'));
    expect([refusal.code, refusal.status]).toEqual(['OperationNotSupported', 400]);
  });

  test('restores archived objects', async () => {
    for (const type of ['Archive', 'ColdArchive']) {
      await client.put(type, Buffer.from('bytes'), { headers: { 'x-oss-storage-class': type } });
      const refusal = await refusalOf(client.get(type));
      expect([refusal.code, refusal.status]).toEqual(['InvalidObjectState', 403]);
      expect((await client.restore(type, { type, Days: 3 })).res.status).toBe(202);
      expect((await client.get(type)).content.toString()).toBe('bytes');
      expect((await client.head(type)).res.headers['x-oss-restore']).toMatch(/^ongoing-request="false", expiry-date="/);
    }
  });
});
