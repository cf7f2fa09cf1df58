/**
 * Concurrent histories of real server processes that are killed with kill -9 and started again, checked per object for
 * linearizability. Bounded by counts: `ANNALS_HISTORY_KILLS` and `ANNALS_HISTORY_OPERATIONS` (answers in each life)
 * make it longer, `ANNALS_TEST_SEED` repeats what the clients ask for (not what the machine makes of it).
 */
import { join } from 'node:path';
import { HistoryDriver } from '@annals/store/linearizability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { openHttpObjectClient } from './http-object-client.js';

const BUCKET = 'histories';
const KEYS = ['cameras/1', 'cameras/2', 'log', 'ü'];
const CLIENT_COUNT = 10;
const KILL_COUNT = Number(process.env.ANNALS_HISTORY_KILLS ?? 4);
const ANSWER_COUNT_PER_LIFE = Number(process.env.ANNALS_HISTORY_OPERATIONS ?? 500);
const SEED = Number(process.env.ANNALS_TEST_SEED ?? Date.now() % 2 ** 31);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await folder.remove();
});

describe('histories of objects behind servers that are killed', () => {
  it(`are linearizable over ${KILL_COUNT} kills`, async () => {
    console.log(`seed ${SEED}: set ANNALS_TEST_SEED to repeat it`);
    const driver = new HistoryDriver({
      keys: KEYS,
      seed: SEED,
      bodyLengthBytesMax: 2000,
      // Longer than what is kept inline: a blob of its own.
      longBodyLengthBytes: 150_000,
    });
    const data = join(folder.path, 'data');
    for (let life = 0; life <= KILL_COUNT; life += 1) {
      const server = await startServerProcess({ data, buckets: [BUCKET] });
      const clients = Array.from({ length: CLIENT_COUNT }, () => openHttpObjectClient(server, BUCKET));
      const answeredMax = driver.counts.answeredCount + ANSWER_COUNT_PER_LIFE;
      const isLastLife = life === KILL_COUNT;
      let killed: Promise<void> | undefined;
      // In the middle of what the clients have under way: they go on until their connections break.
      const isOver = (): boolean => {
        if (driver.counts.answeredCount < answeredMax) return false;
        if (isLastLife) return true;
        killed ??= server.kill();
        return false;
      };
      await driver.live(clients, isOver);
      if (isLastLife) {
        await driver.readAll(clients[0] as (typeof clients)[number]);
        expect(await server.stop()).toBe(0);
      } else {
        expect(killed, 'no client lost its connection but by the kill').toBeDefined();
        await killed;
        driver.endUnanswered();
      }
      for (const client of clients) client.close();
    }
    const { operationCount, configurationCount } = driver.check();
    const { answeredCount, unansweredCount } = driver.counts;
    console.log(
      `${operationCount} operations of ${KEYS.length} objects, ${unansweredCount} without an answer, ${KILL_COUNT} kills: linearizable (${configurationCount} possibilities)`,
    );
    expect(answeredCount).toBeGreaterThanOrEqual((KILL_COUNT + 1) * ANSWER_COUNT_PER_LIFE);
    expect(unansweredCount).toBeGreaterThan(0);
  }, 600_000);
});
