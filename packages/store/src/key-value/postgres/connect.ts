/**
 * Opens a connection to the one host of a cluster that accepts writes, and refuses a server on which an acknowledged
 * commit could be lost. Leaves out trying again (`connection-pool.ts`).
 */
import { nodeFileSystem } from '../../file-system/node-file-system.js';
import { type ConnectionSettings, type DatabaseHost, tlsOptions } from './connection-settings.js';
import { type DatabaseClient, DatabaseConnection } from './database-connection.js';
import { becauseOf, CannotConnect, codeOf, textOf } from './database-failure.js';

/** How to connect. Times in ms. */
export interface ConnectOptions {
  readonly settings: ConnectionSettings;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Also use a server that may lose acknowledged commits. */
  readonly allowsDataLoss: boolean;
}

const SERVER_VERSION_MIN = 140_000;

/** How much later than the server this side gives up on a statement: the server's answer says more. */
const ANSWER_GRACE_MS = 5000;

/** Also waits of a TCP connection whose other side is gone end some time. */
const KEEP_ALIVE_MS = 10_000;

/**
 * What every session is told. All statements find their rows by an index; the planner must not think otherwise when it
 * does not know the size of a table yet.
 */
const SESSION = [
  `SET default_transaction_isolation = 'read committed'`,
  `SET bytea_output = 'hex'`,
  'SET idle_in_transaction_session_timeout = 0',
  'SET lock_timeout = 0',
  'SET jit = off',
  'SET enable_seqscan = off',
  'SET enable_bitmapscan = off',
  'SET enable_hashjoin = off',
  'SET enable_mergejoin = off',
  `SET plan_cache_mode = 'force_generic_plan'`,
  `SET client_min_messages = 'warning'`,
];

const FACTS = `SELECT current_setting('server_version_num'), current_setting('server_version'), pg_is_in_recovery(),
  current_setting('transaction_read_only'), current_setting('fsync'), current_setting('full_page_writes'),
  current_setting('synchronous_commit'), extract(epoch FROM clock_timestamp()) * 1000`;

/**
 * Tries the hosts in their order.
 * @throws {CannotConnect} None can be used; the message says why, of each.
 */
export async function connect(options: ConnectOptions): Promise<DatabaseConnection> {
  const failures: { readonly host: DatabaseHost; readonly error: unknown }[] = [];
  for (const host of options.settings.hosts) {
    try {
      return await connectTo(host, options);
    } catch (error) {
      failures.push({ host, error });
    }
  }
  const reasons = failures.map(({ host, error }) => `${host.host}:${host.port}: ${textOf(error)}`);
  // A host that answers says more than one that does not.
  const telling = failures.find(({ error }) => becauseOfHost(error) !== 'unreachable') ?? failures[0];
  throw new CannotConnect(
    becauseOfHost(telling?.error),
    `Cannot use the database "${options.settings.database}" as user "${options.settings.user}": ${reasons.join('; ')}`,
    telling?.error,
  );
}

async function connectTo({ host, port }: DatabaseHost, options: ConnectOptions): Promise<DatabaseConnection> {
  const { settings, connectTimeoutMs, statementTimeoutMs } = options;
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host,
    port,
    user: settings.user,
    // An empty text: `pg` must not take one of its own from the environment.
    ...(settings.password !== undefined && { password: settings.password }),
    database: settings.database,
    ssl: tlsOptions(settings, await readTlsFiles(settings)),
    application_name: settings.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  }) as DatabaseClient;
  // Before the connection has its own: an error without a listener would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
  const setup = new DatabaseConnection(client, connectTimeoutMs, 0);
  try {
    const [facts = []] = await setup.run({ text: FACTS, values: [] });
    verifyServer(facts, options.allowsDataLoss);
    const timeout = `SET statement_timeout = ${statementTimeoutMs}`;
    await setup.run({ text: [...SESSION, timeout].join('; '), values: [] });
    const clockOffsetMs = Number(facts[7]) - performance.now();
    return new DatabaseConnection(client, statementTimeoutMs + ANSWER_GRACE_MS, clockOffsetMs);
  } catch (error) {
    setup.drop();
    throw error;
  }
}

/** A server that answers, and must not be used. */
class UnfitServer extends Error {
  readonly isReadOnly: boolean;

  constructor(message: string, isReadOnly: boolean) {
    super(message);
    this.name = 'UnfitServer';
    this.isReadOnly = isReadOnly;
  }
}

function verifyServer(facts: readonly (string | null)[], allowsDataLoss: boolean): void {
  const [versionNumber, version, isStandby, isReadOnly, fsync, fullPageWrites, synchronousCommit] = facts;
  if (!(Number(versionNumber) >= SERVER_VERSION_MIN)) {
    throw new UnfitServer(`it is PostgreSQL ${version}: wanted 14 or newer`, false);
  }
  if (isStandby !== 'f') throw new UnfitServer('it is a standby, which accepts no writes', true);
  if (isReadOnly !== 'off') {
    throw new UnfitServer('it accepts no writes: default_transaction_read_only is on', true);
  }
  if (allowsDataLoss) return;
  const settings = { fsync, full_page_writes: fullPageWrites, synchronous_commit: synchronousCommit };
  const off = Object.entries(settings).filter(([, value]) => value === 'off');
  if (off.length === 0) return;
  const names = off.map(([name]) => name).join(' and ');
  throw new UnfitServer(
    `${names} ${off.length > 1 ? 'are' : 'is'} off, so acknowledged commits can be lost: wanted on (allow-data-loss=yes in the URL ` +
      'permits it where data may be lost)',
    false,
  );
}

function becauseOfHost(error: unknown): CannotConnect['because'] {
  if (error instanceof UnfitServer) return error.isReadOnly ? 'read-only' : 'input-output';
  const because = becauseOf(error);
  // 28..., 3D000: the server answers, and refuses this user or database.
  const isRefusal = /^(?:28|3D)/.test(codeOf(error) ?? '');
  return because === 'input-output' && !isRefusal ? 'unreachable' : because;
}

async function readTlsFiles({ tls, tlsFiles }: ConnectionSettings): Promise<ConnectionSettings['tlsFiles']> {
  if (tls === 'disable') return {};
  const files: { ca?: string; certificate?: string; key?: string } = {};
  if (tlsFiles.ca !== undefined) files.ca = await readText(tlsFiles.ca);
  if (tlsFiles.certificate !== undefined) files.certificate = await readText(tlsFiles.certificate);
  if (tlsFiles.key !== undefined) files.key = await readText(tlsFiles.key);
  return files;
}

async function readText(path: string): Promise<string> {
  const file = await nodeFileSystem.openFile(path);
  try {
    const { lengthBytes } = await file.status();
    const bytes = Buffer.alloc(lengthBytes);
    return bytes.toString('utf8', 0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}
