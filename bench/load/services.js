// @ts-check
/** Servers and how work is sent to them: Annals and bare HTTP. `bench/peers` has others of the same shape. */
import { familyOf } from './process-costs.js';
import { startAnnals, startBareServer } from './processes.js';
import { appendHead, expectStatus, getHead, headHead, putHead } from './requests.js';

/** @typedef {import('./raw-connection.js').RawConnection} RawConnection */

/**
 * A running server. An operation that it does not have is absent.
 * @typedef {object} Service
 * @property {string} name
 * @property {number} port
 * @property {readonly number[]} [otherPorts] Where other gateways serve the same.
 * @property {readonly number[]} pids
 * @property {(connection: RawConnection, key: string, position: number, body: Uint8Array) => Promise<void>} [append]
 *   At a position, the length of what was appended to the key before.
 * @property {(connection: RawConnection, key: string, body: Uint8Array) => Promise<void>} [put]
 * @property {(connection: RawConnection, key: string, length: number) => Promise<void>} [get] Checks the length.
 * @property {(connection: RawConnection, key: string) => Promise<void>} [head]
 * @property {(connection: RawConnection, key: string) => Promise<number>} [lengthOf] 0: no object.
 * @property {(store: string) => string} [poolUrl] For `storage.blobs`: a pool of RADOS on the same cluster, with a
 *   namespace for each store.
 * @property {boolean} [closesIdle] It soon closes connections on which nothing is asked: each turn opens its own.
 * @property {() => Promise<void>} stop
 */

/** How Annals is asked; bare HTTP is asked the same. */
export const SIGNED = {
  /** @type {NonNullable<Service['append']>} */
  async append(connection, key, position, body) {
    expectStatus(await connection.send(appendHead(key, position, body.length), [body]), 200);
  },
  /** @type {NonNullable<Service['put']>} */
  async put(connection, key, body) {
    expectStatus(await connection.send(putHead(key, body.length), [body]), 200);
  },
  /** @type {NonNullable<Service['get']>} */
  async get(connection, key, length) {
    expectBody(await connection.send(getHead(key), [], false), length);
  },
  /** @type {NonNullable<Service['head']>} */
  async head(connection, key) {
    expectStatus(await connection.send(headHead(key)), 200);
  },
  /** @type {NonNullable<Service['lengthOf']>} */
  lengthOf: async (connection, key) => lengthIn(await connection.send(headHead(key))),
};

/**
 * @param {import('./raw-connection.js').RawAnswer} answer To HEAD.
 * @returns {number} 0 when there is no such object.
 */
export function lengthIn(answer) {
  if (answer.status === 404) return 0;
  expectStatus(answer, 200);
  return Number(answer.headers.get('content-length'));
}

/**
 * @param {import('./raw-connection.js').RawAnswer} answer
 * @param {number} length
 */
export function expectBody(answer, length) {
  expectStatus(answer, 200);
  if (answer.bodyLength !== length) throw new Error(`Read ${answer.bodyLength} bytes, expected ${length}`);
}

/**
 * @param {string} data Data folder.
 * @param {readonly string[]} options More of the command line of `annals serve`.
 * @returns {Promise<Service>}
 */
export async function openAnnals(data, options = []) {
  const { port, pid, stop } = await startAnnals(data, options);
  return { name: 'Annals', port, pids: familyOf(pid), ...SIGNED, stop };
}

/**
 * @param {string | undefined} file Served to GET; one of at most 64 KiB from memory.
 * @returns {Promise<Service>}
 */
export async function openBare(file = undefined) {
  const { port, pid, stop } = await startBareServer(file);
  return { name: 'bare HTTP', port, pids: [pid], ...SIGNED, stop };
}
