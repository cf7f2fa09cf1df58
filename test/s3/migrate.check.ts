/**
 * `annals migrate` from a data folder into a database and a bucket of somebody else's server, which is killed on the
 * way, and back; `annals fsck` and `annals storage check` of what is there.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { runCommand, succeed } from '../backup/commands.js';
import { startTcpValve, type TcpValve } from '../harness/tcp-valve.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { answersOf, fillStore, migrate, migrateKilled, served, writeMore } from '../serve/migrating.js';
import { S3_SECRET_ACCESS_KEY, startVersityGateway, type VersityGateway } from './versity-gateway.js';

let bucket: VersityGateway;
let database: PostgresServer;
let valve: TcpValve;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let environment: Readonly<Record<string, string>>;
const isSkipped = postgresIsMissing();

beforeAll(async () => {
  if (isSkipped) return;
  bucket = await startVersityGateway();
  await bucket.makeBucket('large');
  valve = await startTcpValve(bucket.port);
  database = await startPostgres();
  folder = await temporaryFolder();
  const { accessKeyId } = await bucket.place('large').credentials(false);
  environment = {
    ANNALS_STORAGE_ACCESS_KEY_ID: accessKeyId,
    ANNALS_STORAGE_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await valve?.close();
  await bucket?.remove();
  await database?.remove();
  await folder?.remove();
});

it.skipIf(isSkipped)('moves into a database and a bucket that fails half way, and back', async () => {
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
      storage: { metadata: database.url, blobs: `s3://large/annals?endpoint=http://127.0.0.1:${valve.port}` },
      'master-key-file': join(own, 'master-key'),
      'root-key-file': join(own, 'root-access-key.json'),
    }),
  );
  const away = valve.breakAfter(3_000_000);
  const broken = await migrate({ from: data, to: config, environment });
  await away;
  expect([broken.code, broken.errors]).toEqual([1, expect.stringMatching(/run the same command again to go on/)]);
  expect(broken.errors).not.toContain(S3_SECRET_ACCESS_KEY);
  await migrateKilled({ from: data, to: config, environment }, valve, 4_000_000);
  const done = await migrate({ from: data, to: config, environment });
  expect([done.code, done.signal]).toEqual([0, null]);
  expect(await readdir(join(own, 'blobs')).catch(() => [])).toEqual([]);

  const checked = await runCommand(['fsck', '--config', config], undefined, environment);
  expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('Nothing is wrong')]);
  const judged = await runCommand(['storage', 'check', '--config', config, '--json'], undefined, environment);
  expect([judged.code, judged.errors]).toEqual([0, '']);
  const findings = judged.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: string; state: string });
  expect(findings).toContainEqual(expect.objectContaining({ step: 'combination', state: 'ok' }));
  expect(findings).toContainEqual(expect.objectContaining({ step: 'clocks', state: 'ok' }));
  expect(findings.find(({ step }) => step === 'belonging')).toBeUndefined();

  const moved = await served({ data: own, flags: ['--config', config] }, async (account) => {
    expect(await answersOf(account, people)).toEqual(original);
    await writeMore(account, 'there');
    return answersOf(account, people);
  });
  // Another database over the same prefix.
  const stray = join(folder.path, 'stray.json');
  const metadata = `${database.url}?schema=stray`;
  const blobs = `s3://large/annals?endpoint=http://127.0.0.1:${valve.port}`;
  await writeFile(stray, JSON.stringify({ data: join(folder.path, 'stray'), storage: { metadata, blobs } }));
  const refused = await migrate({ from: data, to: stray, environment });
  expect([refused.code, refused.errors]).toEqual([2, expect.stringMatching(/holds the bodies of another store/)]);
  const apart = await runCommand(['storage', 'check', '--config', stray, '--json'], undefined, environment);
  expect([apart.code, apart.output]).toEqual([1, expect.stringMatching(/"step":"belonging","state":"failed"/)]);

  const back = join(folder.path, 'back');
  await succeed(['migrate', '--from', config, '--to', back, '--quiet'], undefined, environment);
  const again = await runCommand(['fsck', back]);
  expect([again.code, again.output]).toEqual([0, expect.stringContaining('Nothing is wrong')]);
  await served({ data: back }, async (account) => expect(await answersOf(account, people)).toEqual(moved));
});
