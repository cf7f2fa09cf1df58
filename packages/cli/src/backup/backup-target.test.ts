/**
 * What every target of backups must do: a folder, and a bucket of our own server. With ANNALS_TEST_S3_ENDPOINT (and AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, ANNALS_TEST_S3_BUCKET) set, a bucket of that S3 server too.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnnalsProcess, readyUrl, startAnnals } from '../testing/annals-process.js';
import { type BackupTarget, BackupTargetFailed } from './backup-target.js';
import { FolderTarget } from './folder-target.js';
import { openTarget } from './open-target.js';
import { OssTarget } from './oss-target.js';
import { openS3Target } from './s3-target.js';

const s3Endpoint = process.env.ANNALS_TEST_S3_ENDPOINT;
let folder: string;
let server: AnnalsProcess;
let endpoint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'annals-target-'));
  server = startAnnals(['serve', '--port', '0', '--bucket', 'backups'], {
    folder,
    environment: { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' },
  });
  endpoint = await readyUrl(server);
});

afterAll(async () => {
  server.child.kill('SIGKILL');
  await server.ended;
  rmSync(folder, { recursive: true });
});

const client = () => createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' });

const targets: readonly { readonly kind: string; open(prefix: string): Promise<BackupTarget> }[] = [
  { kind: 'folder', open: async (prefix) => new FolderTarget(join(folder, 'targets', prefix)) },
  { kind: 'oss', open: async (prefix) => new OssTarget({ client: client(), bucket: 'backups', prefix }) },
  ...(s3Endpoint === undefined
    ? []
    : [
        {
          kind: 's3',
          open: (prefix: string) =>
            openS3Target({
              endpoint: s3Endpoint,
              region: 'us-east-1',
              accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
              secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
              bucket: process.env.ANNALS_TEST_S3_BUCKET ?? 'backups',
              prefix: `${process.pid}/${prefix}`,
            }),
        },
      ]),
];

async function namesIn(target: BackupTarget, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, length } of target.list(prefix)) names.push(`${name} ${length}`);
  return names.sort();
}

describe.each(targets)('a $kind as target', ({ open }) => {
  it('gives back what was put, whole, and nothing for what is not there', async () => {
    const target = await open('gives/');
    const bytes = Buffer.alloc(3_000_000, 7);
    await target.put('chunks/ab/abcd', bytes);
    expect(Buffer.compare((await target.get('chunks/ab/abcd')) ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(await target.get('chunks/ab/none')).toBeUndefined();
    await target.put('chunks/ab/abcd', Buffer.from('other'));
    expect(Buffer.from((await target.get('chunks/ab/abcd')) ?? []).toString()).toBe('other');
    await target.put('chunks/ab/empty', new Uint8Array());
    expect((await target.get('chunks/ab/empty'))?.length).toBe(0);
  });

  it('lists what is below a prefix with lengths, page after page, and nothing else', async () => {
    const target = await open('lists/');
    expect(await namesIn(target, 'chunks/')).toEqual([]);
    await target.put('backups/one.json', Buffer.from('1'));
    await target.put('chunks/ab/x', Buffer.from('22'));
    await target.put('chunks/cd/y', Buffer.from('333'));
    expect(await namesIn(target, 'chunks/')).toEqual(['chunks/ab/x 2', 'chunks/cd/y 3']);
    expect(await namesIn(target, 'backups/')).toEqual(['backups/one.json 1']);
    const other = await open('lists/below/');
    expect(await namesIn(other, 'chunks/')).toEqual([]);
  });

  it('deletes, and deletes again', async () => {
    const target = await open('deletes/');
    await target.put('runs/x.json', Buffer.from('1'));
    await target.delete('runs/x.json');
    await target.delete('runs/x.json');
    expect(await target.get('runs/x.json')).toBeUndefined();
    expect(await namesIn(target, 'runs/')).toEqual([]);
  });
});

describe('openTarget', () => {
  it('tells what is missing, and no secret', async () => {
    await expect(openTarget('s3://bucket/x', {}, {})).rejects.toThrow(
      'Cannot sign requests to the target: set ANNALS_TARGET_ACCESS_KEY_ID and ANNALS_TARGET_ACCESS_KEY_SECRET, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
    await expect(openTarget('ftp://host/x', {}, {})).rejects.toThrow('Cannot use "ftp://host/x"');
  });

  it('fails with the words of the service and without the secret when the key is wrong', async () => {
    const environment = { ANNALS_TARGET_ACCESS_KEY_ID: 'test-id', ANNALS_TARGET_ACCESS_KEY_SECRET: 'a-wrong-secret' };
    const target = await openTarget('oss://backups/x', { targetEndpoint: endpoint }, environment);
    const failure: unknown = await target.put('a', Buffer.from('1')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BackupTargetFailed);
    expect(String(failure)).toContain('oss://backups/x/');
    expect(String(failure)).not.toContain('a-wrong-secret');
  });

  it('leaves no unfinished file in a folder', async () => {
    const place = join(folder, 'plain');
    const target = await openTarget(place, {}, {});
    await target.put('runs/x.json', Buffer.from('1'));
    expect(readdirSync(join(place, 'runs'))).toEqual(['x.json']);
  });
});
