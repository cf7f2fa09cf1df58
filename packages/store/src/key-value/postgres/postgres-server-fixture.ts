/**
 * A PostgreSQL of the test's own, in a temporary folder and on a free port of the loopback address. The program does
 * not run as root: there it runs as the user `postgres`.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port-fixture.js';

const SERVER_FOLDERS = '/usr/lib/postgresql';

/** A server that is running. */
export interface PostgresServer {
  readonly port: number;
  readonly directory: string;
  /** Of a superuser that needs no password. */
  readonly url: string;
  /** Runs SQL, statements with `;` between them, beside what is tested. @returns Rows, with `|` between columns. */
  query(text: string, database?: string): Promise<readonly string[]>;
  /** @param mode As of `pg_ctl`: `immediate` is a crash. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Makes a standby accept writes. */
  promote(): Promise<void>;
  /** Stops it, and leaves nothing behind. */
  remove(): Promise<void>;
}

/** Where the programs of PostgreSQL are, or `undefined` where it is not installed. */
const postgresPrograms: string | undefined = findPrograms();

/** For tests that are skipped: why. @throws {Error} Where they must not be skipped (ANNALS_REQUIRE_POSTGRES). */
export function postgresIsMissing(): boolean {
  if (postgresPrograms !== undefined) return false;
  const why = `no PostgreSQL server is installed (no ${SERVER_FOLDERS}/*/bin/initdb)`;
  if (process.env.ANNALS_REQUIRE_POSTGRES !== undefined) throw new Error(`Cannot test on PostgreSQL: ${why}`);
  process.stderr.write(`Tests on PostgreSQL are skipped: ${why}\n`);
  return true;
}

/**
 * Makes and starts a server.
 * @param settings Lines of its configuration.
 */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const directory = newDirectory();
  await run(directory, 'initdb', [
    '-D',
    join(directory, 'data'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'SQL_ASCII',
    '-N',
  ]);
  return startServer(directory, settings);
}

/**
 * Makes and starts a standby that follows `primary` and calls itself `name`.
 * @param port Default: a free one.
 */
export async function startStandby(primary: PostgresServer, name: string, port?: number): Promise<PostgresServer> {
  const directory = newDirectory();
  const source = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${name}`;
  await run(directory, 'pg_basebackup', [
    '-d',
    source,
    '-D',
    join(directory, 'data'),
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
  ]);
  return startServer(directory, [], port);
}

/** Lets `primary` acknowledge no commit that the standby of this name does not have; resolves when that holds. */
export async function waitForStandby(primary: PostgresServer, name: string): Promise<void> {
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await primary.query('SELECT pg_reload_conf()');
  for (;;) {
    const states = await primary.query('SELECT sync_state FROM pg_stat_replication');
    if (states.includes('sync')) return;
    await setTimeout(50);
  }
}

async function startServer(
  directory: string,
  settings: readonly string[],
  givenPort?: number,
): Promise<PostgresServer> {
  const port = givenPort ?? (await freePort());
  const data = join(directory, 'data');
  const options = [
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
    '-c shared_buffers=32MB -c max_connections=60',
    ...settings.map((setting) => `-c ${setting}`),
  ].join(' ');
  const control = (words: readonly string[]) => runControl(directory, ['-D', data, '-w', '-t', '60', ...words]);
  const start = () => control(['-l', join(directory, 'log'), '-o', options, 'start']);
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    if (existsSync(join(data, 'postmaster.pid'))) await control(['-m', mode, 'stop']);
  };
  await start();
  return {
    port,
    directory,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async query(text, database = 'postgres') {
      const words = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database];
      const output = await run(directory, 'psql', [...words, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', text]);
      return output.split('\n').filter((line) => line !== '');
    },
    stop,
    start,
    promote: () => control(['promote']),
    async remove() {
      await stop('immediate');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function findPrograms(): string | undefined {
  if (!existsSync(SERVER_FOLDERS)) return undefined;
  const versions = readdirSync(SERVER_FOLDERS)
    .filter((name) => Number(name) >= 14 && existsSync(join(SERVER_FOLDERS, name, 'bin', 'initdb')))
    .sort((one, other) => Number(other) - Number(one));
  return versions[0] === undefined ? undefined : join(SERVER_FOLDERS, versions[0], 'bin');
}

/** Owned by the user that the server runs as. */
function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'annals-postgres-'));
  const user = serverUser();
  if (user !== undefined) chownSync(directory, user.userId, user.groupId);
  return directory;
}

/** The user for programs that refuse to run as root; `undefined`: our own. */
function serverUser(): { readonly userId: number; readonly groupId: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('postgres:'));
  const [, , userId, groupId] = line?.split(':') ?? [];
  return { userId: Number(userId), groupId: Number(groupId) };
}

async function run(directory: string, program: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(programPath(program), [...words], {
    encoding: 'utf8',
    ...programOptions(directory),
  });
  return stdout;
}

/** Runs `pg_ctl`. A server that it starts would keep pipes open, so there are none. */
async function runControl(directory: string, words: readonly string[]): Promise<void> {
  const child = spawn(programPath('pg_ctl'), [...words], { stdio: 'ignore', ...programOptions(directory) });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`pg_ctl ${words.join(' ')} ended with ${status}`);
}

function programPath(program: string): string {
  return join(postgresPrograms ?? '', program);
}

function programOptions(directory: string) {
  const user = serverUser();
  return {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    ...(user !== undefined && { uid: user.userId, gid: user.groupId }),
  };
}
