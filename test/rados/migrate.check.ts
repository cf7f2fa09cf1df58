/**
 * `annals migrate` from a data folder into a database and a pool, and back; `annals fsck` and `annals storage check` of
 * what is there; a gateway over both that is killed in the middle of a long upload.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@annals/client';
import { openRadosBlobStore } from '@annals/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { runCommand, succeed } from '../backup/commands.js';
import { listAll, MIB } from '../harness/blob-calls.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { answersOf, fillStore, served, writeMore } from '../serve/migrating.js';
import { freshPlace, objectsOf, placeUrl, sharedCluster } from './ceph-cluster.js';

let database: PostgresServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const isSkipped = postgresIsMissing();

beforeAll(async () => {
  if (isSkipped) return;
  database = await startPostgres();
  folder = await temporaryFolder();
});

afterAll(async () => {
  await database?.remove();
  await folder?.remove();
});

it.skipIf(isSkipped)('a store moves into a database and a pool, is served from there, and moves back', async () => {
  const place = freshPlace(sharedCluster());
  const data = join(folder.path, 'data');
  await mkdir(data, { mode: 0o700 });
  const people = await fillStore(data);
  const original = await served({ data }, (account) => answersOf(account, people));
  const config = join(folder.path, 'gateway.json');
  const own = join(folder.path, 'gateway');
  await writeFile(
    config,
    JSON.stringify({
      data: own,
      storage: { metadata: database.url, blobs: placeUrl(place) },
      'master-key-file': join(own, 'master-key'),
      'root-key-file': join(own, 'root-access-key.json'),
    }),
  );
  await succeed(['migrate', '--from', data, '--to', config, '--quiet']);
  expect(await readdir(join(own, 'blobs')).catch(() => [])).toEqual([]);
  expect((await objectsOf(place)).length).toBeGreaterThan(2);
  const checked = await runCommand(['fsck', '--config', config]);
  expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('Nothing is wrong')]);
  const judged = await runCommand(['storage', 'check', '--config', config, '--json']);
  expect([judged.code, judged.errors]).toEqual([0, '']);
  expect(judged.output).toContain('"step":"combination","state":"ok"');

  const moved = await served({ data: own, flags: ['--config', config] }, async (account) => {
    expect(await answersOf(account, people)).toEqual(original);
    await writeMore(account, 'there');
    return answersOf(account, people);
  });
  // Another database over the same namespace.
  const stray = join(folder.path, 'stray.json');
  const metadata = `${database.url}?schema=stray`;
  await writeFile(
    stray,
    JSON.stringify({ data: join(folder.path, 'stray'), storage: { metadata, blobs: placeUrl(place) } }),
  );
  const apart = await runCommand(['storage', 'check', '--config', stray, '--json']);
  expect([apart.code, apart.output]).toEqual([1, expect.stringMatching(/"step":"belonging","state":"failed"/)]);

  const back = join(folder.path, 'back');
  await succeed(['migrate', '--from', config, '--to', back, '--quiet']);
  const again = await runCommand(['fsck', back]);
  expect([again.code, again.output]).toEqual([0, expect.stringContaining('Nothing is wrong')]);
  await served({ data: back }, async (account) => expect(await answersOf(account, people)).toEqual(moved));
});

it.skipIf(isSkipped)(
  'a gateway that is killed in the middle of a long upload leaves only what the sweep finds',
  async () => {
    const place = freshPlace(sharedCluster());
    const config = join(folder.path, 'killed.json');
    const data = join(folder.path, 'killed');
    const storage = { metadata: `${database.url}?schema=killed`, blobs: placeUrl(place) };
    const masterKeyFile = join(folder.path, 'killed.key');
    await writeFile(masterKeyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    await writeFile(config, JSON.stringify({ data, storage, 'master-key-file': masterKeyFile }));
    const start = () => startServerProcess({ data, buckets: ['recordings'], flags: ['--config', config] });
    const clientOf = ({ endpoint, accessKeyId, accessKeySecret }: Awaited<ReturnType<typeof start>>) =>
      createClient({ endpoint, accessKeyId, accessKeySecret, retry: { attemptCountMax: 1 } });
    const first = await start();
    const long = Buffer.alloc(96 * MIB, 'long');
    const kept = await clientOf(first).putObject({
      bucket: 'recordings',
      key: 'kept',
      body: long.subarray(0, 9 * MIB),
    });
    expect(kept.etag).toBeDefined();
    const before = (await objectsOf(place)).length;
    const putting = clientOf(first)
      .putObject({ bucket: 'recordings', key: 'broken', body: long })
      .catch((error) => error);
    await until(async () => (await objectsOf(place)).length > before + 1);
    await first.kill();
    expect(await putting).toBeInstanceOf(Error);

    const store = await openRadosBlobStore({ place });
    const states = new Map<string, number | undefined>();
    for (const blobId of (await listAll(store)).keys()) states.set(blobId, await store.length(blobId));
    const unfinished = [...states].filter(([, length]) => length === undefined).map(([blobId]) => blobId);
    expect([states.size, unfinished.length]).toEqual([2, 1]);
    for (const blobId of unfinished) await store.delete(blobId);
    await store.close();
    expect(await objectsOf(place)).toHaveLength(before);

    const second = await start();
    const found = await clientOf(second).headObject({ bucket: 'recordings', key: 'kept' });
    expect(found.length).toBe(9 * MIB);
    await expect(clientOf(second).headObject({ bucket: 'recordings', key: 'broken' })).rejects.toMatchObject({
      status: 404,
    });
    await second.stop();
  },
);
