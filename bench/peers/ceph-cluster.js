// @ts-check
/**
 * A Ceph cluster as small as it gets on one machine: one monitor and a few storage daemons, each in a process of its
 * own, with their data in files below one folder, all on loopback. There is no manager, so nobody counts what pools
 * hold. Leaves out gateways.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram, freePort, startProgram } from './programs.js';

/** A busy machine is no fault: programs in Python alone may take seconds to begin. */
const COMMAND_MS_MAX = 120_000;
const START_MS_MAX = 120_000;

/** The Debian packages that the cluster needs; with them comes librados. */
export const CEPH_PACKAGES = ['ceph-mon', 'ceph-osd', 'ceph-common', 'librados2'];

/**
 * @typedef {object} CephClusterOptions
 * @property {number} storageCount Storage daemons.
 * @property {number} copies Of each object, in pools that name no number.
 * @property {number} copiesMin As many must be written before a write is acknowledged.
 * @property {number} blockBytes Of the file of each storage daemon; it takes only the room that is used.
 * @property {boolean} hasKeys Whether clients must prove who they are.
 * @property {string} [settings] Lines for the end of the configuration.
 */

/**
 * @typedef {object} CephCluster
 * @property {string} configurationFile
 * @property {string} keyringFile Of `client.admin`; there only with keys.
 * @property {(...words: readonly string[]) => Promise<string>} ceph Runs `ceph` as the administrator.
 * @property {(name: string, placementGroups?: number) => Promise<void>} makePool
 * @property {() => readonly number[]} pids Of the storage daemons.
 * @property {CephDaemon} monitor
 * @property {readonly CephDaemon[]} storage
 * @property {() => Promise<void>} stop Ends all processes.
 */

/**
 * @typedef {object} CephDaemon
 * @property {() => Promise<void>} start
 * @property {(signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>} stop Resolves when the process has ended.
 */

/** Whether the programs are installed. */
export function cephIsInstalled() {
  return ['ceph-mon', 'ceph-osd', 'ceph', 'monmaptool', 'ceph-authtool'].every(
    (name) => findProgram(name) !== undefined,
  );
}

/** @param {CephClusterOptions & { data: string, fsid: string, monitorPort: number }} options */
const configuration = ({ data, fsid, monitorPort, hasKeys, copies, copiesMin, blockBytes, settings = '' }) => `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${monitorPort}]
run dir = ${data}
admin socket = ${data}/$name.$pid.sock
log file = ${data}/$name.log
auth cluster required = ${hasKeys ? 'cephx' : 'none'}
auth service required = ${hasKeys ? 'cephx' : 'none'}
auth client required = ${hasKeys ? 'cephx' : 'none'}
keyring = ${data}/keyring
ms bind ipv4 = true
public addr = 127.0.0.1
cluster addr = 127.0.0.1
mon data = ${data}/mon
osd data = ${data}/osd.$id
osd objectstore = bluestore
bluestore block create = true
bluestore block size = ${blockBytes}
osd memory target = 939524096
osd crush chooseleaf type = 0
osd pool default size = ${copies}
osd pool default min size = ${copiesMin}
osd pool default pg num = 8
osd pool default pg autoscale mode = off
mon allow pool delete = true
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
mon osd min down reporters = 1
osd heartbeat interval = 1
osd heartbeat grace = 6
${settings}
`;

/**
 * Starts a cluster; resolves when all storage daemons are part of it.
 * @param {string} data An empty folder.
 * @param {CephClusterOptions} options
 * @returns {Promise<CephCluster>}
 * @throws {Error} A program is not installed, or does not start.
 */
export async function startCephCluster(data, options) {
  const [fsid, monitorPort] = [randomUUID(), await freePort()];
  const configurationFile = join(data, 'ceph.conf');
  const keyringFile = join(data, 'keyring');
  mkdirSync(join(data, 'mon'), { recursive: true });
  writeFileSync(configurationFile, configuration({ ...options, data, fsid, monitorPort }));
  /** @param {string} program @param {readonly string[]} words @param {string} [input] */
  const command = (program, words, input) => runWith(program, ['-c', configurationFile, ...words], input);
  /** @param {readonly string[]} words */
  const ceph = (...words) => command('ceph', ['--connect-timeout', '60', ...words]);
  await makeMonitor(data, { fsid, monitorPort, hasKeys: options.hasKeys }, command);
  const monitor = daemon('ceph-mon', ['-i', 'a', '-c', configurationFile], data, monitorPort);
  await monitor.start();
  /** @type {ReturnType<typeof daemon>[]} */
  const storage = [];
  const stop = async () => {
    await Promise.all(storage.map((one) => one.stop('SIGKILL')));
    await monitor.stop('SIGKILL');
  };
  try {
    for (let id = 0; id < options.storageCount; id += 1) storage.push(await makeStorage(data, id, options, command));
    await Promise.all(storage.map((one) => one.start()));
    await untilUp(ceph, options.storageCount);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    configurationFile,
    keyringFile,
    ceph,
    async makePool(name, placementGroups = 8) {
      await ceph('osd', 'pool', 'create', name, String(placementGroups));
    },
    pids: () => storage.map(({ pid }) => pid()),
    monitor,
    storage,
    stop,
  };
}

/**
 * @param {(...words: readonly string[]) => Promise<string>} ceph
 * @param {number} count
 */
async function untilUp(ceph, count) {
  for (const startedAtMs = performance.now(); ; await pause(200)) {
    if (JSON.parse(await ceph('osd', 'stat', '-f', 'json')).num_up_osds === count) return;
    if (performance.now() - startedAtMs > START_MS_MAX) throw new Error('The storage daemons do not join the cluster');
  }
}

/** @typedef {(program: string, words: readonly string[], input?: string) => Promise<string>} Command */

/**
 * @param {string} data
 * @param {{ fsid: string, monitorPort: number, hasKeys: boolean }} options
 * @param {Command} command
 */
async function makeMonitor(data, { fsid, monitorPort, hasKeys }, command) {
  const [map, keyring] = [join(data, 'monmap'), join(data, 'keyring')];
  if (hasKeys) {
    const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
    await command('ceph-authtool', ['--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
    await command('ceph-authtool', [keyring, '--gen-key', '-n', 'client.admin', ...all]);
  }
  const address = `[v2:127.0.0.1:${monitorPort}]`;
  await command('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, map]);
  await command('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map, ...(hasKeys ? ['--keyring', keyring] : [])]);
}

/**
 * @param {string} data
 * @param {number} id
 * @param {CephClusterOptions} options
 * @param {Command} command
 */
async function makeStorage(data, id, { hasKeys }, command) {
  const [uuid, folder] = [randomUUID(), join(data, `osd.${id}`)];
  mkdirSync(folder, { recursive: true });
  const keyring = join(folder, 'keyring');
  const words = ['-i', String(id)];
  if (hasKeys) {
    const key = (await command('ceph-authtool', ['--gen-print-key'])).trim();
    await command('ceph-authtool', ['--create-keyring', keyring, '-n', `osd.${id}`, '--add-key', key]);
    const secret = JSON.stringify({ cephx_secret: key });
    await command('ceph', ['osd', 'new', uuid, String(id), '-i', '-'], secret);
    words.push('--keyring', keyring);
  } else {
    await command('ceph', ['osd', 'new', uuid, String(id)]);
  }
  await command('ceph-osd', [...words, '--mkfs', '--osd-uuid', uuid]);
  return daemon('ceph-osd', ['-c', join(data, 'ceph.conf'), ...words], data);
}

/**
 * @param {string} program
 * @param {readonly string[]} words
 * @param {string} data
 * @param {number} [port]
 */
function daemon(program, words, data, port) {
  /** @type {Awaited<ReturnType<typeof startProgram>> | undefined} */
  let running;
  return {
    pid: () => running?.pid ?? 0,
    async start() {
      running = await startProgram(program, [...words, '-f'], { log: join(data, 'log'), ...(port && { port }) });
    },
    /** @param {'SIGTERM' | 'SIGKILL'} [signal] */
    async stop(signal = 'SIGTERM') {
      const ending = running;
      running = undefined;
      await (signal === 'SIGKILL' ? ending?.kill() : ending?.stop());
    },
  };
}

/**
 * @param {string} program
 * @param {readonly string[]} words
 * @param {string} [input]
 * @returns {Promise<string>} What it prints.
 */
function runWith(program, words, input) {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...words], { timeout: COMMAND_MS_MAX }, (error, output, errors) => {
      if (error === null) resolve(output);
      else reject(new Error(`${program} ${words.slice(2).join(' ')}: ${errors.trim().slice(-500) || error.message}`));
    });
    // A program that ends without reading says by its status what went wrong.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}
