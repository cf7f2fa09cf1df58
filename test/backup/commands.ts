/** Runs `annals backup`, `annals restore` and the like as a shell does, for the tests of whole backups. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built program. */
const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

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

/** Starts `annals WORDS`. */
function startCommand(
  words: readonly string[],
  server?: ServerAddress,
  environment: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(process.execPath, [ANNALS, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      ...(server !== undefined && {
        OSS_ENDPOINT: server.endpoint,
        OSS_ACCESS_KEY_ID: server.accessKeyId,
        OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
      }),
      ...environment,
    },
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

/** Runs `annals WORDS` to its end. */
export function runCommand(
  words: readonly string[],
  server?: ServerAddress,
  environment?: Readonly<Record<string, string>>,
): Promise<CommandOutcome> {
  return startCommand(words, server, environment).ended;
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
