/** A server in a process of its own, and the client commands against it, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@annals/client';
import { type AnnalsProcess, type Ended, readyUrl, startAnnals } from './annals-process.js';

/** What tests of commands use; its members are there once the tests run. */
export interface CommandServer {
  /** Working folder and home of the commands. */
  readonly folder: string;
  readonly client: Client;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a command. Whatever a failing test leaves running is ended with the server. */
  start(...words: string[]): AnnalsProcess;
  /** The same with an environment and a folder of its own. */
  startIn(words: readonly string[], options: Parameters<typeof startAnnals>[1]): AnnalsProcess;
  /** Runs a command without standard input. */
  run(...words: string[]): Promise<Ended>;
  /** Resolves once an object of the bucket `logs` has that many bytes. */
  lengthReached(key: string, length: number): Promise<void>;
}

/** Those of the test runner. */
export interface TestHooks {
  beforeAll(run: () => Promise<void>): void;
  afterAll(run: () => Promise<void>): void;
}

/** Starts a server with a bucket `logs` before the tests of a file, and ends it behind them. */
export function useCommandServer({ beforeAll, afterAll }: TestHooks): CommandServer {
  const started: AnnalsProcess[] = [];
  let running: { readonly folder: string; readonly client: Client; readonly environment: Record<string, string> };
  const startIn: CommandServer['startIn'] = (words, options) => {
    const annals = startAnnals(words, options);
    started.push(annals);
    return annals;
  };
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'annals-commands-'));
    const server = startIn(['serve', '--port', '0', '--bucket', 'logs'], {
      folder,
      environment: { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' },
    });
    const endpoint = await readyUrl(server);
    running = {
      folder,
      client: createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' }),
      environment: {
        OSS_ENDPOINT: endpoint,
        OSS_ACCESS_KEY_ID: 'test-id',
        OSS_ACCESS_KEY_SECRET: 'test-secret',
      },
    };
  });
  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    rmSync(running.folder, { recursive: true });
  });
  const start = (...words: string[]): AnnalsProcess => startIn(words, running);
  return {
    get folder() {
      return running.folder;
    },
    get client() {
      return running.client;
    },
    get environment() {
      return running.environment;
    },
    start,
    startIn,
    run(...words) {
      const { child, ended } = start(...words);
      child.stdin.end();
      return ended;
    },
    async lengthReached(key, length) {
      for (;;) {
        const found = await running.client.headObject({ bucket: 'logs', key }).then(
          (head) => head.length,
          () => 0,
        );
        if (found >= length) return;
      }
    },
  };
}

/** How a command ends that has nothing to complain about. */
export const succeeded = (output: string): Ended => ({ code: 0, output, errors: '' });
