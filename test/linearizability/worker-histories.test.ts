/**
 * Concurrent histories of a server with workers: single workers are ended with kill -9 while others go on, then the
 * process that keeps the store. Checked per object for linearizability. Bounds and seed as in `histories.test.ts`.
 */
import { join } from 'node:path';
import { HistoryDriver } from '@annals/store/linearizability';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { childrenOf, killWorker, untilGone } from '../harness/worker-processes.js';
import { openHttpObjectClient } from './http-object-client.js';

const BUCKET = 'histories';
const KEYS = ['cameras/1', 'log', 'ü'];
const CLIENT_COUNT = 8;
const WORKER_COUNT = 2;
const LIFE_COUNT = Number(process.env.ANNALS_HISTORY_KILLS ?? 1);
const ROUND_COUNT = 3;
const ANSWER_COUNT = Number(process.env.ANNALS_HISTORY_OPERATIONS ?? 100);
const SEED = Number(process.env.ANNALS_TEST_SEED ?? Date.now() % 2 ** 31);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder.remove());

it('histories over workers are linearizable while workers and their server are killed', async () => {
  console.log(`seed ${SEED}: set ANNALS_TEST_SEED to repeat it`);
  const options = { keys: KEYS, seed: SEED, bodyLengthBytesMax: 2000, longBodyLengthBytes: 150_000 };
  const driver = new HistoryDriver(options);
  const flags = ['--workers', String(WORKER_COUNT), '--log-level', 'error'];
  for (let life = 0; life <= LIFE_COUNT; life += 1) {
    const server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET], flags });
    const isLastLife = life === LIFE_COUNT;
    for (let round = 0; round < ROUND_COUNT; round += 1) {
      const clients = Array.from({ length: CLIENT_COUNT }, () => openHttpObjectClient(server, BUCKET));
      // Looked up in advance: looking takes longer than an answer, and then nothing is under way.
      const workers = childrenOf(server.pid);
      const isServerKilled = !isLastLife && round === ROUND_COUNT - 1;
      const killAt = driver.counts.answeredCount + ANSWER_COUNT;
      let killed: Promise<void> | undefined;
      const isOver = (): boolean => {
        const { answeredCount } = driver.counts;
        if (answeredCount < killAt) return false;
        killed ??= isServerKilled ? server.kill() : killWorker(server, workers, round % WORKER_COUNT);
        // Behind a dead server the clients go on until their connections break.
        return !isServerKilled && answeredCount >= killAt + ANSWER_COUNT / 3;
      };
      await driver.live(clients, isOver);
      await killed;
      for (const client of clients) client.close();
      // They end by themselves: nobody else would.
      if (isServerKilled) await untilGone(workers);
    }
    if (isLastLife) {
      const reader = openHttpObjectClient(server, BUCKET);
      await driver.readAll(reader);
      reader.close();
      expect(await server.stop()).toBe(0);
    } else {
      driver.endUnanswered();
    }
  }
  const { operationCount } = driver.check();
  const { unansweredCount } = driver.counts;
  console.log(`${operationCount} operations, ${unansweredCount} without an answer: linearizable`);
  expect(unansweredCount).toBeGreaterThan(0);
}, 600_000);
