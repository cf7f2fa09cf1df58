/** What an operator is told when the database cannot be used, or must not be. On a server of the test's own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../../../test/harness/until.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { connectionSettings } from './connection-settings.js';
import { openPostgresKeyValueStore, type PostgresKeyValueStoreOptions } from './open.js';
import { type PostgresServer, postgresIsMissing, startPostgres } from './postgres-server-fixture.js';

const text = (value: string): Uint8Array => Buffer.from(value);
const SECRET = 'p%40ss:word-that-nobody-sees';
const SECRETS = /p@ss|p%40ss|word-that/;

/** @returns Everything a log could show of the failure. */
async function failureOf(options: PostgresKeyValueStoreOptions): Promise<string> {
  try {
    const store = await openPostgresKeyValueStore({ connectTimeoutMs: 60_000, environment: {}, ...options });
    await store.close();
  } catch (error) {
    const shown = inspect(error, { depth: 20, showHidden: true });
    assert.doesNotMatch(shown, SECRETS, 'no password is shown');
    const because = error instanceof EngineFailure && error.reason.kind === 'unavailable' ? error.reason.because : '';
    const cause = error instanceof EngineFailure && error.cause instanceof Error ? error.cause.message : String(error);
    return `${because}: ${cause}`;
  }
  return 'opened';
}

describe('the URL of a database', () => {
  it('names hosts, user, password, database and TLS; the environment has the rest', () => {
    const settings = connectionSettings('postgresql://me:p%40ss@a:1,b,[::1]:3/rows?sslmode=require', { PGPORT: '7' });
    expect(settings).toMatchObject({
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 7 },
        { host: '::1', port: 3 },
      ],
      user: 'me',
      password: 'p@ss',
      database: 'rows',
      tls: 'require',
    });
    const environment = {
      PGHOST: 'x,y',
      PGPORT: '1,2',
      PGUSER: 'u',
      PGPASSWORD: 'p',
      PGDATABASE: 'd',
      PGSSLMODE: 'verify-ca',
      PGSSLROOTCERT: '/ca.pem',
    };
    expect(connectionSettings('postgres://', environment)).toMatchObject({
      hosts: [
        { host: 'x', port: 1 },
        { host: 'y', port: 2 },
      ],
      user: 'u',
      password: 'p',
      database: 'd',
      tls: 'verify-ca',
      tlsFiles: { ca: '/ca.pem' },
    });
  });

  it('uses verified TLS unless told otherwise, and none on the same machine', () => {
    expect(connectionSettings('postgres://database.example/x', {}).tls).toBe('verify-full');
    expect(connectionSettings('postgres://localhost/x', {}).tls).toBe('disable');
    expect(connectionSettings('postgres://%2Frun%2Fpostgresql/x', {}).tls).toBe('disable');
  });

  it.each([
    ['mysql://u:SECRET@h/x', /Cannot read the URL of the database "mysql:\/\/u:\*\*\*@h\/x"/],
    ['postgres://u:SECRET@h:99999/x', /Cannot use host "h:99999"/],
    ['postgres://u:SECRET@h/x?sslmode=prefer', /Cannot use sslmode "prefer": wanted disable, require/],
    ['postgres://u:SECRET@h/x?color=red', /Cannot use parameter "color"/],
    ['postgres://u:SECRET%zz@h/x', /Cannot read the password in the URL/],
  ])('%s is refused, without its password', async (url, message) => {
    expect(await failureOf({ url: url.replace('SECRET', SECRET) })).toMatch(message);
  });
});

describe.skipIf(postgresIsMissing())('a PostgreSQL that cannot be used', () => {
  let server: PostgresServer;
  const userUrl = (user: string) => `postgres://${user}:${SECRET}@127.0.0.1:${server.port}/postgres`;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => server?.remove());

  it('is named when it does not answer, with what went wrong at each host', async () => {
    const failure = await failureOf({ url: `postgres://u:${SECRET}@127.0.0.1:1,127.0.0.1:2/rows` });
    expect(failure).toMatch(
      /^unreachable: Cannot use the database "rows" as user "u": 127\.0\.0\.1:1: .*ECONNREFUSED.*; 127\.0\.0\.1:2: .*ECONN/,
    );
  });

  it('refuses a wrong password, and a database that is not there', async () => {
    await server.query(`CREATE ROLE locked LOGIN PASSWORD 'right'`);
    const rules = join(server.directory, 'data', 'pg_hba.conf');
    writeFileSync(rules, `host all locked 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`);
    const [loadedBefore] = await server.query('SELECT pg_conf_load_time()');
    await server.query('SELECT pg_reload_conf()');
    // The server is only told to read the rules; sessions that begin before it has are let in by the old ones.
    await until(async () => (await server.query('SELECT pg_conf_load_time()'))[0] !== loadedBefore);
    expect(await failureOf({ url: userUrl('locked') })).toMatch(/password authentication failed for user "locked"/);
    expect(await failureOf({ url: `${server.url}_that_is_missing` })).toMatch(
      /database "postgres_that_is_missing" does not exist/,
    );
  });

  it('is refused when its settings can lose commits, unless that is allowed', async () => {
    await server.query('CREATE ROLE careless LOGIN SUPERUSER');
    await server.query('ALTER ROLE careless SET synchronous_commit = off');
    const options = { url: userUrl('careless'), schema: 'careless' };
    expect(await failureOf(options)).toMatch(/synchronous_commit is off, .*allow-data-loss=yes in the URL permits it/);
    expect(await failureOf({ ...options, allowsDataLoss: true })).toBe('opened');
    const unsafe = await startPostgres(['fsync=off', 'full_page_writes=off']);
    expect(await failureOf({ url: unsafe.url })).toMatch(/fsync and full_page_writes are off/);
    await unsafe.remove();
  });

  it('is refused when it is read-only; later commits fail until it accepts writes again', async () => {
    await server.query('CREATE ROLE reader LOGIN SUPERUSER');
    const store = await openPostgresKeyValueStore({ url: userUrl('reader'), schema: 'read_only', patienceMs: 200 });
    await server.query('ALTER ROLE reader SET default_transaction_read_only = on');
    expect(await failureOf({ url: userUrl('reader') })).toMatch(/^read-only: .*default_transaction_read_only is on/);
    await endSessions(server, 'reader');
    const commit = { puts: [{ key: text('k'), value: text('v') }] };
    await assert.rejects(store.commit(commit), { reason: { kind: 'unavailable', because: 'read-only' } });
    await server.query('ALTER ROLE reader RESET default_transaction_read_only');
    await untilCommitted(() => store.commit(commit));
    await store.close();
  });

  it('is left alone when it has no connections to give; the next ones work', async () => {
    await server.query('CREATE ROLE crowded LOGIN; GRANT CREATE ON DATABASE postgres TO crowded');
    const store = await openPostgresKeyValueStore({ url: userUrl('crowded'), schema: 'crowded', patienceMs: 200 });
    await server.query('ALTER ROLE crowded CONNECTION LIMIT 0');
    await endSessions(server, 'crowded');
    expect(await failureOf({ url: userUrl('crowded') })).toMatch(/^too-many-connections: .*too many connections/);
    const commit = { puts: [{ key: text('k'), value: text('v') }] };
    await assert.rejects(store.commit(commit), { reason: { kind: 'unavailable', because: 'too-many-connections' } });
    await server.query('ALTER ROLE crowded CONNECTION LIMIT -1');
    await untilCommitted(() => store.commit(commit));
    await store.close();
  });

  it('is refused when its tables are of a newer program', async () => {
    await (await openPostgresKeyValueStore({ url: server.url, schema: 'newer' })).close();
    await server.query('UPDATE newer.format SET version = 99');
    expect(await failureOf({ url: server.url, schema: 'newer' })).toMatch(/version 99, and this program knows 1/);
  });

  it('is opened by many at once when it is new', async () => {
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openPostgresKeyValueStore({ url: server.url, schema: 'new_for_many' })),
    );
    const sum = { sums: [{ key: text('n'), delta: 1n }] };
    for (const outcome of await Promise.all(stores.map((store) => store.commit(sum)))) assert.ok(outcome.committed);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('is refused when it is too old', async () => {
    const old = createServer((socket) => {
      socket.once('data', () => {
        socket.write(message('R', int(0)));
        socket.write(message('Z', Buffer.from('I')));
        socket.once('data', () => {
          const values = ['130012', '13.12', 'f', 'off', 'on', 'on', 'on', '0'];
          const fields = values.map(() =>
            Buffer.concat([Buffer.from('c\0'), int(0), short(0), int(25), short(-1), int(-1), short(0)]),
          );
          socket.write(message('T', short(values.length), ...fields));
          socket.write(
            message('D', short(values.length), ...values.flatMap((one) => [int(one.length), Buffer.from(one)])),
          );
          socket.write(message('C', Buffer.from('SELECT 1\0')));
          socket.write(message('Z', Buffer.from('I')));
        });
      });
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => {
      old.listen(0, '127.0.0.1', resolve);
    });
    const { port } = old.address() as AddressInfo;
    expect(await failureOf({ url: `postgres://u@127.0.0.1:${port}/x` })).toMatch(
      /it is PostgreSQL 13\.12: wanted 14 or newer/,
    );
    await new Promise((resolve) => {
      old.close(resolve);
    });
  });

  it('that is full refuses what does not fit, keeps what it acknowledged, and goes on when there is room', async (context) => {
    const small = await startPostgres();
    const directory = join(small.directory, 'small');
    mkdirSync(directory);
    const { uid, gid } = statSync(small.directory);
    try {
      const options = `size=6m,mode=700,uid=${uid},gid=${gid}`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' });
    } catch {
      await small.remove();
      context.skip('a small file system cannot be mounted here');
    }
    try {
      await small.query(`CREATE TABLESPACE small LOCATION '${directory}'`);
      await small.query('CREATE ROLE writer LOGIN SUPERUSER');
      await small.query('ALTER ROLE writer SET default_tablespace = small');
      const url = `postgres://writer@127.0.0.1:${small.port}/postgres`;
      const store = await openPostgresKeyValueStore({ url });
      const value = new Uint8Array(100_000).fill(7);
      const acknowledged: number[] = [];
      let refusedCount = 0;
      for (let index = 0; refusedCount < 3; index += 1) {
        try {
          await store.commit({ puts: [{ key: text(`k${index}`), value }] });
          acknowledged.push(index);
        } catch (error) {
          assert.deepEqual((error as EngineFailure).reason, { kind: 'unavailable', because: 'disk-full' });
          refusedCount += 1;
        }
      }
      expect(acknowledged.length).toBeGreaterThan(10);
      for (const index of acknowledged) assert.equal((await store.get(text(`k${index}`)))?.value.length, value.length);
      execFileSync('mount', ['-o', 'remount,size=40m', directory]);
      await store.commit({ puts: [{ key: text('last'), value }] });
      await store.close();
    } finally {
      await small.stop('immediate');
      execFileSync('umount', [directory]);
      await small.remove();
    }
  });
});

/** Ends the sessions of a user; resolves when they are gone and the clients in this process have read so. */
async function endSessions(server: PostgresServer, user: string): Promise<void> {
  const ended = await server.query(
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${user}'`,
  );
  const pids = ended.map((row) => row.split('|')[0]).join();
  await until(
    async () => (await server.query(`SELECT 1 FROM pg_stat_activity WHERE pid = ANY ('{${pids}}')`)).length === 0,
  );
  await nextTurn();
}

async function untilCommitted(commit: () => Promise<{ readonly committed: boolean }>): Promise<void> {
  while (!(await commit().catch(() => ({ committed: false }))).committed) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function message(kind: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(kind), int(body.length + 4), body]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
