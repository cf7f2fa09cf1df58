/** Two stores of the engine `postgres` over one database: counters, watches, and histories of concurrent calls. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { plainAttributes } from '../../conformance/object-store-test-store.js';
import { seededRandom } from '../../conformance/seeded-random.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { HistoryDriver } from '../../linearizability/drive-histories.js';
import { openObjectStore } from '../../object-store/object-store.js';
import { storeObjectClient } from '../../simulation/store-object-client.js';
import { openPostgresKeyValueStore } from './open.js';
import { type PostgresServer, postgresIsMissing, startPostgres } from './postgres-server-fixture.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));
const text = (value: string): Uint8Array => Buffer.from(value);
const numberOf = (value: Uint8Array | undefined): bigint => Buffer.from(value ?? Buffer.alloc(8)).readBigInt64LE();

describe.skipIf(postgresIsMissing())(`two stores over one PostgreSQL, seed ${seed}`, () => {
  let server: PostgresServer;
  let schema: string;
  let schemaCount = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });

  afterAll(async () => server?.remove());

  beforeEach(() => {
    schemaCount += 1;
    schema = `shared_${schemaCount}`;
  });

  const withTwo = async (work: (one: KeyValueStore, other: KeyValueStore) => Promise<void>) => {
    const one = await openPostgresKeyValueStore({ url: server.url, schema });
    const other = await openPostgresKeyValueStore({ url: server.url, schema });
    try {
      await work(one, other);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  };

  it('a counter that both add to is exact at each moment, while it is folded', () =>
    withTwo(async (one, other) => {
      const key = text('counter');
      const reference = text('reference');
      let isAdding = true;
      const add = async (store: KeyValueStore, from: number) => {
        const random = seededRandom(seed + from);
        for (let round = 0; round < 150; round += 1) {
          const delta = BigInt(random.below(1000) - 300);
          await store.commit({
            sums: [
              { key, delta },
              { key: reference, delta },
            ],
          });
        }
      };
      const fold = async () => {
        while (isAdding) {
          await server.query(`SELECT ${schema}.fold_v1(key) FROM (SELECT DISTINCT key FROM ${schema}.deltas) d`);
        }
      };
      const read = async () => {
        while (isAdding) {
          const entries = await other.list({ start: text('a'), end: text('z'), limit: 10 });
          const values = new Set(entries.map(({ value }) => numberOf(value)));
          assert.ok(values.size <= 1, 'both counters are of one moment');
        }
      };
      const adding = Promise.all([add(one, 1), add(one, 2), add(other, 3), add(other, 4)]).finally(() => {
        isAdding = false;
      });
      await Promise.all([adding, fold(), read()]);
      const expected = [1, 2, 3, 4].reduce((sum, from) => {
        const random = seededRandom(seed + from);
        return Array.from({ length: 150 }, () => BigInt(random.below(1000) - 300)).reduce((a, b) => a + b, sum);
      }, 0n);
      assert.equal(numberOf((await one.get(key))?.value), expected);
    }));

  it('a check of a counter never passes after another added to it, and passes when none did', () =>
    withTwo(async (one, other) => {
      const key = text('counter');
      const takenAt: bigint[] = [];
      let isAdding = true;
      let addedCount = 0n;
      const add = async (store: KeyValueStore) => {
        for (let round = 0; round < 60; round += 1) {
          const { committed } = await store.commit({ sums: [{ key, delta: 1n }] });
          if (committed) addedCount += 1n;
        }
      };
      // Takes what the counter holds: sums must neither be lost with it nor taken twice. Most tries fail, of course,
      // as long as others add.
      const take = async (store: KeyValueStore) => {
        let isTaken = false;
        while (isAdding || !isTaken) {
          const entry = await store.get(key);
          if (entry === undefined) continue;
          const held = numberOf(entry.value);
          const { committed } = await store.commit({
            checks: [{ key, version: entry.version }],
            sums: [{ key, delta: -held }],
          });
          if (committed) takenAt.push(held);
          isTaken = committed;
        }
      };
      const adding = Promise.all([add(one), add(one), add(other), add(other)]).finally(() => {
        isAdding = false;
      });
      await Promise.all([adding, take(one), take(other)]);
      const left = numberOf((await one.get(key))?.value);
      assert.equal(
        takenAt.reduce((sum, held) => sum + held, left),
        addedCount,
      );

      const version = await other.commit({ sums: [{ key, delta: 1n }] });
      assert.ok(version.committed);
      assert.equal((await one.get(key))?.version, version.version);
      assert.ok((await one.commit({ checks: [{ key, version: version.version }] })).committed);
      await other.commit({ sums: [{ key, delta: 1n }] });
      const last = await one.commit({ sums: [{ key, delta: 1n }] });
      assert.ok(last.committed);
      assert.equal((await other.commit({ checks: [{ key, version: version.version }] })).committed, false);
      assert.ok((await other.commit({ checks: [{ key, version: last.version }] })).committed);
    }));

  it('a check of an absent key that is not written excludes a put and a first sum of it', () =>
    withTwo(async (one, other) => {
      for (let round = 0; round < 60; round += 1) {
        const [left, right] = [text(`left ${round}`), text(`right ${round}`)];
        const value = text('v');
        const isSummed = round % 2 === 0;
        const outcomes = await Promise.all([
          one.commit({ checks: [{ key: right, version: undefined }], puts: [{ key: left, value }] }),
          other.commit({
            checks: [{ key: left, version: undefined }],
            ...(isSummed ? { sums: [{ key: right, delta: 1n }] } : { puts: [{ key: right, value }] }),
          }),
        ]);
        assert.equal(outcomes.filter(({ committed }) => committed).length, 1, 'one of two, not both');
      }
    }));

  it('a watch hears of commits of the other store: puts, sums and deletes', () =>
    withTwo(async (one, other) => {
      const key = text('watched');
      let notify: () => void = () => undefined;
      const end = one.watch(key, () => notify());
      const next = async (change: () => Promise<unknown>, holds: (value: Uint8Array | undefined) => boolean) => {
        const told = new Promise<void>((resolve) => {
          notify = () => {
            void one.get(key).then((entry) => {
              if (holds(entry?.value)) resolve();
            });
          };
        });
        await change();
        await told;
      };
      await next(
        () => other.commit({ puts: [{ key, value: text('v') }] }),
        (value) => value?.length === 1,
      );
      await next(
        () => other.commit({ deletes: [key] }),
        (value) => value === undefined,
      );
      for (const total of [1n, 2n, 3n]) {
        await next(
          () => other.commit({ sums: [{ key, delta: 1n }] }),
          (value) => numberOf(value) === total,
        );
      }
      end();
    }));

  it('large commits and many small ones of both stores do not deadlock', () =>
    withTwo(async (one, other) => {
      const random = seededRandom(seed);
      const keys = (count: number) => new Set(Array.from({ length: count }, () => random.below(3000)));
      const put = (store: KeyValueStore, count: number) =>
        store.commit({
          puts: [...keys(count)].map((number) => ({ key: text(`k${number}`), value: text('v') })),
          sums: [{ key: text('sum'), delta: 1n }],
        });
      const commits: Promise<unknown>[] = [];
      for (let round = 0; round < 12; round += 1) {
        const store = round % 2 === 0 ? one : other;
        commits.push(put(store, 2000));
        for (let small = 0; small < 15; small += 1) commits.push(put(random.below(2) === 0 ? one : other, 8));
      }
      await Promise.all(commits);
      assert.equal(numberOf((await one.get(text('sum')))?.value), BigInt(commits.length));
    }));

  it('histories of objects in a store over it are linearizable while its sessions are killed', async () => {
    const keyValues = await openPostgresKeyValueStore({ url: server.url, schema, patienceMs: 120_000 });
    const store = await openObjectStore({ keyValues, blobs: openMemoryBlobStore() });
    const bucket = 'histories';
    await store.createBucket({
      name: bucket,
      ownerId: 'owner',
      acl: 'private',
      storageClass: plainAttributes.storageClass,
      dataRedundancyType: 'LRS',
    });
    const driver = new HistoryDriver({ keys: ['a', 'b'], seed, bodyLengthBytesMax: 500, longBodyLengthBytes: 9000 });
    const clients = Array.from({ length: 8 }, () => storeObjectClient(store, bucket, () => Promise.resolve()));
    const living = driver.live(clients, () => driver.counts.answeredCount >= 600);
    for (let kill = 1; kill <= 10; kill += 1) {
      while (driver.counts.answeredCount < kill * 50) await new Promise((resolve) => setImmediate(resolve));
      await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'annals' AND random() < 0.4`,
      );
    }
    await living;
    await driver.readAll(storeObjectClient(store, bucket, () => Promise.resolve()));
    expect(driver.check().operationCount).toBeGreaterThanOrEqual(600);
    expect(driver.counts.unansweredCount).toBe(0);
    await keyValues.close();
  });

  it('old marks are removed, and what is older than they are is refused', async () => {
    await withTwo(async (one) => {
      await one.commit({ puts: [{ key: text('k'), value: text('v') }] });
      const [before] = await server.query(`SELECT count(*) FROM ${schema}.marks`);
      assert.equal(before, '1');
      const boundary = 'ffffffff-0000-0000-0000-000000000000';
      await server.query(`SELECT ${schema}.forget_v1('${boundary}', 100)`);
      const [after] = await server.query(`SELECT count(*) FROM ${schema}.marks`);
      assert.equal(after, '0');
      const old = '00000000-0000-0000-0000-000000000001';
      const [unknown] = await server.query(`SELECT ${schema}.resolve_v1('${old}') IS NULL`);
      assert.equal(unknown, 't');
    });
    const store = await openPostgresKeyValueStore({ url: server.url, schema, patienceMs: 100 });
    await assert.rejects(store.commit({ puts: [{ key: text('k'), value: text('w') }] }));
    assert.equal(Buffer.from((await store.get(text('k')))?.value ?? []).toString(), 'v');
    await store.close();
  });
});
