/** What only the LMDB engine promises: survival of a killed process, a full disk, several processes, and what its folder looks like. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbKeyValueStore } from './open.js';

const ENGINE = JSON.stringify(new URL('../../../dist/key-value/lmdb/open.js', import.meta.url).href);

/** Commits without end under many names at once, and prints each once it is acknowledged. */
const COMMITTER = `
  import { openLmdbKeyValueStore } from ${ENGINE};
  const [directory, name] = process.argv.slice(1);
  const store = await openLmdbKeyValueStore({ directory });
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
  import { openLmdbKeyValueStore } from ${ENGINE};
  const [directory] = process.argv.slice(1);
  const store = await openLmdbKeyValueStore({ directory });
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
  directory = mkdtempSync(join(tmpdir(), 'annals-lmdb-'));
});

afterEach(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  children.length = 0;
  rmSync(directory, { recursive: true });
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

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('openLmdbKeyValueStore', () => {
  it('has everything that was acknowledged after its process was killed, and whole commits only', async () => {
    const { child, acknowledged } = startCommitter('a');
    await until(() => acknowledged.length > 500);
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    const store = await openLmdbKeyValueStore({ directory });
    for (const key of acknowledged) expect(await store.get(Buffer.from(key)), key).toBeDefined();
    const rows = await store.list({ start: Buffer.from('a'), end: Buffer.from('b'), limit: 1_000_000 });
    const count = Buffer.from((await store.get(Buffer.from('count')))?.value ?? []).readBigInt64LE();
    expect(count).toBe(BigInt(rows.length));
    await store.close();
  });

  it('keeps sums right while two processes commit and one is killed', async () => {
    const [first, second] = [startCommitter('a'), startCommitter('b')];
    await until(() => first.acknowledged.length > 200 && second.acknowledged.length > 200);
    const store = await openLmdbKeyValueStore({ directory });
    const firstClosed = once(first.child, 'close');
    first.child.kill('SIGKILL');
    await firstClosed;
    const countBefore = second.acknowledged.length;
    await until(() => second.acknowledged.length > countBefore + 200);
    const secondClosed = once(second.child, 'close');
    second.child.kill('SIGKILL');
    await secondClosed;
    for (const key of [...first.acknowledged, ...second.acknowledged]) {
      expect(await store.get(Buffer.from(key)), key).toBeDefined();
    }
    const rows = await store.list({ start: Buffer.from('a'), end: Buffer.from('c'), limit: 1_000_000 });
    const count = Buffer.from((await store.get(Buffer.from('count')))?.value ?? []).readBigInt64LE();
    expect(count).toBe(BigInt(rows.length));
    await store.close();
  });

  it('reads at once what another store on the same folder committed', async () => {
    const one = await openLmdbKeyValueStore({ directory });
    const other = await openLmdbKeyValueStore({ directory });
    for (let round = 1; round <= 20; round += 1) {
      expect((await one.get(Buffer.from('k')))?.value[0]).toBe(round === 1 ? undefined : round - 1);
      await other.commit({ puts: [{ key: Buffer.from('k'), value: Uint8Array.of(round) }] });
      expect((await one.get(Buffer.from('k')))?.value[0]).toBe(round);
    }
    await one.close();
    expect((await other.get(Buffer.from('k')))?.value[0]).toBe(20);
    await other.close();
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
    const store = await openLmdbKeyValueStore({
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
    expect(store.statistics().sizeBytes).toBeGreaterThan(64 * 10);
    await store.close();
  });

  it('takes more commits at once than one batch may hold, and larger ones than one batch should', async () => {
    const batches: number[] = [];
    const store = await openLmdbKeyValueStore({
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

  it('keeps nothing in its folder but the two files of LMDB', async () => {
    const store = await openLmdbKeyValueStore({ directory: join(directory, 'meta.data') });
    await store.commit({ puts: [{ key: Buffer.from('k'), value: Buffer.alloc(10) }] });
    expect(readdirSync(join(directory, 'meta.data')).sort()).toEqual(['data.mdb', 'lock.mdb']);
    await store.close();
  });

  it('refuses a folder it cannot open', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(openLmdbKeyValueStore({ directory: join(directory, 'file') })).rejects.toMatchObject({
      reason: { kind: 'unavailable', because: 'input-output' },
    });
    writeFileSync(join(directory, 'data.mdb'), Buffer.alloc(100_000, 'not LMDB'));
    await expect(openLmdbKeyValueStore({ directory })).rejects.toMatchObject({ reason: { kind: 'unavailable' } });
  });
});
