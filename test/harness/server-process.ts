/**
 * A real `annals serve` in a process of its own, on a free port and a folder of the test's choosing.
 * Leaves out everything in-process: what is tested here is what a stranger runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

export interface ServerProcess {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly port: number;
  readonly pid: number;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Everything written to standard output and standard error so far. */
  output(): { stdout: string; stderr: string };
  /** SIGTERM, then waits; `output` is complete then. @returns The exit code. */
  stop(): Promise<number | null>;
  /** kill -9, then waits until the process is gone. */
  kill(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly data: string;
  /** 0 picks one, which others may get while the server is not there: one that comes back takes a `freePort`. */
  readonly port?: number;
  readonly buckets?: readonly string[];
  readonly flags?: readonly string[];
  /** Default: one that all servers of the tests have. */
  readonly accessKeyId?: string;
  /** Variables besides those of the test's process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Path of the `annals.js` to run. Default: the one of this checkout, as built. */
  readonly annalsPath?: string;
  /**
   * A program and its arguments that get the server's command line behind them and become it: to set limits, for
   * example.
   */
  readonly launcher?: readonly string[];
}

const ACCESS_KEY_ID = 'AnnalsTestAccessKey';
const ACCESS_KEY_SECRET = 'annals-test-secret-of-no-value';

/** Starts `annals serve` and resolves when it has printed its ready line. @throws when it ends before. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { flags = [] } = options;
  const accessKeyId = options.accessKeyId ?? ACCESS_KEY_ID;
  const bucketFlags = (options.buckets ?? []).flatMap((bucket) => ['--bucket', bucket]);
  const [program = process.execPath, ...commandLine] = [
    ...(options.launcher ?? []),
    process.execPath,
    options.annalsPath ?? ANNALS,
    'serve',
    '--data',
    options.data,
    '--port',
    String(options.port ?? 0),
    ...bucketFlags,
    ...flags,
    // The same on every machine. An older program does not know the option, and is one process.
    ...(flags.includes('--workers') || options.annalsPath !== undefined ? [] : ['--workers', '1']),
  ];
  const child: ChildProcess = spawn(program, commandLine, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...options.environment,
      ANNALS_ROOT_ACCESS_KEY_ID: accessKeyId,
      ANNALS_ROOT_ACCESS_KEY_SECRET: ACCESS_KEY_SECRET,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    // The tail is enough to explain a failure, and a soak must not eat the test's memory.
    stderr = (stderr + chunk.toString()).slice(-65_536);
  });
  // Not `exit`: what it wrote last may still be on its way then, and tests look for it.
  const ended = once(child, 'close');
  const endpoint = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      stdout += `${line}\n`;
      const match = /^annals listening on (http:\/\/\S+)$/.exec(line);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    ended.then(([code]) =>
      reject(new Error(`annals serve ended with ${String(code)} before it was ready:\n${stderr}`)),
    );
  });
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    pid: child.pid as number,
    accessKeyId,
    accessKeySecret: ACCESS_KEY_SECRET,
    output: () => ({ stdout, stderr }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const [code] = await ended;
      return code as number | null;
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * A folder for the data of a server, as those who start one want it beside.
 * @public
 */
export { temporaryFolder } from './temporary-folder.js';
