// @ts-check
/**
 * Ceph with its S3 gateway, as small as it gets on one machine: a cluster of one monitor and one storage daemon with
 * BlueStore in a file, one copy, without authentication between them, and one gateway. Appends use the gateway's own
 * extension of PUT.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RawConnection } from '../load/raw-connection.js';
import { expectStatus } from '../load/requests.js';
import { expectBody, lengthIn } from '../load/services.js';
import { CEPH_PACKAGES, cephIsInstalled, startCephCluster } from './ceph-cluster.js';
import { findProgram, freePort, startProgram } from './programs.js';
import { signedS3Head } from './s3-signature.js';

const run = promisify(execFile);
const CREDENTIALS = { accessKeyId: 'BenchAccessKey', secret: 'bench-secret-of-no-value' };
const BUCKET = 'bench';
const POOL = 'annals';
const COMMAND_MS_MAX = 30_000;

/** @param {string} data */
const gatewaySettings = (data) => `[client.rgw]
rgw data = ${data}/rgw
ms mon client mode = crc secure
debug rgw = 0/0
`;

/** @type {import('./peers.js').Peer} */
export const cephRgw = {
  name: 'Ceph RGW',
  install: [['apt-get', 'install', '-y', '--no-install-recommends', 'radosgw', ...CEPH_PACKAGES]],
  durability: 'synced before the answer, one copy',
  isDurable: true,
  targets: { append: 20 },
  find() {
    const programs = ['radosgw', 'radosgw-admin'];
    const isInstalled = cephIsInstalled() && programs.every((program) => findProgram(program) !== undefined);
    return isInstalled ? versionOf() : undefined;
  },
  async start(data) {
    /** @type {(() => Promise<void>)[]} */
    const stops = [];
    const stop = async () => {
      for (const one of stops.reverse()) await one();
    };
    try {
      const { port, pids, poolUrl } = await startAll(data, stops);
      return { name: 'Ceph RGW', port, pids, poolUrl, append, put, get, head, lengthOf, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  },
};

/**
 * @param {string} data
 * @param {(() => Promise<void>)[]} stops Takes what ends what was started.
 * @returns {Promise<{ port: number, pids: number[], poolUrl: (store: string) => string }>} The gateway's port; the
 *   storage daemon and the gateway, since the monitor does not touch requests; a pool of the same cluster.
 */
async function startAll(data, stops) {
  mkdirSync(join(data, 'rgw'), { recursive: true });
  const cluster = await startCephCluster(data, {
    storageCount: 1,
    copies: 1,
    copiesMin: 1,
    blockBytes: 21_474_836_480,
    hasKeys: false,
    settings: gatewaySettings(data),
  });
  stops.push(() => cluster.stop());
  const file = cluster.configurationFile;
  const port = await freePort();
  const frontend = `beast endpoint=127.0.0.1:${port} request_timeout_ms=600000`;
  const words = ['-n', 'client.rgw', `--rgw-frontends=${frontend}`, '-c', file, '-f'];
  const gateway = await startProgram('radosgw', words, { log: join(data, 'log'), port });
  stops.push(() => gateway.stop());
  const { accessKeyId, secret } = CREDENTIALS;
  const user = ['--uid', 'bench', '--display-name', 'bench', '--access-key', accessKeyId, '--secret-key', secret];
  await run('radosgw-admin', ['-c', file, 'user', 'create', ...user], { timeout: COMMAND_MS_MAX });
  await makeBucket(port);
  await cluster.makePool(POOL);
  const poolUrl = (/** @type {string} */ store) => `rados://${POOL}/${store}?conf=${file}`;
  return { port, pids: [...cluster.pids(), gateway.pid], poolUrl };
}

/** @param {number} port */
async function makeBucket(port) {
  const connection = await RawConnection.open(port);
  const answer = await connection.send(signedS3Head('PUT', `/${BUCKET}`, [], 0, CREDENTIALS));
  connection.close();
  expectStatus(answer, 200);
  // Its index is made in the background.
  await pause(1000);
}

function versionOf() {
  return /version (\S+)/.exec(execFileSync('ceph', ['--version']).toString())?.[1];
}

/** @type {NonNullable<import('../load/services.js').Service['append']>} */
async function append(connection, key, position, body) {
  const query = /** @type {const} */ ([
    ['append', ''],
    ['position', String(position)],
  ]);
  const head = signedS3Head('PUT', `/${BUCKET}/${key}`, query, body.length, CREDENTIALS);
  expectStatus(await connection.send(head, [body]), 200);
}

/** @type {NonNullable<import('../load/services.js').Service['put']>} */
async function put(connection, key, body) {
  const head = signedS3Head('PUT', `/${BUCKET}/${key}`, [], body.length, CREDENTIALS);
  expectStatus(await connection.send(head, [body]), 200);
}

/** @type {NonNullable<import('../load/services.js').Service['get']>} */
async function get(connection, key, length) {
  const head = signedS3Head('GET', `/${BUCKET}/${key}`, [], undefined, CREDENTIALS);
  expectBody(await connection.send(head, [], false), length);
}

/** @type {NonNullable<import('../load/services.js').Service['head']>} */
async function head(connection, key) {
  expectStatus(await connection.send(signedS3Head('HEAD', `/${BUCKET}/${key}`, [], undefined, CREDENTIALS)), 200);
}

/** @type {NonNullable<import('../load/services.js').Service['lengthOf']>} */
async function lengthOf(connection, key) {
  return lengthIn(await connection.send(signedS3Head('HEAD', `/${BUCKET}/${key}`, [], undefined, CREDENTIALS)));
}
