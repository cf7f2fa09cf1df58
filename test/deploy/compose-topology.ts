/**
 * What `deploy/compose.yaml` describes, as processes of this machine instead of containers: the same settings,
 * variables and load balancer, read from the files, with addresses of the loopback in place of names. Leaves out what
 * containers add: users, limits, read-only file systems.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type PostgresServer,
  startPostgres,
} from '../../packages/store/src/key-value/postgres/postgres-server-fixture.js';
import { freePort } from '../harness/free-port.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';
import { startVersityGateway, type VersityGateway } from '../s3/versity-gateway.js';
import { readYaml } from './read-yaml.js';

/** Where the files are. */
export const DEPLOY_FOLDER = fileURLToPath(new URL('../../deploy', import.meta.url));

export const GATEWAY_NAMES = ['gateway-1', 'gateway-2'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

/** The parts of a service that are looked at. */
export interface ComposeService {
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
}

/** What is wrong with a gateway, on purpose. */
export interface GatewayChange {
  /** Of the text of its settings. */
  readonly settings?: (text: string) => string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Everything of the file, running. */
export interface ComposeTopology {
  readonly database: PostgresServer;
  readonly bodies: VersityGateway;
  /** `http://127.0.0.1:PORT` of the load balancer. */
  readonly endpoint: string;
  /** Of a gateway: `http://127.0.0.1:PORT`, the same after each start. */
  gatewayEndpoint(name: GatewayName): string;
  /** The page of its probes. @returns Status; `undefined` when nothing listens. */
  probe(name: GatewayName, page: 'healthz' | 'readyz'): Promise<number | undefined>;
  /** Whether the load balancer gives requests to a gateway, as it has found by itself. */
  isInTurn(name: GatewayName): Promise<boolean>;
  /** @throws {Error} With what it wrote, when it ends before it serves. */
  start(name: GatewayName, change?: GatewayChange): Promise<ServerProcess>;
  remove(): Promise<void>;
}

/** @returns The services of the file, with anchors and merges resolved. */
export async function readCompose(): Promise<Readonly<Record<string, ComposeService>>> {
  const document = readYaml(await readFile(join(DEPLOY_FOLDER, 'compose.yaml'), 'utf8'));
  return (document as { readonly services: Readonly<Record<string, ComposeService>> }).services;
}

/**
 * Starts the database, the S3 server and the load balancer, and no gateway yet.
 * @param bodiesFolder Where the S3 server keeps bodies. Default: a temporary folder.
 */
export async function startComposeTopology(
  buckets: readonly string[],
  bodiesFolder: string | undefined = undefined,
): Promise<ComposeTopology> {
  const { path: folder, remove: removeFolder } = await temporaryFolder();
  const database = await startPostgres();
  await database.query('CREATE ROLE annals LOGIN');
  await database.query('CREATE DATABASE annals OWNER annals');
  const bodies = await startVersityGateway(bodiesFolder === undefined ? {} : { folder: bodiesFolder });
  await bodies.makeBucket('annals');
  const secrets = await makeSecrets(bodies);
  const environment = interpolate((await readCompose())['gateway-1']?.environment ?? {}, secrets);
  const ports = Object.fromEntries(
    await Promise.all(GATEWAY_NAMES.map(async (name) => [name, { http: await freePort(), probes: await freePort() }])),
  ) as Record<GatewayName, { readonly http: number; readonly probes: number }>;
  const [balancerPort, statisticsPort] = [await freePort(), await freePort()];
  const balancer = await startBalancer(join(folder, 'haproxy.cfg'), { port: balancerPort, statisticsPort, ports });
  const settings = (await readFile(join(DEPLOY_FOLDER, 'annals.yaml'), 'utf8'))
    .replace('postgres:5432', `127.0.0.1:${database.port}`)
    .replace('http://s3:7070', bodies.endpoint)
    .replace('172.30.0.0/24', '127.0.0.0/8')
    .replaceAll('0.0.0.0', '127.0.0.1');
  return {
    database,
    bodies,
    endpoint: `http://127.0.0.1:${balancerPort}`,
    gatewayEndpoint: (name) => `http://127.0.0.1:${ports[name].http}`,
    async probe(name, page) {
      const answer = await fetch(`http://127.0.0.1:${ports[name].probes}/-/${page}`).catch(() => undefined);
      await answer?.arrayBuffer();
      return answer?.status;
    },
    async isInTurn(name) {
      const answer = await fetch(`http://127.0.0.1:${statisticsPort}/;csv`);
      return new RegExp(`^gateways,${name},.*,UP,`, 'm').test(await answer.text());
    },
    async start(name, change = {}) {
      const config = join(folder, `${name}.yaml`);
      const text = settings.replace('9001', String(ports[name].probes));
      await writeFile(config, change.settings === undefined ? text : change.settings(text));
      return startServerProcess({
        data: join(folder, name),
        port: ports[name].http,
        buckets,
        flags: ['--config', config],
        environment: { ...environment, ...change.environment },
      });
    },
    async remove() {
      balancer.kill('SIGKILL');
      await bodies.remove();
      await database.remove();
      await removeFolder();
    },
  };
}

/** What `new-secrets.sh` prints, with the keys of the S3 server of the tests. */
async function makeSecrets(bodies: VersityGateway): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await promisify(execFile)('bash', [join(DEPLOY_FOLDER, 'new-secrets.sh')]);
  const lines = stdout.trim().split('\n');
  const secrets = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const { accessKeyId, secretAccessKey } = await bodies.place('annals').credentials(false);
  return secrets.set('S3_ACCESS_KEY_ID', accessKeyId).set('S3_SECRET_ACCESS_KEY', secretAccessKey);
}

/** @throws {Error} The file asks for a secret that `new-secrets.sh` does not make. */
function interpolate(
  environment: Readonly<Record<string, string>>,
  secrets: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(environment).map(([name, text]) => {
    const value = text.replace(/\$\{(\w+):\?[^}]*\}/g, (_, secret: string) => {
      const known = secrets.get(secret);
      if (known === undefined) throw new Error(`new-secrets.sh makes no ${secret}`);
      return known;
    });
    return [name, value];
  });
  return Object.fromEntries(entries);
}

interface BalancerOptions {
  readonly port: number;
  /** Where it tells what it thinks of the gateways. */
  readonly statisticsPort: number;
  readonly ports: Readonly<Record<GatewayName, { readonly http: number; readonly probes: number }>>;
}

async function startBalancer(path: string, { port, statisticsPort, ports }: BalancerOptions): Promise<ChildProcess> {
  let text = (await readFile(join(DEPLOY_FOLDER, 'haproxy.cfg'), 'utf8'))
    .replace('bind *:9000', `bind 127.0.0.1:${port}`)
    .replace('check port 9001', 'check')
    .replace(' resolvers containers', '');
  for (const name of GATEWAY_NAMES) {
    text = text.replaceAll(`${name} ${name}:9000`, `${name} 127.0.0.1:${ports[name].http} port ${ports[name].probes}`);
  }
  text += `\nfrontend statistics\n  bind 127.0.0.1:${statisticsPort}\n  stats enable\n  stats uri /\n`;
  await writeFile(path, text);
  const child = spawn('haproxy', ['-db', '-f', path], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  await once(child, 'spawn');
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}`);
    return fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  });
  return child;
}
