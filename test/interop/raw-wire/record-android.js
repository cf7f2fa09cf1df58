// @ts-check
/**
 * Records the append requests of the Android SDK again: `node test/interop/raw-wire/record-android.js`. Its plain-Java
 * part sends them off the device to the real server, which checks their signatures; what passes in between is kept byte
 * for byte. Leaves out requests framed in chunks, which this SDK never sends.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { client as android } from '../android/client.js';
import { runCommand } from '../runner/command.js';
import { foldersOf } from '../runner/folders.js';
import { java } from '../runner/java.js';
import { startServer } from '../runner/server.js';
import { recordedKeys } from './fixture.js';

const BUCKET = 'examplebucket';
const TIME_LIMIT_MS = 300_000;
/**
 * With the bucket in front of its name the SDK drops the port; at a domain of the bucket's own it keeps it, and sends
 * the same.
 */
const RECORDINGS = [
  { name: 'v1', signature: 'V1', host: '127.0.0.1', countMax: 3 },
  { name: 'v4', signature: 'V4', host: '127.0.0.1', countMax: 3 },
  { name: 'vhost-v1', signature: 'V1', host: `${BUCKET}.localhost`, countMax: 1 },
  { name: 'vhost-v4', signature: 'V4', host: `${BUCKET}.localhost`, countMax: 1 },
];

const folders = { ...foldersOf('android'), scratch: await mkdtemp(join(tmpdir(), 'annals-recording-')) };
try {
  await mkdir(folders.cache, { recursive: true });
  for (const command of android.prepare(folders)) await succeed(command);
  for (const recording of RECORDINGS) await record(recording);
} finally {
  await rm(folders.scratch, { recursive: true, force: true });
}

/** @param {import('../runner/command.js').Command} command */
async function succeed(command) {
  const { problem } = await runCommand(command, TIME_LIMIT_MS);
  if (problem !== undefined) throw new Error(problem);
}

/** @param {{ name: string, signature: string, host: string, countMax: number }} recording */
async function record({ name, signature, host, countMax }) {
  const server = await startServer({ bucket: BUCKET, keys: recordedKeys });
  const listener = await startListener(server.port);
  try {
    // The resolver of a machine need not know names below localhost.
    const hosts = join(folders.scratch, 'hosts');
    await writeFile(hosts, `127.0.0.1 ${BUCKET}.localhost\n`);
    const { command, arguments: words } = java(folders, 'Recording');
    await succeed({
      command,
      arguments: [`-Djdk.net.hosts.file=${hosts}`, ...words],
      environment: {
        ANNALS_ENDPOINT: `http://${host}:${listener.port}`,
        BUCKET,
        OSS_ACCESS_KEY_ID: recordedKeys.accessKeyId,
        OSS_ACCESS_KEY_SECRET: recordedKeys.accessKeySecret,
        OSS_REGION: 'cn-hangzhou',
        SIGNATURE: signature,
      },
    });
    const requests = listener.requests().slice(0, countMax);
    if (requests.length < countMax) throw new Error(`${name}: ${requests.length} requests came, wanted ${countMax}`);
    for (const [index, request] of requests.entries()) {
      const path = new URL(`./requests/android-${name}-${index + 1}.http`, import.meta.url);
      await writeFile(path, request);
    }
  } finally {
    await listener.close();
    await server.stop();
  }
}

/**
 * Passes everything on to the server and keeps what clients sent.
 * @param {number} serverPort
 */
async function startListener(serverPort) {
  /** @type {Buffer[][]} One list per connection. */
  const connections = [];
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    /** @type {Buffer[]} */
    const chunks = [];
    connections.push(chunks);
    client.on('data', (chunk) => chunks.push(chunk));
    for (const [from, to] of /** @type {const} */ ([
      [client, server],
      [server, client],
    ])) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (listener.address());
  return {
    port,
    requests: () => connections.flatMap((chunks) => requestsIn(Buffer.concat(chunks))),
    close: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await once(listener, 'close');
    },
  };
}

/**
 * @param {Buffer} bytes
 * @returns {Buffer[]}
 */
function requestsIn(bytes) {
  const requests = [];
  for (let start = 0; start < bytes.length; ) {
    const bodyStart = bytes.indexOf('\r\n\r\n', start) + 4;
    const head = bytes.subarray(start, bodyStart).toString('latin1');
    const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
    if (length === undefined) throw new Error(`The length of a request is not told:\n${head}`);
    const end = bodyStart + Number(length);
    requests.push(bytes.subarray(start, end));
    start = end;
  }
  return requests;
}
