// @ts-check
/** Starts the real `annals serve` for one client: a child process, a free port, a data folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { remember } from './children.js';

/** The program under test; the runner's commands of `annals` use it too. */
export const annalsPath = fileURLToPath(new URL('../../../packages/cli/bin/annals.js', import.meta.url));

/** Key pair of the server's owner. */
export const rootKeys = { accessKeyId: 'AnnalsInteropAccessKey', accessKeySecret: 'annals-interop-secret-of-no-value' };

/**
 * @typedef {object} Server
 * @property {string} endpoint `http://127.0.0.1:PORT`
 * @property {number} port
 * @property {string} data Its data folder.
 * @property {() => string} log Tail of its log.
 * @property {() => string | undefined} ended Why it is not running although nobody ended it; nothing while it runs.
 * @property {() => Promise<void>} kill Ends it at once, as a crash would; the data folder stays.
 * @property {() => Promise<void>} restart Starts it again on the same data folder and any free port: `endpoint` and
 * `port` are others then.
 * @property {() => Promise<void>} stop Ends it and removes the data folder.
 */

/**
 * @param {{ bucket: string, keys?: { accessKeyId: string, accessKeySecret: string } }} options
 * @returns {Promise<Server>}
 */
export async function startServer({ bucket, keys = rootKeys }) {
  const data = await mkdtemp(join(tmpdir(), 'annals-interop-'));
  let running = await launch(data, bucket, keys);
  return {
    get endpoint() {
      return `http://127.0.0.1:${running.port}`;
    },
    get port() {
      return running.port;
    },
    data,
    log: () => running.log(),
    ended: () => running.ended(),
    kill: () => running.end('SIGKILL'),
    restart: async () => {
      running = await launch(data, bucket, keys);
    },
    stop: async () => {
      await running.end('SIGTERM');
      await rm(data, { recursive: true, force: true });
    },
  };
}

/**
 * @param {string} data
 * @param {string} bucket
 * @param {{ accessKeyId: string, accessKeySecret: string }} keys
 */
async function launch(data, bucket, keys) {
  const child = remember(
    spawn(process.execPath, [annalsPath, 'serve', '--data', data, '--port', '0', '--bucket', bucket], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...process.env,
        ANNALS_ROOT_ACCESS_KEY_ID: keys.accessKeyId,
        ANNALS_ROOT_ACCESS_KEY_SECRET: keys.accessKeySecret,
      },
    }),
  );
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-262_144);
  });
  const exited = once(child, 'exit');
  const endpoint = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^annals listening on (http:\/\/\S+)$/.exec(line);
      if (match !== null) resolve(match[1]);
    });
    exited.then(([code]) =>
      reject(new Error(`annals serve ended with ${code} before it was ready: ${log.slice(-600)}`)),
    );
  });
  return {
    port: Number(new URL(endpoint).port),
    log: () => log,
    ended: () =>
      child.exitCode === null && child.signalCode === null
        ? undefined
        : `annals serve ended by itself with ${child.signalCode ?? child.exitCode}: ${log.slice(-400)}`,
    end: async (/** @type {'SIGTERM' | 'SIGKILL'} */ signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
}
