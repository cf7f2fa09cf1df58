/**
 * A real S3 server of somebody else in a process of its own: versitygw over a folder. Its program is named by
 * `ANNALS_TEST_VERSITYGW`, which `run.js` sets.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Place } from '@annals/store';
import { freePort } from '../harness/free-port.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

export const S3_ACCESS_KEY_ID = 'TestS3AccessKey';
export const S3_SECRET_ACCESS_KEY = 'test-s3-secret-of-no-value';
const REGION = 'us-east-1';

export interface VersityGateway {
  /** `http://127.0.0.1:PORT`, also after a kill and another start. */
  readonly endpoint: string;
  readonly port: number;
  /** Where its buckets are folders. */
  readonly folder: string;
  makeBucket(name: string): Promise<void>;
  /** A place in a bucket, with the keys of the server. */
  place(bucket: string, prefix?: string): S3Place;
  /** kill -9, then waits until the process is gone. */
  kill(): Promise<void>;
  /** After a kill: on the same port and folder. */
  start(): Promise<void>;
  /** Stops it and removes the folder. */
  remove(): Promise<void>;
}

export interface VersityGatewayOptions {
  /** Default: a temporary one. */
  readonly folder?: string;
  /** In front of `posix`. */
  readonly flags?: readonly string[];
}

/** Starts a server on a free port of the loopback. */
export async function startVersityGateway(options: VersityGatewayOptions = {}): Promise<VersityGateway> {
  const program = process.env.ANNALS_TEST_VERSITYGW;
  if (program === undefined) throw new Error('Cannot test without an S3 server: start this by "npm run s3"');
  const own = options.folder === undefined ? await temporaryFolder() : undefined;
  const folder = join(options.folder ?? (own?.path as string), 'buckets');
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const words = ['--port', `127.0.0.1:${port}`, '--region', REGION, '--quiet', '--keep-alive'];
    const started = spawn(program, [...words, ...(options.flags ?? []), 'posix', folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ROOT_ACCESS_KEY_ID: S3_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY },
    });
    child = started;
    await until(async () => {
      if (started.exitCode !== null) throw new Error(`versitygw ended with ${started.exitCode}`);
      return isListening(endpoint);
    });
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'close');
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    endpoint,
    port,
    folder,
    async makeBucket(name) {
      await mkdir(join(folder, name));
    },
    place: (bucket, prefix = '') => ({
      endpoint,
      region: REGION,
      bucket,
      prefix,
      addressing: 'path',
      credentials: async () => ({ accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }),
    }),
    kill,
    start,
    async remove() {
      await kill();
      await own?.remove();
    },
  };
}

/** Any answer will do. */
async function isListening(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}
