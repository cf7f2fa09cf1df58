// @ts-check
/** Azurite, the emulator of Azure's Blob Storage by its vendor: append blobs and block blobs, signed with SharedKey. */
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RawConnection } from '../load/raw-connection.js';
import { expectStatus } from '../load/requests.js';
import { expectBody } from '../load/services.js';
import { freePort, INSTALLED, startProgram } from './programs.js';

const ACCOUNT = 'bench';
const KEY = Buffer.from('bench-key-of-no-value').toString('base64');
const CONTAINER = 'bench';
/** An append blob has at most 50,000 blocks. */
const BLOCK_COUNT_MAX = 50_000;

const folder = join(INSTALLED, 'azurite');
const program = join(folder, 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js');

/**
 * @param {'PUT' | 'GET' | 'HEAD'} method
 * @param {string} path Below the account.
 * @param {readonly (readonly [string, string])[]} query In the order of names.
 * @param {Record<string, string>} headers Beginning with `x-ms-`, beside date and version.
 * @param {number | undefined} bodyLength
 */
function signedHead(method, path, query, headers, bodyLength) {
  const all = { ...headers, 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2023-11-03' };
  const names = /** @type {(keyof typeof all)[]} */ (Object.keys(all).sort());
  // The account is in the path and, once more, in front of it: so URLs of the emulator are signed.
  const resource = [`/${ACCOUNT}/${ACCOUNT}${path}`, ...query.map(([name, value]) => `${name}:${value}`)].join('\n');
  const length = bodyLength === undefined || bodyLength === 0 ? '' : String(bodyLength);
  const lines = [method, '', '', length, ...new Array(8).fill(''), ...names.map((name) => `${name}:${all[name]}`)];
  const signature = createHmac('sha256', Buffer.from(KEY, 'base64')).update(`${lines.join('\n')}\n${resource}`);
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  let head = `${method} /${ACCOUNT}${path}${search === '' ? '' : `?${search}`} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
  for (const name of names) head += `${name}: ${all[name]}\r\n`;
  head += `Authorization: SharedKey ${ACCOUNT}:${signature.digest('base64')}\r\n`;
  if (bodyLength !== undefined) head += `Content-Length: ${bodyLength}\r\n`;
  return `${head}\r\n`;
}

/** @type {import('./peers.js').Peer} */
export const azurite = {
  name: 'Azurite',
  install: [['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, 'azurite']],
  durability:
    'bodies are synced before the answer; what names them is written every 5 s, and a power loss loses the rest',
  isDurable: false,
  targets: { append: 7 },
  find() {
    if (!existsSync(program)) return undefined;
    return JSON.parse(readFileSync(join(folder, 'node_modules', 'azurite', 'package.json'), 'utf8')).version;
  },
  async start(data) {
    mkdirSync(data, { recursive: true });
    const port = await freePort();
    const options = ['--blobPort', String(port), '--location', data, '--silent', '--disableTelemetry'];
    const { pid, stop } = await startProgram(process.execPath, [program, ...options, '--skipApiVersionCheck'], {
      log: join(data, 'log'),
      port,
      env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${KEY}` },
    });
    const connection = await RawConnection.open(port);
    const query = /** @type {const} */ ([['restype', 'container']]);
    expectStatus(await connection.send(signedHead('PUT', `/${CONTAINER}`, query, {}, 0)), 201);
    connection.close();
    return { name: 'Azurite', port, pids: [pid], append, put, get, head, closesIdle: true, stop };
  },
};

/** @type {NonNullable<import('../load/services.js').Service['append']>} */
async function append(connection, key, position, body) {
  const block = Math.floor(position / body.length);
  const path = `/${CONTAINER}/${key}-${Math.floor(block / BLOCK_COUNT_MAX)}`;
  if (block % BLOCK_COUNT_MAX === 0) {
    expectStatus(await connection.send(signedHead('PUT', path, [], { 'x-ms-blob-type': 'AppendBlob' }, 0)), 201);
  }
  const offset = String((block % BLOCK_COUNT_MAX) * body.length);
  const headers = { 'x-ms-blob-condition-appendpos': offset };
  const head = signedHead('PUT', path, [['comp', 'appendblock']], headers, body.length);
  expectStatus(await connection.send(head, [body]), 201);
}

/** @type {NonNullable<import('../load/services.js').Service['put']>} */
async function put(connection, key, body) {
  const headers = { 'x-ms-blob-type': 'BlockBlob' };
  expectStatus(await connection.send(signedHead('PUT', `/${CONTAINER}/${key}`, [], headers, body.length), [body]), 201);
}

/** @type {NonNullable<import('../load/services.js').Service['get']>} */
async function get(connection, key, length) {
  const answer = await connection.send(signedHead('GET', `/${CONTAINER}/${key}`, [], {}, undefined), [], false);
  expectBody(answer, length);
}

/** @type {NonNullable<import('../load/services.js').Service['head']>} */
async function head(connection, key) {
  expectStatus(await connection.send(signedHead('HEAD', `/${CONTAINER}/${key}`, [], {}, undefined)), 200);
}
