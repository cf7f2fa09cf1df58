// @ts-check
/** Starts other people's servers, each in a process of its own, and ends just these processes. */
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { remember } from '../load/running.js';

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;

/** Where peers from registries of packages are installed. */
export const INSTALLED = process.env.ANNALS_BENCH_PEERS ?? join(homedir(), '.cache', 'annals-bench-peers');

/**
 * @param {string} program
 * @returns {string | undefined} Its path, or undefined when it is not installed.
 */
export function findProgram(program) {
  const path = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/usr/local/sbin`;
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${program}`], { env: { PATH: path } })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}

/**
 * @returns {Promise<number>} A port that was free a moment ago, below those that systems give away by themselves: a
 *   program may take it much later, or come back on it.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const isFree = new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (await isFree) return port;
  }
}

/** @param {number} port */
async function isListening(port) {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * @param {string} program
 * @param {readonly string[]} commandLine
 * @param {{ log: string, port?: number, env?: Record<string, string> }} options It is started when it listens on the
 *   port; without one, at once. What it prints goes to the log.
 * @returns {Promise<{ pid: number, stop: () => Promise<void>, kill: () => Promise<void> }>} Both resolve when it has
 *   ended; `kill` gives it no time to.
 * @throws {Error} When it ends before it listens, or does not listen within a minute; with the end of its log.
 */
export async function startProgram(program, commandLine, { log, port, env = {} }) {
  const output = openSync(log, 'a');
  const child = spawn(program, commandLine, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  closeSync(output);
  /** @type {string | undefined} */
  let end;
  const exited = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    child.once('error', (error) => {
      end = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      end = `ended with ${code ?? signal}`;
      resolve();
    });
  });
  const stop = remember(async () => {
    if (end !== undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
  });
  const startMs = performance.now();
  while (port !== undefined && !(await isListening(port))) {
    if (end === undefined && performance.now() - startMs < START_MS_MAX) {
      await pause(50);
      continue;
    }
    await stop();
    throw new Error(`${program} did not start (${end}): ${readFileSync(log, 'utf8').trim().slice(-300)}`);
  }
  const kill = async () => {
    child.kill('SIGKILL');
    await stop();
  };
  return { pid: child.pid ?? 0, stop, kill };
}
