/**
 * Gateways in processes of their own over one PostgreSQL and one S3 server, all on this machine: what a test starts,
 * kills, starts again and fails over. Leaves out what is asked of them.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
  startStandby,
  waitForStandby,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { freePort } from '../harness/free-port.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { startVersityGateway, type VersityGateway } from '../s3/versity-gateway.js';

export interface ClusterOptions {
  /** Buckets that each gateway makes at its start. */
  readonly buckets: readonly string[];
  /** Whether a synchronous standby follows the database; `failOver` needs it. */
  readonly hasStandby?: boolean;
  /** Settings of the gateways besides `storage`. */
  readonly settings?: object;
}

export interface Cluster {
  /** Where large bodies are. */
  readonly bodies: VersityGateway;
  /** The database that accepts writes now. */
  database(): PostgresServer;
  /** @param name Of one that does not run; it has a folder of its own. */
  start(name: string): Promise<ServerProcess>;
  /** kill -9; resolves when the database has no session of it any more, so that nothing takes effect later. */
  kill(name: string): Promise<void>;
  /** Crashes the database, lets the standby take its place, and makes another standby behind it. */
  failOver(): Promise<void>;
  /** Ends everything, and leaves nothing behind. */
  remove(): Promise<void>;
}

const BODIES = 'bodies';

/** Starts the database and the S3 server, and no gateway yet. @throws {Error} One of them is not installed. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  if (postgresIsMissing()) throw new Error('Cannot test gateways without PostgreSQL: install it');
  const { path: folder, remove: removeFolder } = await temporaryFolder();
  const bodies = await startVersityGateway();
  await bodies.makeBucket(BODIES);
  const keyFile = join(folder, 'keys.json');
  await writeFile(keyFile, JSON.stringify(await bodies.place(BODIES).credentials(false)));
  const masterKeyFile = join(folder, 'master.key');
  await writeFile(masterKeyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const databases = await startDatabases(options.hasStandby === true);
  const gateways = new Map<string, ServerProcess>();
  return {
    bodies,
    database: () => databases.primary(),
    async start(name) {
      const config = join(folder, `${name}.json`);
      const storage = {
        metadata: `postgres://postgres@${databases.hosts}/postgres?application_name=${name}`,
        blobs: `s3://${BODIES}/store?endpoint=${bodies.endpoint}&key-file=${keyFile}`,
      };
      await writeFile(config, JSON.stringify({ ...options.settings, storage, 'master-key-file': masterKeyFile }));
      const data = join(folder, name);
      const gateway = await startServerProcess({ data, buckets: options.buckets, flags: ['--config', config] });
      gateways.set(name, gateway);
      return gateway;
    },
    async kill(name) {
      await gateways.get(name)?.kill();
      gateways.delete(name);
      await until(() => hasNoSession(databases.primary(), name));
    },
    failOver: () => databases.failOver(),
    async remove() {
      await Promise.all([...gateways.values()].map((gateway) => gateway.kill()));
      await databases.remove();
      await bodies.remove();
      await removeFolder();
    },
  };
}

/** A database that is away at the moment has no answer. */
async function hasNoSession(database: PostgresServer, name: string): Promise<boolean> {
  const sessions = `SELECT count(*) FROM pg_stat_activity WHERE application_name = '${name}'`;
  const [count] = await database.query(sessions).catch(() => ['unknown']);
  return count === '0';
}

interface Databases {
  /** As in a URL. They stay the same: two ports, of which the primary and the standby have one each. */
  readonly hosts: string;
  primary(): PostgresServer;
  failOver(): Promise<void>;
  remove(): Promise<void>;
}

async function startDatabases(hasStandby: boolean): Promise<Databases> {
  let primary = await startPostgres();
  let standby = hasStandby ? await startStandby(primary, 'standby', await freePort()) : undefined;
  if (hasStandby) await waitForStandby(primary, 'standby');
  const ports = [primary, ...(standby === undefined ? [] : [standby])].map(({ port }) => `127.0.0.1:${port}`);
  return {
    hosts: ports.join(','),
    primary: () => primary,
    async failOver() {
      if (standby === undefined) throw new Error('Cannot fail over: the cluster was started without a standby');
      const lost = primary;
      await lost.stop('immediate');
      await standby.promote();
      primary = standby;
      await lost.remove();
      standby = await startStandby(primary, 'standby', lost.port);
      await waitForStandby(primary, 'standby');
    },
    async remove() {
      await standby?.remove();
      await primary.remove();
    },
  };
}
