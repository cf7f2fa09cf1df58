// @ts-check
/** Starts the servers that are measured, each in a process of its own, and reads their peak memory. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { remember } from './running.js';

export const ACCESS_KEY = { accessKeyId: 'BenchAccessKey', accessKeySecret: 'bench-secret-of-no-value' };
export const BUCKET = 'bench';

/** @typedef {{ port: number, pid: number, stop: () => Promise<void> }} Running */

/**
 * @param {string[]} commandLine
 * @param {RegExp} ready With the port as its first group.
 * @returns {Promise<Running>}
 */
async function start(commandLine, ready) {
  const child = spawn(process.execPath, commandLine, {
    stdio: ['ignore', 'pipe', process.env.ANNALS_BENCH_LOG === '1' ? 'inherit' : 'ignore'],
    env: {
      ...process.env,
      ANNALS_ROOT_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
      ANNALS_ROOT_ACCESS_KEY_SECRET: ACCESS_KEY.accessKeySecret,
    },
  });
  const exited = once(child, 'exit');
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = ready.exec(line);
      if (match !== null) resolve(Number(match[1]));
    });
    exited.then(([code]) => reject(new Error(`${commandLine[0]} ended with ${code} before it was ready`)));
  });
  return {
    port,
    pid: /** @type {number} */ (child.pid),
    stop: remember(async () => {
      child.kill('SIGTERM');
      await exited;
    }),
  };
}

/** @param {string | undefined} file Served to GET. */
export function startBareServer(file = undefined) {
  const script = fileURLToPath(new URL('bare-server.js', import.meta.url));
  return start(file === undefined ? [script] : [script, file], /^bare listening on (\d+)$/);
}

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

/**
 * @param {string} data Data folder.
 * @param {readonly string[]} options More of the command line. Without a number of workers there is one process, on
 *   every machine.
 */
export function startAnnals(data, options = []) {
  const workers = options.includes('--workers') ? [] : ['--workers', '1'];
  return start(
    [ANNALS, 'serve', '--data', data, '--port', '0', '--bucket', BUCKET, '--log-level', 'info', ...workers, ...options],
    /^annals listening on http:\/\/[^:]+:(\d+)$/,
  );
}

/** @param {string} option @returns {boolean} Whether `annals serve` has it. */
export const hasOption = (option) => execFileSync(process.execPath, [ANNALS, 'serve', '--help']).includes(option);

/**
 * @param {number} pid
 * @returns {number | undefined} Peak resident memory in bytes; undefined where the system does not tell.
 */
export function peakMemoryBytes(pid) {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}
