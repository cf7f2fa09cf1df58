/**
 * What only the LMDB engine promises: survival of a killed process, a full disk, one store per folder, and what its
 * folder looks like.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeTemporaryFolder } from '../../../../../test/harness/temporary-folder.js';
import { until } from '../../../../../test/harness/until.js';
import { DataFolderLocked } from './folder-lock/data-folder-lock.js';
import { openJournaledLmdbKeyValueStore } from './open.js';

const ENGINE = JSON.stringify(new URL('../../../dist/key-value/journaled-lmdb/open.js', import.meta.url).href);

/** Commits without end under many names at once, and prints each once it is acknowledged. */
const COMMITTER = `
  import { openJournaledLmdbKeyValueStore } from ${ENGINE};
  const [directory, name] = process.argv.slice(1);
  const store = await openJournaledLmdbKeyValueStore({ directory });
  await Promise.all(Array.from({ length: 16 }, async (_, client) => {
    for (let index = 0; ; index += 1) {
      const key = Buffer.from(name + '-' + client + '-' + index);
      await store.commit({ puts: [{ key, value: key }], sums: [{ key: Buffer.from('count'), delta: 1n }] });
      process.stdout.write(key + '\\n');
    }
  }));
`;

/** Fills the store under a limit on the length of files, then deletes, and prints what happened. */
const FILLER = `
  import { openJournaledLmdbKeyValueStore } from ${ENGINE};
  const [directory] = process.argv.slice(1);
  const store = await openJournaledLmdbKeyValueStore({ directory });
  let index = 0;
  let reason;
  for (; reason === undefined; index += 1) {
    await store.commit({ puts: [{ key: Buffer.from('k' + index), value: Buffer.alloc(50_000, 'v') }] })
      .catch((error) => { reason = error.reason; });
  }
  const large = await store.get(Buffer.from('k' + (index - 1)));
  const removal = await store.commit({ deletes: [Buffer.from('k0'), Buffer.from('k1'), Buffer.from('k2')] });
  const first = await store.get(Buffer.from('k3'));
  console.log(JSON.stringify({ reason, isFailedVisible: large !== undefined, isRemoved: removal.committed, kept: first.value.length }));
  await store.close();
`;

let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = makeTemporaryFolder();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    // It would go on writing into the folder.
    await exited;
  }
});

function startCommitter(name: string): { child: ChildProcess; acknowledged: string[] } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', COMMITTER, directory, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const acknowledged: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => acknowledged.push(line));
  return { child, acknowledged };
}

describe('openJournaledLmdbKeyValueStore', () => {
  it('has everything that was acknowledged after its process was killed, and whole commits only', async () => {
    const { child, acknowledged } = startCommitter('a');
    await until(() => acknowledged.length > 500);
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    const store = await openJournaledLmdbKeyValueStore({ directory });
    for (const key of acknowledged) expect(await store.get(Buffer.from(key)), key).toBeDefined();
    const rows = await store.list({ start: Buffer.from('a'), end: Buffer.from('b'), limit: 1_000_000 });
    const count = Buffer.from((await store.get(Buffer.from('count')))?.value ?? []).readBigInt64LE();
    expect(count).toBe(BigInt(rows.length));
    await store.close();
  });

  it('has everything and goes on when its process was killed again and again, at checkpoints too', async () => {
    const acknowledged = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      const committer = startCommitter(`round${round}`);
      // Thousands of commits: several generations of the journal.
      await until(() => committer.acknowledged.length > 2000 + round * 700);
      const closed = once(committer.child, 'close');
      committer.child.kill('SIGKILL');
      await closed;
      for (const key of committer.acknowledged) acknowledged.add(key);
    }
    const store = await openJournaledLmdbKeyValueStore({ directory });
    const rows = await store.list({ start: Buffer.from('r'), end: Buffer.from('s'), limit: 1_000_000 });
    const there = new Set(rows.map(({ key }) => Buffer.from(key).toString()));
    expect([...acknowledged].filter((key) => !there.has(key))).toEqual([]);
    const count = Buffer.from((await store.get(Buffer.from('count')))?.value ?? []).readBigInt64LE();
    expect(count).toBe(BigInt(rows.length));
    await store.close();
    // Hundreds of syncs, one after the other, on whatever disk there is.
  }, 600_000);

  it('reads the same while its journal goes to the database', async () => {
    const store = await openJournaledLmdbKeyValueStore({ directory });
    let written = 0;
    // Longer than a checkpoint takes to become due, and more rows than make one due at once.
    for (const endMs = performance.now() + 1500; performance.now() < endMs; written += 1) {
      const key = Buffer.from(`k${String(written).padStart(6, '0')}`);
      await store.commit({ puts: [{ key, value: key }], sums: [{ key: Buffer.from('count'), delta: 1n }] });
      if (written % 50 !== 0) continue;
      const rows = await store.list({ start: Buffer.from('k'), end: Buffer.from('l'), limit: 1_000_000 });
      expect(rows).toHaveLength(written + 1);
      expect(rows.at(-1)?.key.toString()).toBe(key.toString());
      const last = await store.list({ start: Buffer.from('k'), end: Buffer.from('l'), limit: 1, reverse: true });
      expect(last[0]?.key.toString()).toBe(key.toString());
    }
    await store.close();
    const again = await openJournaledLmdbKeyValueStore({ directory });
    const rows = await again.list({ start: Buffer.from([0]), end: Buffer.alloc(1978, 0xff), limit: 1_000_000 });
    expect(rows).toHaveLength(written + 1);
    await again.close();
  });

  it('belongs to one store at a time', async () => {
    const first = await openJournaledLmdbKeyValueStore({ directory });
    await expect(openJournaledLmdbKeyValueStore({ directory })).rejects.toThrow(DataFolderLocked);
    await first.commit({ puts: [{ key: Buffer.from('k'), value: Buffer.from('v') }] });
    await first.close();
    const second = await openJournaledLmdbKeyValueStore({ directory });
    expect((await second.get(Buffer.from('k')))?.value.toString()).toBe('v');
    await second.close();
  });

  it('refuses a folder whose journal is gone or damaged, and leaves it as it is', async () => {
    // Before its first checkpoint a folder without any journal is taken for one without any writes.
    const first = await openJournaledLmdbKeyValueStore({ directory });
    await first.commit({ puts: [{ key: Buffer.from('first'), value: Buffer.from('v') }] });
    await first.close();
    const { child, acknowledged } = startCommitter('a');
    await until(() => acknowledged.length > 3000);
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    const names = ['journal-0', 'journal-1'] as const;
    const before = names.map((name) => readFileSync(join(directory, name)));
    rmSync(join(directory, 'journal-1'));
    await expect(openJournaledLmdbKeyValueStore({ directory })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('journal-1" is missing') },
    });
    names.forEach((name, index) => {
      writeFileSync(join(directory, name), Buffer.from(before[index] ?? []).fill(0, 0, 8192));
    });
    await expect(openJournaledLmdbKeyValueStore({ directory })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('has no header') },
    });
    names.forEach((name, index) => {
      writeFileSync(join(directory, name), before[index] ?? '');
    });
    const store = await openJournaledLmdbKeyValueStore({ directory });
    for (const key of acknowledged) expect(await store.get(Buffer.from(key)), key).toBeDefined();
    await store.close();
  });

  it('has no thread left once it has refused a folder or is closed', async () => {
    const living = new Set<Worker>();
    const watch = (worker: Worker): void => {
      living.add(worker);
      worker.once('exit', () => living.delete(worker));
    };
    process.on('worker', watch);
    onTestFinished(() => {
      process.off('worker', watch);
    });
    const store = await openJournaledLmdbKeyValueStore({ directory });
    await store.commit({ puts: [{ key: Buffer.from('k'), value: Buffer.from('v') }] });
    expect(living.size).toBe(2);
    await store.close();
    expect(living.size).toBe(0);
    rmSync(join(directory, 'journal-1'));
    await expect(openJournaledLmdbKeyValueStore({ directory })).rejects.toThrow();
    expect(living.size).toBe(0);
  });

  it('fails commits as disk-full when the file cannot grow, shows nothing of them, and still deletes', async () => {
    // A limit on the length of files needs no rights, and stops writes where a full disk would.
    const script = `ulimit -f ${12 * 1024}; exec "$0" --input-type=module -e "$1" "$2"`;
    const child = spawn('bash', ['-c', script, process.execPath, FILLER, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
    expect(JSON.parse(output)).toEqual({
      reason: { kind: 'unavailable', because: 'disk-full' },
      isFailedVisible: false,
      isRemoved: true,
      kept: 50_000,
    });
  });

  it('tells how many commits shared a batch', async () => {
    const batches: number[] = [];
    const store = await openJournaledLmdbKeyValueStore({
      directory,
      observeBatch: ({ commitCount, durationMs }) => {
        batches.push(commitCount);
        expect(durationMs).toBeGreaterThan(0);
      },
    });
    const commits = Array.from({ length: 64 }, (_, index) => ({
      puts: [{ key: Buffer.from(`k${index}`), value: Buffer.alloc(10) }],
    }));
    await Promise.all(commits.map((commit) => store.commit(commit)));
    // The first finds nobody under way and is sent at once; the others share a batch, with it or after it.
    expect([[64], [1, 63]]).toContainEqual(batches);
    expect(store.statistics()).toMatchObject({ commitCount: 64, batchCount: batches.length });
    // Behind so many the first waits for those of its turn.
    await Promise.all(commits.map((commit) => store.commit(commit)));
    expect(batches.at(-1)).toBe(64);
    expect(store.statistics().sizeBytes).toBeGreaterThan(64 * 10);
    await store.close();
  });

  it('takes more commits at once than one batch may hold, and larger ones than one batch should', async () => {
    const batches: number[] = [];
    const store = await openJournaledLmdbKeyValueStore({
      directory,
      observeBatch: ({ commitCount }) => batches.push(commitCount),
    });
    const outcomes = await Promise.all(
      Array.from({ length: 3000 }, (_, index) =>
        store.commit({
          puts: [{ key: Buffer.from(`k${index}`), value: Buffer.alloc(index % 100 === 0 ? 500_000 : 10) }],
        }),
      ),
    );
    const versions = new Set(outcomes.map((outcome) => outcome.committed && outcome.version));
    expect(versions.size).toBe(3000);
    expect(batches.reduce((sum, count) => sum + count, 0)).toBe(3000);
    expect(Math.max(...batches)).toBeLessThanOrEqual(1024);
    await store.close();
  });

  it('keeps nothing in its folder but its database, its journal and its lock', async () => {
    const store = await openJournaledLmdbKeyValueStore({ directory: join(directory, 'meta.data') });
    await store.commit({ puts: [{ key: Buffer.from('k'), value: Buffer.alloc(10) }] });
    expect(readdirSync(join(directory, 'meta.data')).sort()).toEqual(['data.mdb', 'journal-0', 'journal-1', 'lock']);
    await store.close();
  });

  it('refuses a folder it cannot open', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(openJournaledLmdbKeyValueStore({ directory: join(directory, 'file') })).rejects.toMatchObject({
      reason: { kind: 'unavailable', because: 'input-output' },
    });
    writeFileSync(join(directory, 'data.mdb'), Buffer.alloc(100_000, 'not LMDB'));
    await expect(openJournaledLmdbKeyValueStore({ directory })).rejects.toMatchObject({
      reason: { kind: 'unavailable' },
    });
  });
});
