/**
 * The key-value suite over the engine `postgres`, on a server of its own; each case has a schema of its own. Set
 * ANNALS_TEST_SEED to repeat a failed run.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openPostgresKeyValueStore } from '../key-value/postgres/open.js';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
} from '../key-value/postgres/postgres-server-fixture.js';
import { keyValueStoreCases } from './key-value-store.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));

describe.skipIf(postgresIsMissing())(`postgres key-value engine, seed ${seed}`, () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => server?.remove());

  for (const [index, { name, run }] of keyValueStoreCases.entries()) {
    it(name, async () => {
      // A watch may also be told without a reason, and some cases count: no poll in their time.
      const open = () =>
        openPostgresKeyValueStore({ url: server.url, schema: `case_${index}`, watchIntervalMs: 3_600_000 });
      let current: KeyValueStore = await open();
      const reopen = async () => {
        await current.close();
        current = await open();
        return current;
      };
      try {
        await run({ store: current, reopen, seed });
      } finally {
        await current.close();
      }
    });
  }
});
