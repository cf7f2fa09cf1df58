/** Three hundred runs of the append writer through a proxy that breaks; ten thousand: `exactly-once.soak.test.ts`. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { runExactlyOnce } from './exactly-once-runs.js';

const TIME_MS_MAX = 10 * 60_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: folder.path, buckets: ['logs'] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

it(
  'what a writer wrote is there once and in order, wherever the connection breaks',
  async () => {
    const { wrong, retryCount, lateCount } = await runExactlyOnce(server, 150, 1);
    expect(wrong).toEqual([]);
    expect(retryCount).toBeGreaterThan(50);
    expect(lateCount).toBeGreaterThan(5);
  },
  TIME_MS_MAX,
);
