/** Runs the built `annals` as a process of its own, or a command of it in the process of the test. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runInProcess } from '../../../../test/harness/in-process.js';
import { runProgram } from '../program.js';

/** The built program; `npm test` builds first. */
export const PROGRAM = fileURLToPath(new URL('../../bin/annals.js', import.meta.url));

/** How a process ended and everything it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A process under way. */
export interface AnnalsProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** The first line of standard output; rejects when the process ends without one. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Starts `annals` with nothing in its environment but what is given. */
export function startAnnals(
  words: readonly string[],
  options: {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
    /** Number of the user who runs it. Default: the user who runs the tests. */
    readonly userId?: number;
  },
): AnnalsProcess {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    ...(options.userId !== undefined && { uid: options.userId }),
    cwd: options.folder,
    // A home of its own: profiles and states of the user who runs the tests have no say.
    env: { PATH: process.env.PATH, HOME: options.folder, ...options.environment },
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // A process that ends early leaves nobody to read what a test writes to it.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]): Ended => {
    return { code, output: Buffer.concat(output).toString(), errors: Buffer.concat(errors).toString() };
  });
  const firstLine = Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => String(line)),
    ended.then(({ code, errors: text }) => Promise.reject(new Error(`The process ended with ${code}: ${text}`))),
  ]);
  // Tests that want it to fail wait for `ended` alone.
  firstLine.catch(() => undefined);
  return { child, firstLine, ended };
}

/**
 * Runs a command that ends by itself, without standard input, in the process of the test. What only a process shows is
 * for `startAnnals`, and `test/cli` runs every command in one.
 */
export function runAnnals(
  words: readonly string[],
  { folder, environment }: { readonly folder: string; readonly environment: Readonly<Record<string, string>> },
): Promise<Ended> {
  return runInProcess(() => runProgram('0.0.0', words), {
    folder,
    environment: { PATH: process.env.PATH, HOME: folder, ...environment },
  });
}

const READY_LINE = /^annals listening on (http:\/\/\S+)$/;

/**
 * Waits until `annals serve` is ready. @returns Its URL.
 * @throws {Error} The first line is not that of a server that is ready.
 */
export async function readyUrl({ firstLine }: AnnalsProcess): Promise<string> {
  const line = await firstLine;
  const url = READY_LINE.exec(line)?.[1];
  if (url === undefined) throw new Error(`Not the line of a server that is ready: ${line}`);
  return url;
}
