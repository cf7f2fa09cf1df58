// @ts-check
/** Runs programs of other languages with a time limit. Leaves out what their output means (`report.js`). */
import { spawn } from 'node:child_process';
import { endGroup, remember } from './children.js';

/**
 * @typedef {{ command: string, arguments: readonly string[], cwd?: string, environment?: Readonly<Record<string,
 * string>> }} Command
 * @typedef {{ code: number | null, stdout: string, stderr: string, problem?: string }} Outcome
 */

const OUTPUT_LENGTH_MAX = 4 * 1024 * 1024;

/**
 * Runs a command to its end, or to its time limit, in a process group of its own so that nothing it starts stays
 * behind.
 * @param {Command} command
 * @param {number} timeLimitMs
 * @returns {Promise<Outcome>} `problem` says in words why the program could not be run or did not end well.
 */
export async function runCommand({ command, arguments: words, cwd, environment }, timeLimitMs) {
  return await new Promise((resolve) => {
    const child = remember(
      spawn(command, words, {
        cwd,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      }),
    );
    let stdout = '';
    let stderr = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup(child, 'SIGKILL');
    }, timeLimitMs);
    child.stdout.on('data', (chunk) => {
      stdout = (stdout + chunk).slice(-OUTPUT_LENGTH_MAX);
    });
    child.stderr.on('data', (chunk) => {
      stderr = (stderr + chunk).slice(-OUTPUT_LENGTH_MAX);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: null, stdout, stderr, problem: `${command} cannot be started: ${error.message}` });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const problem = isLate
        ? `${command} ran longer than ${timeLimitMs / 1000} s`
        : code === 0
          ? undefined
          : `${command} ended with ${signal ?? `exit code ${code}`}: ${tellingLines(stderr || stdout)}`;
      resolve({ code, stdout, stderr, ...(problem !== undefined && { problem }) });
    });
  });
}

/**
 * The line that names the error, and the end.
 * @param {string} text
 */
function tellingLines(text) {
  const lines = text.trim().split('\n');
  const named = lines.find((line) => /^\s*(?:[\w.]*Error|fatal|error)\b/.test(line));
  return [...new Set([...(named === undefined ? [] : [named]), ...lines.slice(-3)])].join(' | ').slice(0, 600);
}
