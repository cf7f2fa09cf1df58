/**
 * `annals serve` with its metadata in a real PostgreSQL database: what is acknowledged outlives kills of both, a
 * gateway without the keys of the others does not start, and neither does one with another folder of bodies.
 */
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, readAll } from '@annals/client';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const BUCKET = 'logs';
const LONG = randomBytes(2_000_000);

async function openFixture(): Promise<{
  readonly database: PostgresServer;
  readonly folder: string;
  start(data: string, lines?: object): Promise<ServerProcess>;
}> {
  const database = await startPostgres();
  onTestFinished(() => database.remove());
  const { path: folder, remove } = await temporaryFolder();
  onTestFinished(remove);
  vi.stubEnv('ANNALS_MASTER_KEY', randomBytes(32).toString('base64'));
  onTestFinished(() => void vi.unstubAllEnvs());
  return {
    database,
    folder,
    async start(data, lines = { storage: { metadata: database.url } }) {
      const config = join(folder, 'annals.json');
      await writeFile(config, JSON.stringify(lines));
      const flags = ['--config', config];
      const server = await startServerProcess({ data: join(folder, data), buckets: [BUCKET], flags });
      onTestFinished(() => server.kill());
      return server;
    },
  };
}

it.skipIf(postgresIsMissing())(
  'keeps what it acknowledged through kills of the server and of the database',
  async () => {
    const { database, start } = await openFixture();
    const first = await start('data');
    const client = createClient(first);
    for (const body of ['one ', 'two ', 'three']) {
      await client.appendObject({ bucket: BUCKET, key: 'log', position: 'auto', body });
    }
    await client.putObject({ bucket: BUCKET, key: 'long', body: LONG });
    await first.kill();
    const second = await start('data');
    const next = createClient(second);
    await database.stop('immediate');
    await expect(next.appendObject({ bucket: BUCKET, key: 'log', position: 'auto', body: 'lost' })).rejects.toThrow();
    await database.start();
    await until(async () => {
      const answer = await fetch(`${second.endpoint}/-/readyz`);
      return answer.status === 200;
    });
    await next.appendObject({ bucket: BUCKET, key: 'log', position: 'auto', body: ' four' });
    const { body: log } = await next.getObject({ bucket: BUCKET, key: 'log' });
    expect(Buffer.from(await readAll(log)).toString()).toBe('one two three four');
    const { body: long } = await next.getObject({ bucket: BUCKET, key: 'long' });
    expect(Buffer.from(await readAll(long)).equals(LONG)).toBe(true);
    expect(await second.stop()).toBe(0);
  },
);

it.skipIf(postgresIsMissing())('starts with the keys of all gateways and its own bodies only', async () => {
  const { database, folder, start } = await openFixture();
  const password = database.url.replace('postgres@', 'postgres:my-secret@');
  const first = await start('data', { storage: { metadata: password } });
  expect(JSON.stringify(first.output())).not.toContain('my-secret');
  await first.stop();
  await expect(start('other')).rejects.toThrow('bears no mark of a store');
  await expect(start('data', {})).rejects.toThrow('belongs to a store whose metadata lies in a database');
  await rename(join(folder, 'data'), join(folder, 'moved'));
  const moved = await start('moved');
  await moved.stop();
  for (const { parameter, finding } of [
    { parameter: 'ssl=yes', finding: 'expected no parameter "ssl"' },
    { parameter: 'connections=3', finding: 'expected connections of 8' },
  ]) {
    const refusal = await start('moved', { storage: { metadata: `${password}?${parameter}` } }).catch(String);
    expect(refusal).toContain(`storage.metadata: ${finding}`);
    expect(refusal).not.toContain('my-secret');
  }
  const tuned = await start('moved', { storage: { metadata: `${password}?connections=8&statement-timeout=9s` } });
  const counted = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'annals'`;
  expect(Number((await database.query(counted))[0])).toBeLessThanOrEqual(8);
  await tuned.stop();
  const wrong = [
    { end: '127.0.0.1:9/postgres', finding: '127.0.0.1:9' },
    { end: '127.0.0.1:99999/postgres', finding: '99999' },
    { end: '127.0.0.1/postgres?sslmode=prefer', finding: 'prefer' },
  ];
  for (const { end, finding } of wrong) {
    const nowhere = { storage: { metadata: `postgres://postgres:my-secret@${end}` } };
    const refusal = await start('moved', nowhere).catch(String);
    expect(refusal).toContain('Cannot open the store');
    expect(refusal).toContain(finding);
    expect(refusal).not.toContain('my-secret');
  }
  const url = { storage: { metadata: database.url } };
  await expect(start('moved', { ...url, callback: { allow: ['app.example.com'] } })).rejects.toThrow('callback.key');
  await expect(start('moved', { ...url, kms: { 'make-default-key': true } })).rejects.toThrow('the KMS key "default"');
  vi.stubEnv('ANNALS_MASTER_KEY', randomBytes(32).toString('base64'));
  await expect(start('moved')).rejects.toThrow('this one was given the key of id');
  vi.stubEnv('ANNALS_MASTER_KEY', '');
  await expect(start('moved')).rejects.toThrow('without the master key');
});
