/**
 * A small Ceph cluster for tests: a monitor and three storage daemons that keep three copies and acknowledge with two.
 * One cluster serves all files of a run (`start-cluster.ts`), but for those that stop a part of it.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RadosPlace } from '@annals/store';
import { freePort } from '../harness/free-port.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

/** A process of the cluster. */
interface CephDaemon {
  start(): Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** What files of a run know of the cluster that they share. */
export interface SharedCluster {
  readonly configurationFile: string;
  /** Of `client.annals`, which has the rights that the documentation names, for one pool alone. */
  readonly keyringFile: string;
  /** Of `client.annals`, with a key that is not its own. */
  readonly wrongKeyringFile: string;
  /** Of `client.stranger`, which has no rights on the pool. */
  readonly strangerKeyringFile: string;
  /** Names a monitor where nothing listens. */
  readonly deadConfigurationFile: string;
  /** What must be in no message. */
  readonly secrets: readonly string[];
}

export interface CephCluster {
  readonly shared: SharedCluster;
  /** Runs `ceph` as the administrator. @returns What it prints. */
  ceph(...words: readonly string[]): Promise<string>;
  makePool(name: string, placementGroups?: number): Promise<void>;
  readonly monitor: CephDaemon;
  readonly storage: readonly CephDaemon[];
  /** Ends all processes, and leaves nothing behind. */
  remove(): Promise<void>;
}

interface StartedCluster extends Omit<CephCluster, 'shared' | 'remove'> {
  readonly configurationFile: string;
  stop(): Promise<void>;
}

/** A pool that is there from the beginning. */
const POOL = 'bodies';

const USER = 'annals';
const STORAGE_COUNT = 3;
const run = promisify(execFile);

/** Starts a cluster with a pool and users. @throws {Error} Ceph is not installed. */
export async function startCluster(): Promise<CephCluster> {
  const { path, remove } = await temporaryFolder();
  const module = fileURLToPath(new URL('../../bench/peers/ceph-cluster.js', import.meta.url));
  const { startCephCluster } = (await import(module)) as {
    startCephCluster(data: string, options: object): Promise<StartedCluster>;
  };
  const data = join(path, 'cluster');
  await mkdir(data);
  try {
    const options = { storageCount: STORAGE_COUNT, copies: 3, copiesMin: 2, blockBytes: 1024 ** 3, hasKeys: true };
    const cluster = await startCephCluster(data, options);
    await cluster.makePool(POOL);
    return {
      ...cluster,
      shared: await makeUsers(cluster, path),
      async remove() {
        await cluster.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeUsers({ ceph, configurationFile }: StartedCluster, folder: string): Promise<SharedCluster> {
  const make = (name: string, rights: string) =>
    ceph('auth', 'get-or-create', `client.${name}`, 'mon', 'allow r', 'osd', rights);
  const keyring = await make(USER, `allow rwx pool=${POOL}`);
  const stranger = await make('stranger', 'allow rwx pool=elsewhere');
  const keyOf = (text: string): string => /key = (\S+)/.exec(text)?.[1] ?? '';
  const keyrings = {
    keyringFile: keyring,
    wrongKeyringFile: `[client.${USER}]\n\tkey = ${keyOf(stranger)}\n`,
    strangerKeyringFile: stranger,
    deadConfigurationFile: (await readFile(configurationFile, 'utf8')).replace(
      /mon host = .*/,
      `mon host = [v2:127.0.0.1:${await freePort()}]`,
    ),
  };
  const file = async (name: keyof typeof keyrings): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, keyrings[name]);
    return path;
  };
  return {
    configurationFile,
    keyringFile: await file('keyringFile'),
    wrongKeyringFile: await file('wrongKeyringFile'),
    strangerKeyringFile: await file('strangerKeyringFile'),
    deadConfigurationFile: await file('deadConfigurationFile'),
    secrets: [keyOf(keyring), keyOf(stranger)],
  };
}

/** Whether the manager is not installed, which no other test needs. */
export function managerIsMissing(): boolean {
  return spawnSync('ceph-mgr', ['--version'], { stdio: 'ignore' }).error !== undefined;
}

/** Starts what counts the bytes of pools; without it no quota is ever reached. */
export async function startManager({ ceph, shared }: CephCluster, folder: string): Promise<{ stop(): Promise<void> }> {
  const keyringFile = join(folder, 'manager-keyring');
  await writeFile(
    keyringFile,
    await ceph('auth', 'get-or-create', 'mgr.x', 'mon', 'allow profile mgr', 'osd', 'allow *'),
  );
  const words = ['-i', 'x', '-c', shared.configurationFile, '--keyring', keyringFile, '--mgr-data', folder, '-f'];
  const child = spawn('ceph-mgr', words, { stdio: 'ignore' });
  return {
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The cluster that the run has started. */
export function sharedCluster(): SharedCluster {
  const text = process.env.ANNALS_TEST_CEPH;
  if (text === undefined) throw new Error('Cannot test without a Ceph cluster: start this by "npm run rados"');
  return JSON.parse(text) as SharedCluster;
}

/** A namespace of its own in the pool. */
export function freshPlace({ configurationFile, keyringFile }: SharedCluster): RadosPlace {
  const namespace = `test-${randomBytes(8).toString('hex')}`;
  return { pool: POOL, namespace, user: USER, cluster: 'ceph', configurationFile, keyringFile, timeoutMs: 20_000 };
}

/** As the setting `storage.blobs` has it. */
export function placeUrl({ pool, namespace, user, configurationFile, keyringFile }: RadosPlace): string {
  return `rados://${pool}/${namespace}?user=${user}&conf=${configurationFile}&keyring=${keyringFile}&timeout=20s`;
}

/** The names of all objects in a namespace, in order, as Ceph's own program lists them. */
export async function objectsOf(place: RadosPlace): Promise<readonly string[]> {
  const { stdout } = await run('rados', [...wordsOf(place), 'ls']);
  return stdout.split('\n').filter(Boolean).sort();
}

/** Writes an object behind the engine's back. */
export async function putObject(place: RadosPlace, name: string, content: Buffer): Promise<void> {
  const child = run('rados', [...wordsOf(place), 'put', name, '-']);
  child.child.stdin?.end(content);
  await child;
}

function wordsOf({ pool, namespace, user, configurationFile, keyringFile }: RadosPlace): readonly string[] {
  const files = ['-c', configurationFile ?? '', '--keyring', keyringFile ?? ''];
  return ['--id', user, ...files, '-p', pool, '-N', namespace];
}
