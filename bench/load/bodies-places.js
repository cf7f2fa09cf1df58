// @ts-check
/** Where gateways put large bodies: each S3 store that is installed and a pool of Ceph, by the names of the page. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, freePort, INSTALLED, startProgram } from '../peers/programs.js';
import { REGION, signedS3Head } from '../peers/s3-signature.js';
import { ACCESS_KEY, BUCKET } from './processes.js';
import { expectStatus } from './requests.js';

const VERSION = 'v1.8.0';
const FOLDER = join(INSTALLED, 'versitygw');

/**
 * @typedef {object} BodiesPlace
 * @property {string} name
 * @property {(store: string) => string} url For `storage.blobs`, with a name for each store that shares the place.
 * @property {boolean} isCeph Whether Ceph RGW's own append is measured on the same cluster.
 * @property {import('./services.js').Service} [plain] Takes the same bytes without Annals, by its own PUT.
 */

/** Commands that install versitygw, as those of peers. */
export const VERSITYGW = {
  name: 'versitygw',
  install: [['env', `GOBIN=${FOLDER}`, 'go', 'install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`]],
  find: () => (versityProgram() === undefined ? undefined : VERSION),
};

function versityProgram() {
  return process.env.ANNALS_TEST_VERSITYGW ?? findProgram(join(FOLDER, 'versitygw')) ?? findProgram('versitygw');
}

/** @param {string} folder @param {number} port @returns {BodiesPlace['url']} */
function s3Url(folder, port) {
  const keyFile = join(folder, 'bodies-keys.json');
  const { accessKeyId, accessKeySecret } = ACCESS_KEY;
  writeFileSync(keyFile, JSON.stringify({ accessKeyId, secretAccessKey: accessKeySecret }));
  return (store) => `s3://${BUCKET}/${store}?endpoint=http://127.0.0.1:${port}&region=${REGION}&key-file=${keyFile}`;
}

/**
 * A folder behind the S3 protocol. It does not sync what it was given.
 * @param {string} folder
 * @returns {Promise<BodiesPlace | undefined>} Undefined where it is not installed.
 */
export async function startVersityPlace(folder) {
  const program = versityProgram();
  if (program === undefined) return undefined;
  const data = join(folder, 'versitygw');
  mkdirSync(join(data, BUCKET), { recursive: true });
  const port = await freePort();
  const words = ['--port', `127.0.0.1:${port}`, '--region', REGION, '--quiet', '--keep-alive', 'posix', data];
  const { pid, stop } = await startProgram(program, words, {
    log: join(folder, 'versitygw.log'),
    port,
    env: { ROOT_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId, ROOT_SECRET_ACCESS_KEY: ACCESS_KEY.accessKeySecret },
  });
  const credentials = { accessKeyId: ACCESS_KEY.accessKeyId, secret: ACCESS_KEY.accessKeySecret };
  return {
    name: 'versitygw',
    isCeph: false,
    url: s3Url(folder, port),
    plain: {
      name: 'versitygw',
      port,
      pids: [pid],
      async put(connection, key, body) {
        const head = signedS3Head('PUT', `/${BUCKET}/${key}`, [], body.length, credentials);
        expectStatus(await connection.send(head, [body]), 200);
      },
      stop,
    },
  };
}

/**
 * The gateway of a Ceph cluster that runs already.
 * @param {string} folder
 * @param {import('./services.js').Service} ceph
 * @returns {BodiesPlace}
 */
export function cephPlace(folder, ceph) {
  return { name: ceph.name, isCeph: true, url: s3Url(folder, ceph.port), plain: ceph };
}

/**
 * A pool of RADOS on that cluster.
 * @param {import('./services.js').Service} ceph
 * @returns {BodiesPlace | undefined} Undefined where it offers none.
 */
export function poolPlace({ poolUrl }) {
  return poolUrl && { name: 'RADOS', isCeph: true, url: poolUrl };
}
