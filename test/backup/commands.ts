/**
 * Runs `annals backup`, `annals restore` and the like for the tests of whole backups: in the process of the test, or in
 * one of its own, which can be killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../packages/cli/src/program.js';
import { runInProcess } from '../harness/in-process.js';

/** The built program. */
export const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

/** How a command ended. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A command under way. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandOutcome>;
}

/** Whose server, as the environment says it. */
export interface ServerAddress {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

function environmentOf(server: ServerAddress | undefined, environment: Readonly<Record<string, string>>) {
  return {
    PATH: process.env.PATH,
    ...(server !== undefined && {
      OSS_ENDPOINT: server.endpoint,
      OSS_ACCESS_KEY_ID: server.accessKeyId,
      OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
    }),
    ...environment,
  };
}

/** Starts `annals WORDS` as a process of its own. */
export function startCommand(
  words: readonly string[],
  server?: ServerAddress,
  environment: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(process.execPath, [ANNALS, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentOf(server, environment),
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  const ended = once(child, 'close').then(([code, signal]): CommandOutcome => {
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, output, errors };
  });
  return { child, ended };
}

/** Runs `annals WORDS`, a command that ends by itself, in the process of the test. */
export async function runCommand(
  words: readonly string[],
  server?: ServerAddress,
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> {
  const surroundings = { folder: process.cwd(), environment: environmentOf(server, environment) };
  return { signal: null, ...(await runInProcess(() => runProgram('0.0.0', words), surroundings)) };
}

/** Runs `annals WORDS`, which must succeed. @returns What it wrote. @throws {Error} It did not. */
export async function succeed(
  words: readonly string[],
  server?: ServerAddress,
  environment?: Readonly<Record<string, string>>,
): Promise<string> {
  const { code, signal, output, errors } = await runCommand(words, server, environment);
  if (code === 0) return output;
  throw new Error(`annals ${words.join(' ')}: ${signal ?? code}: ${errors}${output}`);
}
