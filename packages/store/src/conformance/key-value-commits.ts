/** What every key-value engine must do with a commit: checks, puts and deletes together, and sums. */
import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.js';
import type { KeyValueContext } from './key-value-context.js';
import { ALL, bytes, commitOrThrow, counter, hex, hexKeys, text, versionOf } from './key-value-rows.js';

/** Checks, puts and deletes. */
export const keyValueCommitCases: readonly ConformanceCase<KeyValueContext>[] = [
  {
    name: 'a check of an absent key holds only while it is absent',
    async run({ store }) {
      const key = text('k');
      const create = { checks: [{ key, version: undefined }], puts: [{ key, value: text('v') }] };
      assert.equal((await store.commit(create)).committed, true);
      assert.equal((await store.commit(create)).committed, false);
      await commitOrThrow(store, { deletes: [key] });
      assert.equal((await store.commit(create)).committed, true);
    },
  },
  {
    name: 'a check of a version holds only while nobody wrote the key',
    async run({ store }) {
      const key = text('k');
      const first = await commitOrThrow(store, { puts: [{ key, value: text('1') }] });
      const update = (version: number) => ({ checks: [{ key, version }], puts: [{ key, value: text('2') }] });
      const second = await commitOrThrow(store, update(first));
      assert.notEqual(second, first);
      assert.equal((await store.commit(update(first))).committed, false);
      assert.equal((await store.commit(update(second))).committed, true);
    },
  },
  {
    name: 'a version never comes back: not by the same value, not after deleting and making the key again',
    async run({ store }) {
      const key = text('k');
      const seen = new Set<number>();
      for (let round = 0; round < 20; round += 1) {
        const version = await commitOrThrow(store, { puts: [{ key, value: text('same') }] });
        assert.ok(!seen.has(version));
        seen.add(version);
        if (round % 2 === 0) await commitOrThrow(store, { deletes: [key] });
      }
      for (const version of [...seen].slice(0, -1)) {
        assert.equal((await store.commit({ checks: [{ key, version }], deletes: [key] })).committed, false);
      }
    },
  },
  {
    name: 'a check alone commits or not, and changes nothing',
    async run({ store }) {
      const key = text('k');
      const version = await commitOrThrow(store, { puts: [{ key, value: text('v') }] });
      assert.equal((await store.commit({ checks: [{ key, version }] })).committed, true);
      assert.equal((await store.commit({ checks: [{ key, version: version + 1 }] })).committed, false);
      assert.equal((await store.commit({})).committed, true);
      assert.equal(await versionOf(store, key), version);
    },
  },
  {
    name: 'one failed check of several leaves puts, deletes and sums undone',
    async run({ store }) {
      const [kept, made, sum, guard] = [text('kept'), text('made'), text('sum'), text('guard')];
      const version = await commitOrThrow(store, { puts: [{ key: kept, value: text('v') }] });
      const outcome = await store.commit({
        checks: [
          { key: kept, version },
          { key: guard, version: 12345 },
        ],
        puts: [{ key: made, value: text('v') }],
        deletes: [kept],
        sums: [{ key: sum, delta: 1n }],
      });
      assert.deepEqual(outcome, { committed: false });
      assert.deepEqual(hexKeys(await store.list(ALL)), hex([kept]));
      assert.equal(await versionOf(store, kept), version);
    },
  },
  {
    name: 'puts, deletes and sums of one commit happen together, with one version',
    async run({ store }) {
      const [old, made, sum] = [text('old'), text('made'), text('sum')];
      await commitOrThrow(store, { puts: [{ key: old, value: text('v') }] });
      const version = await commitOrThrow(store, {
        puts: [{ key: made, value: text('v') }],
        deletes: [old, text('never there')],
        sums: [{ key: sum, delta: 5n }],
      });
      assert.deepEqual(hexKeys(await store.list(ALL)), hex([made, sum]));
      assert.equal(await versionOf(store, made), version);
      assert.equal(await versionOf(store, sum), version);
    },
  },
  {
    name: 'a commit that writes a key twice is refused whole',
    async run({ store }) {
      const key = text('k');
      const put = { key, value: text('v') };
      await assert.rejects(store.commit({ puts: [put, put] }), RangeError);
      await assert.rejects(store.commit({ puts: [put], deletes: [key] }), RangeError);
      await assert.rejects(store.commit({ puts: [put], sums: [{ key, delta: 1n }] }), RangeError);
      assert.equal(await store.get(key), undefined);
    },
  },
  {
    name: 'commits issued together are decided one after the other, each seeing the ones before',
    async run({ store }) {
      const key = text('k');
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.commit({ checks: [{ key, version: undefined }], puts: [{ key, value: bytes(index) }] }),
        ),
      );
      assert.equal(outcomes.filter(({ committed }) => committed).length, 1);
      assert.equal(outcomes[0]?.committed, true);
      assert.equal((await store.get(key))?.value[0], 0);
    },
  },
  {
    name: '64 racing increments under a check lose nothing',
    async run({ store }) {
      const key = text('counter');
      const increment = async (): Promise<void> => {
        for (;;) {
          const entry = await store.get(key);
          const next = Buffer.alloc(8);
          next.writeBigInt64LE((entry === undefined ? 0n : counter(entry.value)) + 1n);
          const { committed } = await store.commit({
            checks: [{ key, version: entry?.version }],
            puts: [{ key, value: next }],
          });
          if (committed) return;
        }
      };
      await Promise.all(Array.from({ length: 64 }, increment));
      const entry = await store.get(key);
      assert.equal(entry && counter(entry.value), 64n);
    },
  },
];

/** Sums. */
export const keyValueSumCases: readonly ConformanceCase<KeyValueContext>[] = [
  {
    name: 'sums begin at 0, may be negative, and wrap around at 64 bits',
    async run({ store }) {
      const key = text('sum');
      const add = async (delta: bigint) => {
        await commitOrThrow(store, { sums: [{ key, delta }] });
        return counter((await store.get(key))?.value ?? new Uint8Array());
      };
      assert.equal(await add(-5n), -5n);
      assert.equal(await add(8n), 3n);
      assert.equal(await add(0n), 3n);
      assert.equal(await add(2n ** 63n - 4n), 2n ** 63n - 1n);
      assert.equal(await add(1n), -(2n ** 63n));
    },
  },
  {
    name: '1,000 sums at once lose nothing',
    async run({ store }) {
      const key = text('sum');
      await Promise.all(
        Array.from({ length: 1000 }, (_, index) => store.commit({ sums: [{ key, delta: BigInt(index) }] })),
      );
      assert.equal(counter((await store.get(key))?.value ?? new Uint8Array()), 499_500n);
    },
  },
  {
    name: 'a sum over what is no counter fails alone and leaves nothing of its commit',
    async run({ store }) {
      const key = text('no counter');
      await commitOrThrow(store, { puts: [{ key, value: text('abc') }] });
      const [, failed, after] = await Promise.allSettled([
        store.commit({ puts: [{ key: text('before'), value: text('v') }] }),
        store.commit({ puts: [{ key: text('with'), value: text('v') }], sums: [{ key, delta: 1n }] }),
        store.commit({ puts: [{ key: text('zafter'), value: text('v') }] }),
      ]);
      assert.ok(failed?.status === 'rejected' && failed.reason instanceof RangeError);
      assert.equal(after?.status, 'fulfilled');
      assert.deepEqual(hexKeys(await store.list(ALL)), hex(['before', 'no counter', 'zafter'].map(text)));
    },
  },
];
