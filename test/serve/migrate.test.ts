/**
 * `annals migrate` moves a store with something of every kind from a data folder into a database and back, is killed in
 * each part of the way, and goes on; servers of the target answer as the one of the source did. Leaves out buckets
 * (`test/s3/migrate.check.ts`).
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { ANNALS, runCommand, succeed } from '../backup/commands.js';
import type { Everything } from '../backup/everything.js';
import { startServerProcess } from '../harness/server-process.js';
import { isSoaked } from '../harness/soak.js';
import { startTcpValve, type TcpValve } from '../harness/tcp-valve.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { type Answers, answersOf, filesOf, fillStore, migrate, migrateKilled, served, writeMore } from './migrating.js';

const isSkipped = postgresIsMissing();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: PostgresServer;
let valve: TcpValve;
let data: string;
let people: Everything;
let original: Answers;

beforeAll(async () => {
  if (isSkipped) return;
  folder = await temporaryFolder();
  database = await startPostgres();
  valve = await startTcpValve(database.port);
  data = join(folder.path, 'data');
  await mkdir(data, { mode: 0o700 });
  people = await fillStore(data);
  original = await served({ data }, (account) => answersOf(account, people));
});

afterAll(async () => {
  await valve?.close();
  await database?.remove();
  await folder?.remove();
});

/** @returns The path of a configuration whose rows lie in a schema of the database. */
async function configurationOf(name: string, url = `${database.url}?schema=${name}`): Promise<string> {
  const own = join(folder.path, name);
  const path = `${own}.json`;
  const keys = { 'master-key-file': join(own, 'master-key'), 'root-key-file': join(own, 'root-access-key.json') };
  await writeFile(path, JSON.stringify({ data: own, storage: { metadata: url }, ...keys }));
  return path;
}

const refusalOf = (name: string, config: string) =>
  startServerProcess({ data: join(folder.path, name), flags: ['--config', config] }).then(
    (server) => server.stop(),
    (error: unknown) => String(error),
  );

// Six migrations and ten other processes, one after the other.
test.skipIf(isSkipped)('into a database and back, killed in each part', { timeout: 600_000 }, async () => {
  // Opening applies the journal, as each start does; after that nothing changes any more.
  await succeed(['fsck', data]);
  const before = await filesOf(data);
  // Through the valve, to know how many bytes pass in all.
  valve.open();
  const throughValve = (schema: string) =>
    `${database.url.replace(`:${database.port}`, `:${valve.port}`)}?schema=${schema}`;
  expect(await migrate({ from: data, to: await configurationOf('whole', throughValve('whole')) })).toMatchObject({
    code: 0,
  });
  const wholeLength = valve.passedLength();
  const config = await configurationOf('gateway', throughValve('gateway'));
  for (const share of isSoaked('migrate') ? [0.1, 0.3, 0.5, 0.7, 0.9] : [0.2, 0.8]) {
    await migrateKilled({ from: data, to: config }, valve, Math.floor(share * wholeLength));
    expect(await refusalOf('gateway', config)).toContain('a migration of');
    const checked = await runCommand(['fsck', '--config', config]);
    expect([checked.code, checked.errors]).toEqual([2, expect.stringContaining('run the same "annals migrate" again')]);
  }
  // A gateway with another folder finds out from the rows.
  const elsewhere = JSON.parse(await readFile(await configurationOf('elsewhere', throughValve('gateway')), 'utf8'));
  await writeFile(
    join(folder.path, 'elsewhere.json'),
    JSON.stringify({ ...elsewhere, 'master-key-file': join(data, 'master-key') }),
  );
  expect(await refusalOf('elsewhere', join(folder.path, 'elsewhere.json'))).toContain(
    'a restoration or migration into it has not ended',
  );
  const done = await migrate({ from: data, to: config });
  expect([done.code, done.signal, done.errors]).toEqual([0, null, expect.not.stringContaining('annals')]);
  const summary = JSON.parse(done.output);
  expect(summary).toMatchObject({
    isComplete: true,
    isResumed: true,
    rowDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(summary.blobCount).toBeGreaterThan(20);
  expect(await filesOf(data)).toEqual(before);
  const again = await migrate({ from: data, to: config });
  expect([again.code, again.errors]).toEqual([2, expect.stringMatching(/it is not empty/)]);
  const other = await migrate({ from: data, to: await configurationOf('other', `${database.url}?schema=gateway`) });
  expect([other.code, other.errors]).toEqual([1, expect.stringMatching(/holds a store already/)]);

  expect((await runCommand(['fsck', '--config', config])).output).toContain('Nothing is wrong');
  const gateway = { data: join(folder.path, 'gateway'), flags: ['--config', config] };
  const moved = await served(gateway, async (account) => {
    expect(await answersOf(account, people)).toEqual(original);
    const inUse = await migrate({ from: config, to: join(folder.path, 'early') });
    expect([inUse.code, inUse.errors]).toEqual([2, expect.stringMatching(/has it open; stop that process/)]);
    await writeMore(account, 'there');
    return answersOf(account, people);
  });

  const back = join(folder.path, 'back');
  valve.open();
  await succeed(['migrate', '--from', config, '--to', join(folder.path, 'back-whole'), '--quiet']);
  const backLength = valve.passedLength();
  for (const share of isSoaked('migrate') ? [0.3, 0.5, 0.7, 0.9] : [0.7]) {
    await migrateKilled({ from: config, to: back }, valve, Math.floor(share * backLength));
    expect(await startServerProcess({ data: back }).catch(String)).toContain('a migration of postgres://127.0.0.1');
  }
  expect(await migrate({ from: config, to: back })).toMatchObject({ code: 0 });
  expect((await runCommand(['fsck', back])).output).toContain('Nothing is wrong');
  await served({ data: back }, async (account) => {
    expect(await answersOf(account, people)).toEqual(moved);
    await writeMore(account, 'back');
  });
  expect((await runCommand(['fsck', back])).code).toBe(0);
});

test.skipIf(isSkipped)(
  'it begins again when the source has changed, and goes on after the database was away',
  async () => {
    const source = join(folder.path, 'changing');
    await succeed(['migrate', '--from', data, '--to', source, '--quiet']);
    valve.open();
    const whole = database.url.replace(`:${database.port}`, `:${valve.port}`);
    expect(
      await migrate({ from: source, to: await configurationOf('measured', `${whole}?schema=measured`) }),
    ).toMatchObject({ code: 0 });
    const wholeLength = valve.passedLength();
    const config = await configurationOf('changed', `${whole}?schema=changed&patience=1s&resolve-timeout=2s`);
    valve.open();
    const away = valve.breakAfter(Math.floor(0.3 * wholeLength));
    const broken = await migrate({ from: source, to: config });
    expect([broken.code, broken.errors]).toEqual([
      1,
      expect.stringMatching(/Cannot migrate .*run the same command again to go on/),
    ]);
    await away;
    await migrateKilled({ from: source, to: config }, valve, Math.floor(0.8 * wholeLength));
    const changed = await served({ data: source }, async (account) => {
      await writeMore(account, 'meanwhile');
      await account.send({ method: 'DELETE', bucket: 'everything-plain', key: 'put/small' }, account.root);
      return answersOf(account, people);
    });
    const done = await migrate({ from: source, to: config });
    expect([done.code, done.errors]).toEqual([0, expect.stringContaining('the source has changed')]);
    const gateway = { data: join(folder.path, 'changed'), flags: ['--config', config] };
    await served(gateway, async (account) => expect(await answersOf(account, people)).toEqual(changed));
    expect((await runCommand(['fsck', '--config', config])).code).toBe(0);
  },
);

test.skipIf(isSkipped)(
  'a bar shows each part on a terminal, lines in a pipe, and nothing where it is quiet',
  async () => {
    const words = (to: string) => ['migrate', '--from', data, '--to', join(folder.path, to)];
    const quiet = await runCommand(['migrate', '--from', data, '--to', await configurationOf('quiet'), '--quiet']);
    expect([quiet.code, quiet.errors]).toEqual([0, '']);
    expect(quiet.output).toMatch(/^migrated .*: \d+ rows \(SHA-256 [0-9a-f]{64}\), \d+ bodies \(.*\), all compared\n/);
    expect(quiet.output).toMatch(/^copied a key to .*master-key: every gateway needs it, as master-key-file or /m);
    const piped = await runCommand(words('piped'));
    expect(piped.errors).toBe('reading rows\ncopying bodies\ncopying rows\ncomparing rows\n');
    if (process.platform !== 'linux') return;
    const line = [process.execPath, ANNALS, ...words('drawn')].map((word) => `'${word}'`).join(' ');
    const script = spawnSync('script', ['-qefc', `exec ${line}`, '/dev/null'], { encoding: 'utf8' });
    expect(script.status).toBe(0);
    const drawn = script.stdout;
    for (const part of ['copying bodies', 'copying rows', 'comparing rows']) {
      expect(drawn).toMatch(new RegExp(`${part}  [█░]{24} +\\d+ %`));
    }
  },
);

test.skipIf(isSkipped)('what cannot be used is named, changes nothing, and no password is shown', async () => {
  await database.query('CREATE ROLE closed LOGIN PASSWORD NULL CONNECTION LIMIT 0');
  const urlOf = (user: string, rest: string) => `postgres://${user}:my-secret@${rest}`;
  const here = `127.0.0.1:${database.port}`;
  const urls = [
    [urlOf('u', '127.0.0.1:1/x'), 2, /127\.0\.0\.1:1/],
    [urlOf('nobody', `${here}/postgres`), 2, /role .*nobody.* does not exist/],
    [urlOf('postgres', `${here}/none`), 2, /none.* does not exist/],
    [urlOf('closed', `${here}/postgres`), 2, /too many connections/],
    [urlOf('u', `${here}/x?colour=red`), 2, /no parameter .*colour/],
  ] as const;
  for (const [url, code, message] of urls) {
    const to = await configurationOf('unusable', url);
    const refused = await migrate({ from: data, to });
    expect([refused.code, refused.errors]).toEqual([code, expect.stringMatching(message)]);
    expect(refused.output + refused.errors).not.toContain('my-secret');
  }
  const none = await migrate({ from: join(folder.path, 'absent'), to: await configurationOf('unusable') });
  expect([none.code, none.errors]).toEqual([2, expect.stringMatching(/no such configuration file or data folder/)]);
  const typo = await migrate({ from: data, to: join(folder.path, 'absent.yaml') });
  expect([typo.code, typo.errors]).toEqual([2, expect.stringMatching(/no such configuration file/)]);
  const own = await migrate({ from: data, to: data });
  expect([own.code, own.errors]).toEqual([2, expect.stringMatching(/its data folder is that of --from/)]);
  await mkdir(join(folder.path, 'full'));
  await writeFile(join(folder.path, 'full', 'letter.txt'), 'mine');
  const full = await migrate({ from: data, to: join(folder.path, 'full') });
  expect([full.code, full.errors]).toEqual([2, expect.stringMatching(/it is not empty, .*letter[.]txt.* is in it/)]);
  // Another master key is there: nothing would open.
  await mkdir(join(folder.path, 'locked'));
  await writeFile(join(folder.path, 'locked', 'master-key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
  const locked = await migrate({ from: data, to: join(folder.path, 'locked') });
  expect([locked.code, locked.errors]).toEqual([1, expect.stringMatching(/another key than the source has/)]);
  await served({ data }, async () => {
    const inUse = await migrate({ from: data, to: join(folder.path, 'early') });
    expect([inUse.code, inUse.errors]).toEqual([2, expect.stringMatching(/has it open; stop that process/)]);
  });
  // One that was begun from elsewhere.
  const through = database.url.replace(`:${database.port}`, `:${valve.port}`);
  valve.open();
  expect(await migrate({ from: data, to: await configurationOf('sized', `${through}?schema=sized`) })).toMatchObject({
    code: 0,
  });
  const half = Math.floor(valve.passedLength() / 2);
  const first = await configurationOf('taken', `${through}?schema=taken`);
  await migrateKilled({ from: data, to: first }, valve, half);
  const source = join(folder.path, 'changing');
  const second = await migrate({ from: source, to: await configurationOf('second', `${database.url}?schema=taken`) });
  expect([second.code, second.errors]).toEqual([
    1,
    expect.stringMatching(/a migration of .* into the target has begun/),
  ]);
  expect(await migrate({ from: data, to: first })).toMatchObject({ code: 0 });
});
