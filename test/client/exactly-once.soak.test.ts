/**
 * Ten thousand runs of the append writer through a proxy that breaks at every byte. They take 11 to 24 minutes, so they
 * run with `ANNALS_SOAK=exactly-once` only.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { isSoaked } from '../harness/soak.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { runExactlyOnce } from './exactly-once-runs.js';

const RUN_COUNT = 10_000;
const TIME_MS_MAX = 60 * 60_000;

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

it.runIf(isSoaked('exactly-once'))(
  'what a writer wrote is there once and in order, ten thousand times',
  async () => {
    const { wrong, retryCount, lateCount } = await runExactlyOnce(server, RUN_COUNT, 2);
    console.log(`${RUN_COUNT} runs, ${retryCount} retries, ${lateCount} requests that arrived late`);
    expect(wrong).toEqual([]);
    expect(lateCount).toBeGreaterThan(RUN_COUNT / 20);
  },
  TIME_MS_MAX,
);
