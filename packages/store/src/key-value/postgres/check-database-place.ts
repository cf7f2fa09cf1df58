/**
 * Tries and measures everything that the engine needs of a database, and judges what it finds. Makes no table and
 * leaves nothing. Leaves out what rows say (the caller's), and what the settings of the server do not tell: whether its
 * disk keeps what it syncs.
 */
import type { PlaceFinding } from '../../contract/place-finding.js';
import { connect } from './connect.js';
import { connectionSettings, type Environment, isOnThisMachine } from './connection-settings.js';
import { CLOCK_OFFSET_MS_MAX } from './database-clock.js';
import type { DatabaseConnection } from './database-connection.js';
import { codeOf, textOf } from './database-failure.js';
import { SCHEMA_VERSION } from './schema-statements.js';

/** What to examine; the rest as for opening. */
export interface DatabasePlace {
  readonly url: string;
  readonly environment?: Environment;
  readonly schema?: string;
  readonly connectTimeoutMs?: number;
  readonly connectionCountMax?: number;
  readonly allowsDataLoss?: boolean;
  /** Clock that measures how long answers take, in milliseconds; a test has its own. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

interface Judgement {
  readonly detail: string;
  readonly state?: 'warning' | 'failed';
  readonly remedy?: string;
  readonly figures?: Readonly<Record<string, number>>;
}

/** Columns of one row, by name. */
type Facts = Readonly<Record<string, string | null>>;

const SAMPLE_COUNT = 25;
const STATEMENT_TIMEOUT_MS = 30_000;
const LATENCY_MS_WARNED = 20;
const SKEW_MS_WARNED = 60_000;
const TABLES = ['rows', 'deltas', 'marks', 'format'];

/** By SQLSTATE or code of Node; the first that fits the beginning of the code. */
const REMEDIES: readonly (readonly [code: string, remedy: string])[] = [
  ['28', 'Compare user and password with those of the database, and look at its pg_hba.conf.'],
  ['3D000', 'Make the database (createdb), or correct its name.'],
  ['53300', 'Raise max_connections of the database or the limit of the user, or stop what holds connections.'],
  ['57P03', 'The database is starting or stopping: try again.'],
  ['ECONNREFUSED', 'Does the database run, does it listen there (listen_addresses), and are host and port right?'],
  ['ENOTFOUND', 'There is no such host: correct its name.'],
  ['EAI_AGAIN', 'The name of the host cannot be looked up now.'],
  ['ERR_TLS_CERT_ALTNAME', 'The certificate is of another name: use the name that it has, or get one for this name.'],
  ['UNABLE_TO_', 'Name the certificate of its authority with sslrootcert in the URL.'],
  ['SELF_SIGNED_', 'Name the certificate of its authority with sslrootcert in the URL.'],
  ['DEPTH_ZERO_', 'Name the certificate of its authority with sslrootcert in the URL.'],
  ['CERT_HAS_EXPIRED', 'Renew the certificate of the database.'],
  ['ENOENT', 'Correct the name of the file in sslrootcert, sslcert or sslkey.'],
];

/**
 * Runs the steps one by one, and ends after the first that failed.
 * @throws {RangeError} The URL is wrong; the message holds no password.
 */
export async function* checkDatabasePlace(place: DatabasePlace): AsyncGenerator<PlaceFinding, void, undefined> {
  const settings = connectionSettings(place.url, place.environment ?? process.env);
  let connection: DatabaseConnection;
  const startedAtMs = performance.now();
  try {
    connection = await connect({
      settings,
      connectTimeoutMs: place.connectTimeoutMs ?? 5000,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      // A step of its own judges that.
      allowsDataLoss: true,
    });
  } catch (error) {
    yield { step: 'database', state: 'failed', detail: textOf(error), remedy: remedyOf(error) };
    return;
  }
  const connectMs = performance.now() - startedAtMs;
  const detail = `connected to "${settings.database}" as "${settings.user}" in ${connectMs.toFixed(0)} ms`;
  yield { step: 'database', state: 'ok', detail, figures: { connectMs } };
  const trial = new Trial(connection, place, settings.tls, settings.hosts.every(isOnThisMachine));
  try {
    for (const [step, work] of trial.steps()) {
      const finding = await tryStep(step, work);
      yield finding;
      if (finding.state === 'failed') return;
    }
  } finally {
    await connection.close();
  }
}

async function tryStep(step: string, work: () => Promise<Judgement>): Promise<PlaceFinding> {
  try {
    return { step, state: 'ok', ...(await work()) };
  } catch (error) {
    return { step, state: 'failed', detail: textOf(error), remedy: remedyOf(error) };
  }
}

/** The cause, where the error is one of connecting. */
function remedyOf(error: unknown): string {
  const text = textOf(error);
  if (/wanted 14 or newer/.test(text)) return 'Upgrade the database.';
  if (/accepts no writes/.test(text)) return 'Name the primary, or all hosts of the cluster with commas between them.';
  if (/does not support SSL/.test(text)) return 'Turn TLS on in the database (ssl = on); sslmode=disable goes without.';
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const code = codeOf(one) ?? (one instanceof AggregateError ? codeOf(one.errors[0]) : undefined) ?? '';
    const known = REMEDIES.find(([start]) => code.startsWith(start));
    if (known !== undefined) return known[1];
  }
  return 'Does the database run, does a firewall let this machine reach it, and what does its log say?';
}

class Trial {
  readonly #connection: DatabaseConnection;
  readonly #place: DatabasePlace;
  readonly #tlsMode: string;
  readonly #isLocal: boolean;

  constructor(connection: DatabaseConnection, place: DatabasePlace, tlsMode: string, isLocal: boolean) {
    this.#connection = connection;
    this.#place = place;
    this.#tlsMode = tlsMode;
    this.#isLocal = isLocal;
  }

  steps(): readonly (readonly [name: string, work: () => Promise<Judgement>])[] {
    return [
      ['version', () => this.#judgeVersion()],
      ['encryption', () => this.#judgeEncryption()],
      ['rights', () => this.#judgeRights()],
      ['durability', () => this.#judgeDurability()],
      ['standbys', () => this.#judgeStandbys()],
      ['round trip', () => this.#measureRoundTrip()],
      ['commit', () => this.#measureCommit()],
      ['database clock', () => this.#compareClocks()],
      ['isolation', () => this.#judgeIsolation()],
      ['connections', () => this.#countConnections()],
    ];
  }

  async #judgeVersion(): Promise<Judgement> {
    const { version } = await this.#ask(`current_setting('server_version') AS version`);
    return { detail: `PostgreSQL ${version}` };
  }

  async #judgeEncryption(): Promise<Judgement> {
    const { ssl, version, cipher } = await this.#ask(
      'ssl::text, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    if (ssl !== 'true') {
      if (this.#isLocal) return { detail: 'none: the bytes do not leave this machine' };
      const remedy = 'Turn TLS on in the database, and leave sslmode out of the URL.';
      return { state: 'warning', detail: 'none, so passwords and data can be read on the way', remedy };
    }
    const detail = `${version}, ${cipher}, sslmode=${this.#tlsMode}`;
    if (this.#tlsMode === 'verify-full' || this.#isLocal) return { detail };
    const remedy = 'Use sslmode=verify-full, with sslrootcert where the authority is your own.';
    return { state: 'warning', detail: `${detail}: whose server it is is not verified`, remedy };
  }

  async #judgeRights(): Promise<Judgement> {
    const { schema = 'annals' } = this.#place;
    const { user, database, is_there, may_make, may_use, may_create } = await this.#ask(
      `current_user AS user, current_database() AS database, (to_regnamespace($1::text) IS NOT NULL)::text AS is_there,
        has_database_privilege(current_database(), 'CREATE')::text AS may_make,
        coalesce(has_schema_privilege(to_regnamespace($1::text)::oid, 'USAGE'), false)::text AS may_use,
        coalesce(has_schema_privilege(to_regnamespace($1::text)::oid, 'CREATE'), false)::text AS may_create`,
      [schema],
    );
    if (is_there !== 'true') {
      if (may_make === 'true') return { detail: `the schema "${schema}" is made at the first start` };
      const remedy = `GRANT CREATE ON DATABASE "${database}" TO "${user}", or CREATE SCHEMA ${schema} AUTHORIZATION "${user}".`;
      return { state: 'failed', detail: `"${user}" may not make the schema "${schema}"`, remedy };
    }
    const remedy = `GRANT them to "${user}", or let the owner of the tables be the user of the gateways.`;
    const lacks = (rights: readonly string[]): Judgement => {
      return { state: 'failed', detail: `"${user}" lacks ${rights.join(', ')}`, remedy };
    };
    if (may_use !== 'true') return lacks([`USAGE on schema ${schema}`]);
    const { has_tables } = await this.#ask(`(to_regclass($1::text) IS NOT NULL)::text AS has_tables`, [
      `${schema}.format`,
    ]);
    if (has_tables !== 'true' && may_create !== 'true') return lacks([`CREATE on schema ${schema}`]);
    const missing = has_tables === 'true' ? await this.#missingTableRights(schema) : [];
    if (missing.length > 0) return lacks(missing);
    const detail = `"${user}" may use the schema "${schema}"`;
    if (has_tables !== 'true') return { detail };
    return { detail: `${detail} and its tables`, figures: { tableVersion: SCHEMA_VERSION } };
  }

  async #missingTableRights(schema: string): Promise<readonly string[]> {
    const version = await this.#ask(`version::text FROM ${schema}.format`);
    if (Number(version.version) > SCHEMA_VERSION) {
      throw new Error(
        `the tables have version ${version.version}, this program knows ${SCHEMA_VERSION}: use a newer one`,
      );
    }
    const missing: string[] = [];
    for (const table of TABLES) {
      const { may } = await this.#ask(
        `(has_table_privilege($1::text, 'SELECT') AND has_table_privilege($1::text, 'INSERT') AND has_table_privilege($1::text, 'UPDATE')
          AND has_table_privilege($1::text, 'DELETE'))::text AS may`,
        [`${schema}.${table}`],
      );
      if (may !== 'true') missing.push(`SELECT, INSERT, UPDATE, DELETE on ${schema}.${table}`);
    }
    const { may } = await this.#ask(`has_sequence_privilege($1::text, 'USAGE')::text AS may`, [`${schema}.versions`]);
    if (may !== 'true') missing.push(`USAGE on sequence ${schema}.versions`);
    return missing;
  }

  async #judgeDurability(): Promise<Judgement> {
    const facts = await this.#ask(
      `current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit`,
    );
    const off = Object.entries(facts).filter(([, value]) => value === 'off');
    const detail = Object.entries(facts)
      .map(([name, value]) => `${name} is ${value}`)
      .join(', ');
    if (off.length === 0) return { detail };
    const names = off.map(([name]) => name).join(' and ');
    const remedy = `Turn ${names} on: what was acknowledged can be lost with a crash of the database or its machine.`;
    return { state: this.#place.allowsDataLoss === true ? 'warning' : 'failed', detail, remedy };
  }

  async #judgeStandbys(): Promise<Judgement> {
    const { names, mode, connected, synchronous } = await this.#ask(
      `current_setting('synchronous_standby_names') AS names, current_setting('synchronous_commit') AS mode,
        (SELECT count(*) FROM pg_stat_replication)::text AS connected,
        (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))::text AS synchronous`,
    );
    const figures = { connectedCount: Number(connected), synchronousCount: Number(synchronous) };
    if (names === '') {
      const remedy = 'Have a synchronous standby, or take the loss of the last commits with the machine into account.';
      const detail = `none is synchronous (${connected} connected): a commit lies on one machine`;
      return { state: 'warning', detail, remedy, figures };
    }
    const detail = `synchronous_standby_names is "${names}": ${synchronous} synchronous, ${connected} connected`;
    if (mode === 'local') {
      return {
        state: 'warning',
        detail: `${detail}; commits wait for none`,
        remedy: 'Set synchronous_commit = on.',
        figures,
      };
    }
    if (mode === 'remote_write') {
      const remedy = 'Set synchronous_commit = on: the standby is asked for a sync then.';
      return { state: 'warning', detail: `${detail}; commits wait for its memory, not for its disk`, remedy, figures };
    }
    if (connected !== '0') return { detail, figures };
    const remedy = 'Start the standby: without it no commit ends.';
    return { state: 'failed', detail: `${detail}; commits wait for ever`, remedy, figures };
  }

  async #measureRoundTrip(): Promise<Judgement> {
    const taken = await this.#measure({ name: 'annals-trip', text: 'SELECT 1', values: [] });
    return latency('a round trip takes', taken, 'Each append waits for one: let the gateways be near the database.');
  }

  /** A message in the log of the database has the cost of a commit, and leaves nothing. */
  async #measureCommit(): Promise<Judgement> {
    const text = `SELECT pg_logical_emit_message(true, 'annals', 'storage check')`;
    const taken = await this.#measure({ name: 'annals-sync', text, values: [] });
    return latency(
      'a durable commit takes',
      taken,
      'Each append waits for one: use faster disks, or a nearer standby.',
    );
  }

  /** @returns Milliseconds of each run; one before them does not count. */
  async #measure(statement: Parameters<DatabaseConnection['run']>[0]): Promise<readonly number[]> {
    const nowMs = this.#place.nowMs ?? (() => performance.now());
    await this.#connection.run(statement);
    const taken: number[] = [];
    for (let index = 0; index < SAMPLE_COUNT; index += 1) {
      const startedAtMs = nowMs();
      await this.#connection.run(statement);
      taken.push(nowMs() - startedAtMs);
    }
    return taken;
  }

  async #compareClocks(): Promise<Judgement> {
    const offsets: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      const sentAtMs = Date.now();
      const { ms } = await this.#ask('(extract(epoch FROM clock_timestamp()) * 1000)::text AS ms');
      offsets.push(Number(ms) - (sentAtMs + Date.now()) / 2);
    }
    const clockOffsetMs = Math.round(medianOf(offsets));
    const figures = { clockOffsetMs };
    const side = clockOffsetMs > 0 ? 'behind' : 'ahead of';
    const detail = `this machine is ${(Math.abs(clockOffsetMs) / 1000).toFixed(3)} s ${side} the database`;
    if (Math.abs(clockOffsetMs) < SKEW_MS_WARNED) return { detail, figures };
    const remedy = `Set the clocks (NTP): gateways do nothing while they are ${CLOCK_OFFSET_MS_MAX / 60_000} minutes apart.`;
    return { state: Math.abs(clockOffsetMs) > CLOCK_OFFSET_MS_MAX ? 'failed' : 'warning', detail, remedy, figures };
  }

  async #judgeIsolation(): Promise<Judgement> {
    const { now, others, idle } = await this.#ask(
      `current_setting('transaction_isolation') AS now, current_setting('idle_in_transaction_session_timeout') AS idle,
        (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_isolation') AS others`,
    );
    if (now !== 'read committed' || idle !== '0') {
      const remedy = 'Connect to the database itself: a pooler in between must keep the settings of a session.';
      return { state: 'failed', detail: `what the engine sets does not hold: transactions are ${now}`, remedy };
    }
    return { detail: `read committed for the gateways (${others} for others)` };
  }

  async #countConnections(): Promise<Judgement> {
    const { connectionCountMax = 16 } = this.#place;
    const { limit, used } = await this.#ask(
      `(SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
          nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1))
          FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user)::text AS limit,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::text AS used`,
    );
    const figures = { limitCount: Number(limit), usedCount: Number(used), connectionCountMax };
    const detail = `${limit} for this user, ${used} in use, ${connectionCountMax} for each gateway at most`;
    if (figures.limitCount < connectionCountMax) {
      const remedy = 'Raise max_connections or the limit of the user, or lower connections in the URL (8 at least).';
      return { state: 'failed', detail, remedy, figures };
    }
    if (figures.limitCount - figures.usedCount + 1 >= connectionCountMax) return { detail, figures };
    const remedy = 'Another gateway may find none left: raise max_connections, or lower connections in the URL.';
    return { state: 'warning', detail, remedy, figures };
  }

  /** @param columns With names, as SQL. */
  async #ask(columns: string, values: readonly string[] = []): Promise<Facts> {
    const text = `SELECT e.key, e.value FROM (SELECT ${columns}) facts, json_each_text(row_to_json(facts)) e`;
    const rows = await this.#connection.run({ text, values });
    return Object.fromEntries(rows.map(([name, value]) => [name, value ?? null]));
  }
}

function latency(what: string, taken: readonly number[], remedy: string): Judgement {
  const medianMs = medianOf(taken);
  const slowestMs = Math.max(...taken);
  const detail = `${what} ${medianMs.toFixed(2)} ms, at most ${slowestMs.toFixed(1)} ms of ${taken.length} times`;
  const figures = { medianMs, slowestMs };
  return medianMs <= LATENCY_MS_WARNED ? { detail, figures } : { state: 'warning', detail, remedy, figures };
}

function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
