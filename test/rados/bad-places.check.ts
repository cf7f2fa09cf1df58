/**
 * A gateway whose pool of Ceph is not as it should be. At the start it says what is wrong and ends. While it serves, a
 * pool that has reached its quota makes long bodies wait with 503 and `Retry-After`; nothing acknowledged is lost, and
 * all goes on by itself. What the engine makes of such pools is in `rados-blobs` and `rados-faults`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient, readAll } from '@annals/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MIB } from '../harness/blob-calls.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import {
  type CephCluster,
  freshPlace,
  managerIsMissing,
  placeUrl,
  startCluster,
  startManager,
} from './ceph-cluster.js';

const BUCKET = 'recordings';
const LONG = Buffer.alloc(3 * MIB, 'long');
const FOR_LATER = { status: 503, retryAfterMs: expect.any(Number) };

let cluster: CephCluster;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  cluster = await startCluster();
  folder = await temporaryFolder();
});

afterAll(async () => {
  await cluster?.remove();
  await folder?.remove();
});

async function start(name: string, blobs: string): Promise<ServerProcess> {
  const config = join(folder.path, `${name}.json`);
  await writeFile(config, JSON.stringify({ storage: { blobs } }));
  return startServerProcess({ data: join(folder.path, name), buckets: [BUCKET], flags: ['--config', config] });
}

it('a start with a pool that cannot be used ends with a message that names it', async () => {
  const { shared } = cluster;
  const place = freshPlace(shared);
  const cases = [
    ['a wrong key', { keyringFile: shared.wrongKeyringFile }, /EACCES/],
    ['a missing pool', { pool: 'absent' }, /no such pool/],
    ['a user without rights', { user: 'stranger', keyringFile: shared.strangerKeyringFile }, /EPERM/],
    ['a missing configuration', { configurationFile: '/absent' }, /a file is missing/],
    ['monitors that are away', { configurationFile: shared.deadConfigurationFile }, /no monitor answered/],
  ] as const;
  for (const [what, wrong, finding] of cases) {
    const refusal = await start(what.replaceAll(' ', '-'), placeUrl({ ...place, ...wrong })).catch(String);
    expect(refusal, what).toMatch(finding);
    expect(refusal, what).toContain('(storage.blobs; "annals storage check" with the same settings says what to mend)');
    expect(refusal, what).toMatch(/ended with [12] before/);
    expect(refusal, what).not.toMatch(/^\s+at /m);
    for (const secret of shared.secrets) expect(refusal).not.toContain(secret);
  }
});

it.skipIf(managerIsMissing())('a pool that has reached its quota: long bodies wait, and all comes back', async () => {
  const manager = await startManager(cluster, folder.path);
  const gateway = await start('quota', placeUrl(freshPlace(cluster.shared)));
  try {
    const { endpoint, accessKeyId, accessKeySecret } = gateway;
    const client = createClient({ endpoint, accessKeyId, accessKeySecret, retry: { attemptCountMax: 1 } });
    const kept: string[] = [];
    const put = async (key: string): Promise<void> => {
      await client.putObject({ bucket: BUCKET, key, body: LONG });
      kept.push(key);
    };
    await put('before');
    await cluster.ceph('osd', 'pool', 'set-quota', 'bodies', 'max_bytes', String(4 * MIB));
    let refusal: unknown;
    // The cluster counts every few seconds.
    await until(async () => {
      refusal = await put(`filling-${kept.length}`).catch((error: unknown) => error);
      return refusal !== undefined;
    });
    expect(refusal).toMatchObject(FOR_LATER);
    await until(async () => (await readiness(gateway)).status === 503);
    expect(await readiness(gateway)).toEqual({ status: 503, text: 'not ready: the pool of storage.blobs is full\n' });
    await client.appendObject({ bucket: BUCKET, key: 'log', position: 0, body: 'short' });
    await expectKept(client, kept);
    await cluster.ceph('osd', 'pool', 'set-quota', 'bodies', 'max_bytes', '0');
    await until(async () => (await readiness(gateway)).status === 200);
    await put('after');
    await expectKept(client, kept);
    expect(gateway.output().stderr).toContain('EDQUOT');
  } finally {
    await gateway.stop();
    await manager.stop();
  }
});

async function expectKept(client: Client, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const { body } = await client.getObject({ bucket: BUCKET, key });
    expect(Buffer.from(await readAll(body)).equals(LONG), key).toBe(true);
  }
}

async function readiness({ endpoint }: ServerProcess): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${endpoint}/-/readyz`);
  return { status: answer.status, text: await answer.text() };
}
