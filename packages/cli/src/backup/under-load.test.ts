/** Backups of a server that takes writes: what one object says of others holds in every restored backup. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@annals/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AnnalsProcess, readyUrl, startAnnals } from '../testing/annals-process.js';
import { openFolderStore } from '../testing/store-folder.js';
import { BackupReader, listBackups } from './backup-reader.js';
import { FolderTarget } from './folder-target.js';
import { lineProgress } from './progress.js';
import { restoreStore } from './restore-store.js';
import { runBackup } from './run-backup.js';
import { openServerSource } from './server-source.js';

const KEYS = { accessKeyId: 'test-id', accessKeySecret: 'test-secret' };
const WRITER_COUNT = 4;
const BACKUP_COUNT = 4;
/** Longer than what lies in a row, so that blobs come and go. */
const LENGTH_BYTES = 150_000;

let folder: string;
let server: AnnalsProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-under-load-'));
});

afterEach(async () => {
  server.child.kill('SIGKILL');
  await server.ended;
  rmSync(folder, { recursive: true });
});

async function serve(): Promise<string> {
  server = startAnnals(['serve', '--port', '0', '--data', join(folder, 'data'), '--bucket', 'bucket'], {
    folder,
    environment: { ANNALS_ROOT_ACCESS_KEY_ID: KEYS.accessKeyId, ANNALS_ROOT_ACCESS_KEY_SECRET: KEYS.accessKeySecret },
  });
  return readyUrl(server);
}

it('a backup is of one moment while writers put, index, append and delete', async () => {
  const endpoint = await serve();
  const client = createClient({ endpoint, ...KEYS });
  const connection = { endpoint, region: 'cn-hangzhou', ...KEYS };
  const bucket = 'bucket';
  let isWriting = true;
  // Each names in its index only what is there: data first, then the index; out of the index first, then the data.
  const write = async (writer: number): Promise<void> => {
    const named: string[] = [];
    for (let round = 0; isWriting; round += 1) {
      const key = `data/${writer}/${round}`;
      await client.putObject({ bucket, key, body: Buffer.alloc(LENGTH_BYTES, round) });
      named.push(key);
      const dropped = named.length > 3 ? named.shift() : undefined;
      await client.putObject({ bucket, key: `index/${writer}`, body: Buffer.from(named.join('\n')) });
      if (dropped !== undefined) await client.deleteObject({ bucket, key: dropped });
      const line = Buffer.from(`${String(round).padStart(9, '0')}\n`);
      await client.appendObject({ bucket, key: `log/${writer}`, position: round * line.length, body: line });
    }
  };
  const writers = Array.from({ length: WRITER_COUNT }, (_, writer) => write(writer));
  const target = new FolderTarget(join(folder, 'target'));
  try {
    for (let round = 0; round < BACKUP_COUNT; round += 1) {
      await runBackup({
        openSource: () => openServerSource(connection),
        target,
        isReadBack: true,
        progress: lineProgress(() => undefined),
      });
    }
  } finally {
    isWriting = false;
    await Promise.all(writers);
  }
  const ids = await listBackups(target);
  expect(ids).toHaveLength(BACKUP_COUNT);
  const reader = new BackupReader(target);
  for (const id of ids) await checkMoment(reader, id);
});

async function checkMoment(reader: BackupReader, id: string): Promise<void> {
  const to = join(folder, id);
  const manifest = await reader.manifest(id);
  expect(manifest.damaged).toEqual([]);
  await restoreStore({ reader, manifest, folder: to, progress: lineProgress(() => undefined) });
  const store = await openFolderStore(to);
  const read = async (key: string): Promise<Buffer> => {
    const opened = await store.openObject({ bucket: 'bucket', key });
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.read({ start: 0, end: opened.head.length })) chunks.push(chunk);
    opened.release();
    return Buffer.concat(chunks);
  };
  const indexes = await store.listObjects({ bucket: 'bucket', prefix: 'index/', delimiter: '', after: '', limit: 100 });
  for (const { key } of indexes.objects) {
    for (const named of (await read(key)).toString().split('\n')) {
      const round = Number(named.split('/')[2]);
      expect(Buffer.compare(await read(named), Buffer.alloc(LENGTH_BYTES, round)), `${named} in ${id}`).toBe(0);
    }
  }
  const logs = await store.listObjects({ bucket: 'bucket', prefix: 'log/', delimiter: '', after: '', limit: 100 });
  for (const { key } of logs.objects) {
    const lines = (await read(key)).toString().split('\n').slice(0, -1);
    expect(lines, key).toEqual(lines.map((_, index) => String(index).padStart(9, '0')));
  }
  await store.maintenance.close();
}

it('a server that ends under a backup leaves no backup, and the next one works', async () => {
  let endpoint = await serve();
  const put = async (key: string) =>
    createClient({ endpoint, ...KEYS }).putObject({ bucket: 'bucket', key, body: Buffer.alloc(LENGTH_BYTES, key) });
  for (let index = 0; index < 40; index += 1) await put(`key-${index}`);
  const target = new FolderTarget(join(folder, 'target'));
  const backUp = (onBlob?: () => void) =>
    runBackup({
      openSource: async () => {
        const source = await openServerSource({ endpoint, region: 'cn-hangzhou', ...KEYS });
        return {
          momentAtMs: source.momentAtMs,
          rows: () => source.rows(),
          blobs: () => source.blobs(),
          releaseRows: () => source.releaseRows(),
          close: () => source.close(),
          async readBlob(blobId, start, end) {
            onBlob?.();
            return source.readBlob(blobId, start, end);
          },
        };
      },
      target,
      isReadBack: true,
      progress: lineProgress(() => undefined),
    });
  let blobCount = 0;
  const failure: unknown = await backUp(() => {
    blobCount += 1;
    if (blobCount === 17) server.child.kill('SIGKILL');
  }).catch((error: unknown) => error);
  expect(String(failure)).toContain('Cannot reach');
  await server.ended;
  expect(await listBackups(target)).toEqual([]);
  endpoint = await serve();
  const { id, blobCount: backedUp } = await backUp();
  expect(backedUp).toBe(40);
  await checkMoment(new BackupReader(target), id);
});
