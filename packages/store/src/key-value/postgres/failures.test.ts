/**
 * The engine `postgres` from outside, while its database fails: sessions that are killed, servers that crash, a standby
 * that takes over, connections that break at the worst moments. On servers of the test's own.
 */
import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { LockNumbers } from './lock-number.js';
import { openPostgresKeyValueStore } from './open.js';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
  startStandby,
  waitForStandby,
} from './postgres-server-fixture.js';
import { RacingWriters } from './racing-writers-fixture.js';

const text = (value: string): Uint8Array => Buffer.from(value);

function isUnavailable(because: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof EngineFailure && error.reason.kind === 'unavailable' && error.reason.because === because;
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

describe.skipIf(postgresIsMissing())('metadata in PostgreSQL, through failures', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => server?.remove());

  it('nothing is lost, doubled or answered wrongly while sessions are killed', async () => {
    const schema = 'killed_sessions';
    const stores = await openTwo({ url: server.url, schema });
    const writers = new RacingWriters(stores);
    writers.start(8);
    let killedCount = 0;
    while (killedCount < 60) {
      await writers.more(5);
      const killed = await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'annals' ` +
          'AND random() < 0.3',
      );
      killedCount += killed.length;
    }
    await writers.more(20);
    await writers.end(stores[0]);
    expect(writers.unknownCount).toBe(0);
    await closeAll(stores);
  });

  it('nothing is lost, doubled or answered wrongly while the server crashes', async () => {
    const stores = await openTwo({ url: server.url, schema: 'crashes' });
    const writers = new RacingWriters(stores);
    writers.start(8);
    for (let crash = 0; crash < 3; crash += 1) {
      await writers.more(50);
      await server.stop('immediate');
      await server.start();
    }
    await writers.more(50);
    await writers.end(stores[0]);
    expect(writers.unknownCount).toBe(0);
    await closeAll(stores);
  });

  it('nothing is lost, doubled or answered wrongly when a synchronous standby takes over', async () => {
    const primary = await startPostgres();
    const standby = await startStandby(primary, 'second');
    try {
      await waitForStandby(primary, 'second');
      const url = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`;
      const stores = await openTwo({ url, schema: 'failover' });
      const writers = new RacingWriters(stores);
      writers.start(8);
      await writers.more(100);
      await primary.stop('immediate');
      await standby.promote();
      await writers.more(100);
      await writers.end(stores[1]);
      await closeAll(stores);
    } finally {
      await standby.remove();
      await primary.remove();
    }
  });

  it('a commit whose connection breaks before it took effect is made once', async () => {
    const schema = 'broken_before';
    const proxy = await startProxy(server.port);
    const store = await openPostgresKeyValueStore({ url: proxy.url, schema });
    const key = text('k');
    const lock = new LockNumbers(schema).of(key);
    const holder = await holdLock(server, `SELECT pg_advisory_lock(${lock})`);
    const outcome = store.commit({ puts: [{ key, value: text('v') }], sums: [{ key: text('n'), delta: 1n }] });
    await waitUntil(async () => (await waitingCount(server)) === 1);
    proxy.cut();
    // The engine has connected again, prevented the first transaction, and waits with the second.
    await waitUntil(async () => (await waitingCount(server)) === 2);
    await holder.release();
    assert.equal((await outcome).committed, true);
    await waitUntil(async () => (await waitingCount(server)) === 0);
    assert.equal(Buffer.from((await store.get(text('n')))?.value ?? []).readBigInt64LE(), 1n);
    await store.close();
    await proxy.close();
  });

  it('a commit whose connection breaks after it took effect is not made again, and is answered with its version', async () => {
    const schema = 'broken_after';
    const proxy = await startProxy(server.port);
    const store = await openPostgresKeyValueStore({ url: proxy.url, schema });
    // The transaction waits at its very end, its mark is written.
    await server.query(
      `CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS ` +
        `'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END'; CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON ` +
        `${schema}.marks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${schema}.wait()`,
    );
    const holder = await holdLock(server, 'SELECT pg_advisory_lock(42)');
    const key = text('k');
    const outcomes = Promise.all([
      store.commit({ checks: [{ key, version: undefined }], puts: [{ key, value: text('v') }] }),
      store.commit({ checks: [{ key, version: undefined }], puts: [{ key, value: text('w') }] }),
    ]);
    await waitUntil(async () => (await waitingCount(server)) === 1);
    proxy.cut();
    await waitUntil(async () => (await waitingCount(server)) === 2);
    await holder.release();
    const [first, second] = await outcomes;
    const entry = await store.get(key);
    assert.deepEqual(first, { committed: true, version: entry?.version });
    assert.deepEqual(second, { committed: false });
    assert.equal(Buffer.from(entry?.value ?? []).toString(), 'v');
    await store.close();
    await proxy.close();
  });

  it('while the database is away calls fail as unreachable, an old commit as unknown, and all works again by itself', async () => {
    const schema = 'away';
    const options = { url: server.url, schema, patienceMs: 300, resolveTimeoutMs: 300 };
    const store = await openPostgresKeyValueStore(options);
    const key = text('k');
    await store.commit({ puts: [{ key, value: text('1') }] });
    const holder = await holdLock(server, `SELECT pg_advisory_lock(${new LockNumbers(schema).of(key)})`);
    const underWay = store.commit({ puts: [{ key, value: text('2') }] });
    const told = assert.rejects(underWay, isUnavailable('outcome-unknown'));
    await waitUntil(async () => (await waitingCount(server)) === 1);
    await server.stop('immediate');
    await told;
    await holder.release();
    await assert.rejects(store.commit({ puts: [{ key, value: text('3') }] }), isUnavailable('unreachable'));
    await assert.rejects(store.get(key), isUnavailable('unreachable'));
    await assert.rejects(store.snapshot(), isUnavailable('unreachable'));
    await server.start();
    await waitUntil(async () => {
      const entry = await store.get(key).catch(() => undefined);
      return entry !== undefined && Buffer.from(entry.value).toString() === '1';
    });
    assert.equal((await store.commit({ puts: [{ key, value: text('4') }] })).committed, true);
    await store.close();
  });

  it('a commit waits for no stranger, and no session is left behind', async () => {
    const schema = 'strangers';
    const store = await openPostgresKeyValueStore({ url: server.url, schema });
    const holder = await holdLock(server, `SELECT pg_advisory_lock(${new LockNumbers(schema).of(text('slow'))})`);
    const slow = store.commit({ puts: [{ key: text('slow'), value: text('v') }] });
    await waitUntil(async () => (await waitingCount(server)) === 1);
    for (let index = 0; index < 20; index += 1) {
      assert.ok((await store.commit({ puts: [{ key: text(`quick ${index}`), value: text('v') }] })).committed);
    }
    await holder.release();
    assert.ok((await slow).committed);
    await store.close();
    await waitUntil(async () => {
      const [count] = await server.query(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'annals'`);
      return count === '0';
    });
  });
});

async function openTwo(options: {
  readonly url: string;
  readonly schema: string;
}): Promise<readonly [KeyValueStore, KeyValueStore]> {
  return [
    await openPostgresKeyValueStore({ ...options, patienceMs: 120_000, resolveTimeoutMs: 120_000 }),
    await openPostgresKeyValueStore({ ...options, patienceMs: 120_000, resolveTimeoutMs: 120_000 }),
  ];
}

async function closeAll(stores: readonly KeyValueStore[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()));
}

/** Sessions that wait for an advisory lock or for the end of a transaction. */
async function waitingCount(server: PostgresServer): Promise<number> {
  const [count] = await server.query(`SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
  return Number(count);
}

/** Takes a lock in a session of its own. */
async function holdLock(server: PostgresServer, statement: string): Promise<{ release(): Promise<void> }> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(statement);
  return { release: () => client.end() };
}

interface Proxy {
  readonly url: string;
  /** Breaks all connections of clients; the server does not hear of it before it answers. */
  cut(): void;
  close(): Promise<void>;
}

async function startProxy(port: number): Promise<Proxy> {
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  const proxy: Server = createServer((client) => {
    const target = connect(port, '127.0.0.1');
    clients.add(client);
    servers.add(target);
    client.on('error', () => undefined).on('data', (bytes) => target.write(bytes));
    target.on('error', () => undefined).on('data', (bytes) => client.write(bytes));
    target.on('close', () => client.destroy());
    client.on('end', () => target.end());
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const address = proxy.address();
  return {
    url: `postgres://postgres@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/postgres`,
    cut() {
      for (const client of clients) client.destroy();
      clients.clear();
    },
    async close() {
      for (const socket of [...clients, ...servers]) socket.destroy();
      await new Promise((resolve) => {
        proxy.close(resolve);
      });
    },
  };
}
