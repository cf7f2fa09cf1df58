/**
 * What the trial of a database says, and TLS with a private authority. On a server of the test's own, whose certificate
 * the test makes with the program `openssl`.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlaceFinding } from '../../contract/place-finding.js';
import { checkDatabasePlace, type DatabasePlace } from './check-database-place.js';
import { openPostgresKeyValueStore } from './open.js';
import { type PostgresServer, postgresIsMissing, startPostgres, startStandby } from './postgres-server-fixture.js';

async function findingsOf(place: DatabasePlace): Promise<readonly PlaceFinding[]> {
  const findings: PlaceFinding[] = [];
  for await (const finding of checkDatabasePlace({ environment: {}, ...place })) findings.push(finding);
  return findings;
}

/** A clock that goes on by so much whenever somebody looks: the machine and its disk have no say. */
function ticking(stepMs: number): () => number {
  let nowMs = 0;
  return () => {
    nowMs += stepMs;
    return nowMs;
  };
}

const named = (findings: readonly PlaceFinding[], step: string) => findings.find((finding) => finding.step === step);
const problems = (findings: readonly PlaceFinding[]) => findings.filter(({ state }) => state !== 'ok');

describe.skipIf(postgresIsMissing())('checkDatabasePlace', () => {
  let server: PostgresServer;
  const urlOf = (user: string) => `postgres://${user}@127.0.0.1:${server.port}/postgres`;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => server?.remove());

  it('finds a good database good, measures it, and leaves nothing', async () => {
    const findings = await findingsOf({ url: server.url, nowMs: ticking(20) });
    expect(findings.map(({ step }) => step)).toEqual([
      ...['database', 'version', 'encryption', 'rights', 'durability', 'standbys', 'round trip', 'commit'],
      ...['database clock', 'isolation', 'connections'],
    ]);
    expect(problems(findings)).toEqual([expect.objectContaining({ step: 'standbys', state: 'warning' })]);
    for (const step of ['round trip', 'commit']) {
      expect(named(findings, step)?.figures).toEqual({ medianMs: 20, slowestMs: 20 });
    }
    expect(Math.abs(named(findings, 'database clock')?.figures?.clockOffsetMs ?? Number.NaN)).toBeLessThan(60_000);
    expect(await server.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'annals'`)).toEqual([]);
  });

  it('warns of a database that answers slowly', async () => {
    const slow = problems(await findingsOf({ url: server.url, nowMs: ticking(21) }));
    expect(slow.map(({ step, state }) => `${step}: ${state}`)).toEqual([
      ...['standbys: warning', 'round trip: warning', 'commit: warning'],
    ]);
  });

  it('says what settings can lose commits, and warns only where that is allowed', async () => {
    await server.query('CREATE ROLE careless LOGIN SUPERUSER; ALTER ROLE careless SET synchronous_commit = off');
    const failed = (await findingsOf({ url: urlOf('careless') })).at(-1);
    expect(failed).toMatchObject({
      step: 'durability',
      state: 'failed',
      remedy: expect.stringMatching(/synchronous_commit on/),
    });
    const allowed = await findingsOf({ url: urlOf('careless'), allowsDataLoss: true });
    expect(named(allowed, 'durability')).toMatchObject({ state: 'warning' });
    expect(named(allowed, 'connections')).toMatchObject({ state: 'ok' });
  });

  it('says which rights are missing, and how to give them', async () => {
    await server.query('CREATE ROLE stranger LOGIN');
    const first = (await findingsOf({ url: urlOf('stranger') })).at(-1);
    expect(first).toMatchObject({
      step: 'rights',
      state: 'failed',
      detail: expect.stringMatching(/may not make the schema/),
    });
    await (await openPostgresKeyValueStore({ url: server.url, schema: 'theirs' })).close();
    const none = (await findingsOf({ url: urlOf('stranger'), schema: 'theirs' })).at(-1);
    expect(none).toMatchObject({
      step: 'rights',
      state: 'failed',
      detail: expect.stringMatching(/USAGE on schema theirs/),
    });
    await server.query('GRANT USAGE ON SCHEMA theirs TO stranger; GRANT SELECT ON theirs.format TO stranger');
    const some = (await findingsOf({ url: urlOf('stranger'), schema: 'theirs' })).at(-1);
    expect(some?.detail).toMatch(/DELETE on theirs\.rows.*USAGE on sequence theirs\.versions/);
    await server.query(`
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA theirs TO stranger;
      GRANT USAGE ON SEQUENCE theirs.versions TO stranger`);
    expect(named(await findingsOf({ url: urlOf('stranger'), schema: 'theirs' }), 'rights')).toMatchObject({
      state: 'ok',
    });
    await server.query('UPDATE theirs.format SET version = 99');
    const newer = (await findingsOf({ url: server.url, schema: 'theirs' })).at(-1);
    expect(newer).toMatchObject({ step: 'rights', state: 'failed', detail: expect.stringMatching(/version 99/) });
  });

  it('compares the limit of connections with those of a gateway', async () => {
    await server.query('CREATE ROLE few LOGIN CONNECTION LIMIT 10; GRANT CREATE ON DATABASE postgres TO few');
    const failed = (await findingsOf({ url: urlOf('few') })).at(-1);
    expect(failed).toMatchObject({ step: 'connections', state: 'failed', figures: { limitCount: 10 } });
    const fits = (await findingsOf({ url: urlOf('few'), connectionCountMax: 8 })).at(-1);
    expect(fits).toMatchObject({ step: 'connections', state: 'ok' });
  });

  it.each([
    ['a port where nothing listens', () => 'postgres://u:my-secret@127.0.0.1:1/x', /ECONNREFUSED/, /listen_addresses/],
    ['a missing database', () => `${server.url}_missing`, /does not exist/, /createdb/],
    ['a missing user', () => urlOf('nobody:my-secret'), /role "nobody" does not exist/, /user and password/],
    ['TLS that is off', () => `${server.url}?sslmode=require`, /does not support SSL/, /ssl = on/],
    ['a missing file', () => `${server.url}?sslmode=verify-ca&sslrootcert=/none.pem`, /ENOENT/, /sslrootcert/],
  ])('says what to mend: %s', async (_name, url, detail, remedy) => {
    const [finding, ...others] = await findingsOf({ url: url() });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ step: 'database', state: 'failed', detail: expect.stringMatching(detail) });
    expect(finding?.remedy).toMatch(remedy);
    expect(JSON.stringify(finding)).not.toContain('my-secret');
  });

  it('tells a synchronous standby, a missing one, and a standby itself', async () => {
    const standby = await startStandby(server, 'one');
    try {
      const own = await findingsOf({ url: standby.url });
      expect(own).toMatchObject([
        { step: 'database', state: 'failed', remedy: expect.stringMatching(/Name the primary/) },
      ]);
      await server.query(`ALTER SYSTEM SET synchronous_standby_names = 'one'`);
      await server.query('SELECT pg_reload_conf()');
      await expect
        .poll(async () => named(await findingsOf({ url: server.url }), 'standbys'), { timeout: 60_000 })
        .toMatchObject({
          state: 'ok',
          figures: { synchronousCount: 1, connectedCount: 1 },
        });
      await standby.stop('immediate');
      await expect
        .poll(async () => (await findingsOf({ url: server.url })).at(-1), { timeout: 60_000 })
        .toMatchObject({
          step: 'standbys',
          state: 'failed',
          remedy: expect.stringMatching(/Start the standby/),
        });
    } finally {
      await server.query('ALTER SYSTEM RESET synchronous_standby_names');
      await server.query('SELECT pg_reload_conf()');
      await standby.remove();
    }
  });
});

describe.skipIf(postgresIsMissing())('TLS with a private authority', () => {
  let server: PostgresServer;
  let authority: string;
  let stranger: string;
  const urlOf = (parameters: string, host = 'localhost') =>
    `postgres://postgres@${host}:${server.port}/postgres?${parameters}`;

  beforeAll(async () => {
    server = await startPostgres();
    authority = makeAuthority(server.directory, 'authority');
    stranger = makeAuthority(server.directory, 'stranger');
    makeServerCertificate(server.directory, 'authority', 'localhost');
    await server.query('ALTER SYSTEM SET ssl = on');
    await server.stop();
    await server.start();
  });

  afterAll(async () => server?.remove());

  it('is verified with the right certificate, and commits go over it', async () => {
    const url = urlOf(`sslmode=verify-full&sslrootcert=${authority}`);
    const findings = await findingsOf({ url });
    expect(named(findings, 'encryption')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^TLSv1\.\d, .*verify-full/),
    });
    const store = await openPostgresKeyValueStore({ url, environment: {} });
    const key = Buffer.from('k');
    await store.commit({ puts: [{ key, value: Buffer.from('v') }] });
    expect(Buffer.from((await store.get(key))?.value ?? []).toString()).toBe('v');
    const sessions = `SELECT count(*), bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'annals'`;
    expect((await server.query(sessions))[0]).toMatch(/^[1-9]\d*\|t$/);
    await store.close();
    const plain = `${url}&sslmode=disable`.replace('sslmode=verify-full&', '');
    expect(named(await findingsOf({ url: plain }), 'encryption')).toMatchObject({
      detail: expect.stringMatching(/^none/),
    });
  });

  it.each([
    ['no certificate of the authority', () => urlOf('sslmode=verify-full'), /certificate/, /sslrootcert/],
    [
      'that of another authority',
      () => urlOf(`sslmode=verify-full&sslrootcert=${stranger}`),
      /certificate/,
      /sslrootcert/,
    ],
    [
      'another name of the server',
      () => urlOf(`sslmode=verify-full&sslrootcert=${authority}`, '127.0.0.1'),
      /does not match certificate|not in the cert/,
      /another name/,
    ],
  ])('fails clearly with %s', async (_name, url, detail, remedy) => {
    const [finding] = await findingsOf({ url: url() });
    expect(finding).toMatchObject({ step: 'database', state: 'failed', detail: expect.stringMatching(detail) });
    expect(finding?.remedy).toMatch(remedy);
    await expect(openPostgresKeyValueStore({ url: url(), environment: {}, patienceMs: 0 })).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringMatching(detail) }),
    });
  });

  it('is not asked whose it is with require, nor its name with verify-ca', async () => {
    for (const parameters of ['sslmode=require', `sslmode=verify-ca&sslrootcert=${authority}`]) {
      expect(named(await findingsOf({ url: urlOf(parameters, '127.0.0.1') }), 'database')).toMatchObject({
        state: 'ok',
      });
    }
  });
});

const OPENSSL = 'openssl';
const openssl = (directory: string, ...words: readonly string[]) =>
  execFileSync(OPENSSL, [...words], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });

/** @returns The file of its certificate. */
function makeAuthority(directory: string, name: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
  openssl(directory, 'req', '-x509', ...key, '-out', `${name}.crt`, '-days', '2', '-subj', `/CN=Test ${name}`);
  return join(directory, `${name}.crt`);
}

/** Puts a certificate that the authority has signed where the server looks for it. */
function makeServerCertificate(directory: string, authority: string, host: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'data/server.key'];
  openssl(directory, 'req', ...key, '-out', 'server.csr', '-subj', `/CN=${host}`);
  writeFileSync(join(directory, 'server.ext'), `subjectAltName=DNS:${host}\n`);
  const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  const ends = ['-out', 'data/server.crt', '-days', '2', '-extfile', 'server.ext'];
  openssl(directory, 'x509', '-req', '-in', 'server.csr', ...signer, ...ends);
  const { uid, gid } = statSync(directory);
  for (const name of ['server.key', 'server.crt']) chownSync(join(directory, 'data', name), uid, gid);
  chmodSync(join(directory, 'data', 'server.key'), 0o600);
}
