/**
 * Backups of a running server and of a stopped one, as a shell makes them: whole, incremental, damaged, broken off, in
 * part.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, readAll } from '@annals/client';
import { openJournaledLmdbKeyValueStore } from '@annals/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesBelow } from '../../../../test/harness/files-below.js';
import { type AnnalsProcess, type Ended, readyUrl, runAnnals, startAnnals } from '../testing/annals-process.js';
import { BackupDamaged } from './backup-format.js';
import { BackupReader, listBackups } from './backup-reader.js';
import { FolderTarget } from './folder-target.js';
import { lineProgress } from './progress.js';
import { restoreStore } from './restore-store.js';
import { verifyBackups } from './verify-backup.js';

const KEYS = { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' };

let folder: string;
let started: AnnalsProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-backup-'));
  // A scrub that has not ended its pass when a backup is made notes its place in the rows when the server ends.
  writeFileSync(join(folder, 'annals.yaml'), 'scrub: { rate: 0 }\n');
  started = [];
});

afterEach(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  rmSync(folder, { recursive: true });
});

interface Server {
  readonly client: Client;
  readonly endpoint: string;
  readonly process: AnnalsProcess;
  stop(): Promise<void>;
}

async function serve(data: string, ...words: string[]): Promise<Server> {
  // One process on every machine: workers have rows of their own, which the snapshot of a moment would show.
  const own = ['serve', '--workers', '1', '--port', '0', '--config', 'annals.yaml', '--data', join(folder, data)];
  const annals = startAnnals([...own, ...words], { folder, environment: KEYS });
  started.push(annals);
  const endpoint = await readyUrl(annals);
  const client = createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' });
  return {
    client,
    endpoint,
    process: annals,
    stop: async () => {
      annals.child.kill('SIGTERM');
      await annals.ended;
    },
  };
}

function run(endpoint: string | undefined, ...words: string[]): Promise<Ended> {
  const environment = {
    OSS_ACCESS_KEY_ID: 'test-id',
    OSS_ACCESS_KEY_SECRET: 'test-secret',
    ...(endpoint !== undefined && { OSS_ENDPOINT: endpoint }),
  };
  return runAnnals(words, { folder, environment });
}

async function succeed(endpoint: string | undefined, ...words: string[]): Promise<string> {
  const ended = await run(endpoint, ...words);
  expect(ended, words.join(' ')).toMatchObject({ code: 0 });
  return ended.output;
}

/** Bytes nobody could guess, the same for the same name. */
function bytesOf(name: string, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < length; at += 32) blocks.push(createHash('sha256').update(`${name} ${at}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

/** Waits until nothing waits for the background work; the server measures that every few seconds. */
async function waitUntilSwept({ endpoint }: Server): Promise<void> {
  await expect
    .poll(
      async () => {
        const metrics = await (await fetch(new URL('/-/metrics', endpoint))).text();
        return metrics.match(/^annals_(?:garbage_contents|garbage_counted|compaction_jobs) \d+$/gm)?.sort();
      },
      { timeout: 300_000, interval: 500 },
    )
    .toEqual(['annals_compaction_jobs 0', 'annals_garbage_contents 0', 'annals_garbage_counted 1']);
}

async function read(client: Client, bucket: string, key: string): Promise<string> {
  const { body } = await client.getObject({ bucket, key });
  return createHash('sha256')
    .update(await readAll(body))
    .digest('hex');
}

/** Every object with its head and the digest of its bytes. */
async function contents(client: Client, bucket: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for await (const { objects } of client.listObjects({ bucket })) {
    for (const { key } of objects) {
      found[key] = {
        ...(await client.headObject({ bucket, key })),
        requestId: undefined,
        digest: await read(client, bucket, key),
      };
    }
  }
  return found;
}

/** All rows of a data folder that no server has open. */
async function rowsOf(data: string): Promise<string[]> {
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, data, 'metadata') });
  const rows: string[] = [];
  let start: Uint8Array = Uint8Array.of(0);
  for (;;) {
    const page = await keyValues.list({ start, end: Uint8Array.of(0xff), limit: 1000 });
    for (const { key, value } of page)
      rows.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`);
    const last = page.at(-1);
    if (last === undefined) break;
    start = Buffer.concat([last.key, Uint8Array.of(0)]);
  }
  await keyValues.close();
  return rows;
}

async function fill({ client }: Server): Promise<void> {
  await client.putObject({ bucket: 'data', key: 'small', body: bytesOf('small', 1000) });
  await client.putObject({ bucket: 'data', key: 'large', body: bytesOf('large', 20 * 1024 * 1024 + 17) });
  for (let index = 0; index < 20; index += 1) {
    await client.putObject({ bucket: 'data', key: `dir/blob-${index}`, body: bytesOf(`blob-${index}`, 200_000) });
  }
  await client.appendObject({ bucket: 'data', key: 'grows', position: 0, body: bytesOf('grows', 500) });
  await client.putObject({ bucket: 'data', key: 'empty', body: new Uint8Array() });
  await client.putObject({ bucket: 'other', key: 'x', body: bytesOf('x', 300_000) });
}

describe('annals backup, of a running server to a folder', { timeout: 600_000 }, () => {
  it('restores whole: every row, every byte; and a second backup sends only what is new', async () => {
    const server = await serve('data', '--bucket', 'data', '--bucket', 'other');
    await fill(server);
    const first = (await succeed(server.endpoint, 'backup', 'create', 'target')).trim();
    const firstFiles = await filesBelow(join(folder, 'target'));
    const before = await contents(server.client, 'data');
    await server.client.putObject({ bucket: 'data', key: 'new', body: bytesOf('new', 300_000) });
    await server.client.appendObject({ bucket: 'data', key: 'grows', position: 500, body: bytesOf('more', 100) });
    await server.client.deleteObject({ bucket: 'data', key: 'dir/blob-3' });
    await server.client.deleteObject({ bucket: 'data', key: 'large' });
    // What the background work would remove between the backup and the server's end would stand in one of them only.
    await waitUntilSwept(server);
    const second = (await succeed(server.endpoint, 'backup', 'create', 'target')).trim();
    const added = (await filesBelow(join(folder, 'target'))).filter((name) => !firstFiles.includes(name));
    // One manifest, rows, the list of blobs, and one chunk with the one new blob: nothing of what was there.
    const addedLength = added.reduce((sum, name) => sum + statSync(name).size, 0);
    expect(addedLength).toBeLessThan(600_000);
    const now = await contents(server.client, 'data');
    await server.stop();

    expect(await succeed(undefined, 'backup', 'verify', 'target', '--deep')).toContain(`${second}: right`);
    await succeed(undefined, 'restore', 'target', '--data', 'restored');
    const wholeRows = await rowsOf('restored');
    expect(wholeRows).toEqual(await rowsOf('data'));
    const restored = await serve('restored');
    expect(await contents(restored.client, 'data')).toEqual(now);
    await restored.stop();

    await succeed(undefined, 'restore', 'target', '--data', 'older', '--backup', first);
    const older = await serve('older');
    expect(await contents(older.client, 'data')).toEqual(before);
    await older.stop();

    // The older one goes with what only it needs; the newer stays whole.
    expect(await succeed(undefined, 'backup', 'prune', 'target', '--keep', '1')).toContain(`deleted ${first}`);
    expect((await filesBelow(join(folder, 'target'))).reduce((sum, name) => sum + statSync(name).size, 0)).toBeLessThan(
      6_000_000,
    );
    expect(await succeed(undefined, 'backup', 'verify', 'target', '--deep')).toContain(`${second}: right`);
    await succeed(undefined, 'restore', 'target', '--data', 'again');
    expect(await rowsOf('again')).toEqual(wholeRows);
  });

  it('restores one bucket and prefix as a store of its own', async () => {
    const server = await serve('data', '--bucket', 'data', '--bucket', 'other');
    await fill(server);
    await succeed(server.endpoint, 'backup', 'create', 'target');
    const all = await contents(server.client, 'data');
    await server.stop();
    const listed = await succeed(
      undefined,
      'restore',
      'target',
      '--data',
      'part',
      '--bucket',
      'data',
      '--prefix',
      'dir/',
      '--dry-run',
    );
    expect(listed.trim().split('\n')).toHaveLength(20);
    await succeed(undefined, 'restore', 'target', '--data', 'part', '--bucket', 'data', '--prefix', 'dir/');
    const part = await serve('part');
    expect(await contents(part.client, 'data')).toEqual(
      Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith('dir/'))),
    );
    await expect(contents(part.client, 'other')).rejects.toMatchObject({ code: 'NoSuchBucket' });
    // Counters are those of what is there: a bucket that was emptied can be deleted.
    for (const key of Object.keys(all))
      if (key.startsWith('dir/')) await part.client.deleteObject({ bucket: 'data', key });
    await part.client.deleteBucket({ bucket: 'data' });
    await part.stop();
    const refused = await run(undefined, 'restore', 'target', '--data', 'part');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.errors).toContain('not empty');
  });

  it('finds a flipped bit in every kind of file, names the objects, and restores nothing wrong', async () => {
    const server = await serve('data', '--bucket', 'data', '--bucket', 'other');
    await fill(server);
    await succeed(server.endpoint, 'backup', 'create', 'target');
    await server.stop();
    const target = new FolderTarget(join(folder, 'target'));
    const progress = lineProgress(() => undefined);
    const [id = ''] = await listBackups(target);
    const restore = async (to: string) => {
      const reader = new BackupReader(target);
      await restoreStore({ reader, manifest: await reader.manifest(id), folder: join(folder, to), progress });
    };
    const files = await filesBelow(join(folder, 'target'));
    expect(files.length).toBeGreaterThan(4);
    for (const [index, name] of files.entries()) {
      const whole = readFileSync(name);
      const flipped = Buffer.from(whole);
      const at = (index * 7919) % whole.length;
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      writeFileSync(name, flipped);
      const [verified] = await verifyBackups(target, [id], { isDeep: true, progress });
      expect(verified?.problems, name).not.toEqual([]);
      const failure: unknown = await restore(`restored-${index}`).catch((error: unknown) => error);
      expect(failure, name).toBeInstanceOf(BackupDamaged);
      if (whole.length === 8 * 1024 * 1024) {
        expect(String(failure)).toContain('oss://data/large');
        expect(verified?.problems.join()).toContain('oss://data/large');
      }
      // The same restoration goes on once the file is right again.
      writeFileSync(name, whole);
      if (index > 0) continue;
      await restore(`restored-${index}`);
      expect(await rowsOf(`restored-${index}`)).toEqual(await rowsOf('data'));
    }
  });
});
