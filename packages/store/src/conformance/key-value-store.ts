/**
 * What every key-value engine must do, case by case. Leaves out faults of the disk, which each engine meets in its own
 * way: they are tested beside the engine.
 */

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyValueCommit, KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';
import type { ConformanceCase } from './conformance-case.js';
import type { KeyValueContext } from './key-value-context.js';
import { keyValueModelCase } from './key-value-model.js';
import { keyValueSnapshotCases } from './key-value-snapshot.js';

type Case = ConformanceCase<KeyValueContext>;

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const counter = (value: Uint8Array): bigint =>
  new DataView(value.buffer, value.byteOffset, value.byteLength).getBigInt64(0, true);

const ALL = { start: bytes(1), end: bytes(255, 255, 255), limit: 10_000 };

async function putAll(store: KeyValueStore, keys: readonly Uint8Array[]): Promise<void> {
  assert.ok((await store.commit({ puts: keys.map((key) => ({ key, value: key })) })).committed);
}

async function versionOf(store: KeyValueStore, key: Uint8Array): Promise<number> {
  const entry = await store.get(key);
  assert.ok(entry, 'the key is there');
  return entry.version;
}

async function commitOrThrow(store: KeyValueStore, commit: KeyValueCommit): Promise<number> {
  const outcome = await store.commit(commit);
  assert.ok(outcome.committed, 'the commit went through');
  return outcome.version;
}

const hexKeys = (entries: readonly KeyValueEntry[]): string[] =>
  entries.map(({ key }) => Buffer.from(key).toString('hex'));
const hex = (keys: readonly Uint8Array[]): string[] => keys.map((key) => Buffer.from(key).toString('hex'));

function isUnavailable(because: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof EngineFailure && error.reason.kind === 'unavailable' && error.reason.because === because;
}

const reading: readonly Case[] = [
  {
    name: 'an absent key is undefined, a put one comes back with the version its commit returned',
    async run({ store }) {
      assert.equal(await store.get(text('a')), undefined);
      const version = await commitOrThrow(store, { puts: [{ key: text('a'), value: text('one') }] });
      const entry = await store.get(text('a'));
      assert.deepEqual(entry && Buffer.from(entry.value).toString(), 'one');
      assert.deepEqual(entry && Buffer.from(entry.key).toString(), 'a');
      assert.equal(entry?.version, version);
      assert.ok(Number.isSafeInteger(version) && version > 0);
    },
  },
  {
    name: 'keys of arbitrary bytes are listed in byte order',
    async run({ store }) {
      const keys = [
        bytes(0),
        bytes(0, 0),
        bytes(0, 1),
        bytes(1),
        bytes(127),
        bytes(128),
        bytes(128, 0),
        bytes(255),
        bytes(255, 254),
      ];
      await putAll(store, [...keys].reverse());
      const entries = await store.list({ start: bytes(0), end: bytes(255, 255), limit: 100 });
      assert.deepEqual(hexKeys(entries), hex(keys));
    },
  },
  {
    name: 'a range is half-open, limited from its beginning, and in reverse from its end',
    async run({ store }) {
      const keys = ['a', 'b', 'b\0', 'c', 'd'].map(text);
      await putAll(store, keys);
      const list = async (start: string, end: string, limit: number, reverse = false) =>
        (await store.list({ start: text(start), end: text(end), limit, reverse })).map(({ key }) =>
          Buffer.from(key).toString(),
        );
      assert.deepEqual(await list('a', 'd', 10), ['a', 'b', 'b\0', 'c']);
      assert.deepEqual(await list('aa', 'c', 10), ['b', 'b\0']);
      assert.deepEqual(await list('a', 'z', 2), ['a', 'b']);
      assert.deepEqual(await list('a', 'd', 10, true), ['c', 'b\0', 'b', 'a']);
      assert.deepEqual(await list('b', 'd', 2, true), ['c', 'b\0']);
      assert.deepEqual(await list('b', 'c\0', 10, true), ['c', 'b\0', 'b']);
      assert.deepEqual(await list('bb', 'bc', 10, true), []);
      assert.deepEqual(await list('b', 'b', 10), []);
      assert.deepEqual(await list('b', 'b', 10, true), []);
      assert.deepEqual(await list('c', 'a', 10), []);
      assert.deepEqual(await list('c', 'a', 10, true), []);
      assert.deepEqual(await list('a', 'z', 0), []);
      assert.deepEqual(await list('', 'b', 10), ['a']);
      assert.deepEqual(await list('', 'b', 10, true), ['a']);
      assert.deepEqual(await list('', '', 10), []);
    },
  },
  {
    name: 'a list shows one moment: all of a commit or nothing of it',
    async run({ store }) {
      const keys = Array.from({ length: 50 }, (_, index) => text(`k${String(index).padStart(3, '0')}`));
      let isWriting = true;
      const writer = (async () => {
        for (let round = 0; round < 40; round += 1) {
          await store.commit({ puts: keys.map((key) => ({ key, value: bytes(round) })) });
        }
        isWriting = false;
      })();
      while (isWriting) {
        const entries = await store.list(ALL);
        assert.ok(entries.length === 0 || entries.length === keys.length);
        assert.equal(new Set(entries.map(({ value }) => value[0])).size <= 1, true);
        await nextTurn();
      }
      await writer;
    },
  },
  {
    name: 'what was read stays as it is while the key is overwritten and deleted',
    async run({ store }) {
      const key = text('k');
      await commitOrThrow(store, { puts: [{ key, value: new Uint8Array(3000).fill(7) }] });
      const got = await store.get(key);
      const listed = await store.list(ALL);
      for (let round = 0; round < 50; round += 1) {
        await commitOrThrow(store, { puts: [{ key, value: new Uint8Array(3000).fill(round + 100) }] });
        await store.get(key);
      }
      await commitOrThrow(store, { deletes: [key] });
      assert.ok(got?.value.every((byte) => byte === 7));
      assert.ok(listed[0]?.value.every((byte) => byte === 7));
    },
  },
  {
    name: 'empty values, values of 1 MiB and keys of 1,100 bytes come back whole',
    async run({ store, seed }) {
      const large = Buffer.alloc(1024 * 1024, `${seed}`);
      const key = new Uint8Array(1100).fill(0xfe);
      await commitOrThrow(store, {
        puts: [
          { key: text('empty'), value: new Uint8Array() },
          { key: text('large'), value: large },
          { key, value: text('long') },
        ],
      });
      assert.equal((await store.get(text('empty')))?.value.length, 0);
      assert.ok(Buffer.from((await store.get(text('large')))?.value ?? []).equals(large));
      assert.equal(Buffer.from((await store.get(key))?.value ?? []).toString(), 'long');
      const [last] = await store.list({ ...ALL, limit: 1, reverse: true });
      assert.equal(last?.key.length, 1100);
      assert.equal(await store.get(key.subarray(0, 1099)), undefined);
    },
  },
  {
    name: 'an empty key and one that is too long are refused by every method',
    async run({ store }) {
      for (const key of [new Uint8Array(), new Uint8Array(5000)]) {
        await assert.rejects(store.get(key), RangeError);
        await assert.rejects(store.commit({ puts: [{ key, value: bytes(1) }] }), RangeError);
        await assert.rejects(store.commit({ deletes: [key] }), RangeError);
        await assert.rejects(store.commit({ checks: [{ key, version: undefined }] }), RangeError);
      }
    },
  },
];

const committing: readonly Case[] = [
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

const summing: readonly Case[] = [
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

const living: readonly Case[] = [
  {
    name: 'a watch tells of puts, sums and deletes of its key, after they can be read, until it ends',
    async run({ store }) {
      const key = text('watched');
      const seen: (string | undefined)[] = [];
      const reads: Promise<void>[] = [];
      const end = store.watch(key, () => {
        reads.push(
          store.get(key).then((entry) => {
            seen.push(entry && Buffer.from(entry.value).toString('hex'));
          }),
        );
      });
      await commitOrThrow(store, { puts: [{ key, value: bytes(1) }] });
      await Promise.all(reads);
      assert.ok(seen.includes('01'));
      await commitOrThrow(store, { deletes: [key] });
      await Promise.all(reads);
      assert.equal(seen.at(-1), undefined);
      await commitOrThrow(store, { sums: [{ key, delta: 1n }] });
      await Promise.all(reads);
      assert.equal(seen.at(-1), '0100000000000000');
      end();
      end();
      const countBefore = reads.length;
      await commitOrThrow(store, { sums: [{ key, delta: 1n }] });
      assert.equal(reads.length, countBefore);
    },
  },
  {
    name: 'the same listener may watch twice, and each watch ends alone',
    async run({ store }) {
      let callCount = 0;
      const listener = () => {
        callCount += 1;
      };
      const endFirst = store.watch(text('k'), listener);
      store.watch(text('k'), listener);
      endFirst();
      await commitOrThrow(store, { puts: [{ key: text('k'), value: text('v') }] });
      assert.equal(callCount, 1);
    },
  },
  {
    name: 'statistics count commits and batches',
    async run({ store }) {
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => store.commit({ puts: [{ key: bytes(index + 1), value: bytes(1) }] })),
      );
      const { commitCount, batchCount, sizeBytes } = store.statistics();
      assert.equal(commitCount, 10);
      assert.ok(batchCount >= 1 && batchCount <= 10);
      assert.ok(sizeBytes >= 0);
    },
  },
  {
    name: 'closing waits for commits under way; afterwards every method fails as closed',
    async run({ store }) {
      const key = text('k');
      const pending = Array.from({ length: 10 }, () => store.commit({ sums: [{ key, delta: 1n }] }));
      await store.close();
      await store.close();
      for (const outcome of await Promise.all(pending)) assert.equal(outcome.committed, true);
      await assert.rejects(store.get(key), isUnavailable('closed'));
      await assert.rejects(store.list(ALL), isUnavailable('closed'));
      await assert.rejects(store.commit({ deletes: [key] }), isUnavailable('closed'));
      assert.throws(() => store.watch(key, () => undefined), isUnavailable('closed'));
      assert.throws(() => store.statistics(), isUnavailable('closed'));
    },
  },
  {
    name: 'everything committed is there after closing and opening again, and versions go on',
    needsReopen: true,
    async run({ store, reopen }) {
      assert.ok(reopen, 'the context can reopen');
      const key = text('k');
      const version = await commitOrThrow(store, { puts: [{ key, value: text('v') }] });
      await commitOrThrow(store, { sums: [{ key: text('sum'), delta: 41n }] });
      const second = await reopen();
      assert.equal(await versionOf(second, key), version);
      assert.notEqual(
        await commitOrThrow(second, { checks: [{ key, version }], puts: [{ key, value: text('w') }] }),
        version,
      );
      await commitOrThrow(second, { sums: [{ key: text('sum'), delta: 1n }] });
      const third = await reopen();
      assert.equal(counter((await third.get(text('sum')))?.value ?? new Uint8Array()), 42n);
      assert.equal(Buffer.from((await third.get(key))?.value ?? []).toString(), 'w');
    },
  },
];

/** The whole suite. */
export const keyValueStoreCases: readonly Case[] = [
  ...reading,
  ...committing,
  ...summing,
  ...living,
  ...keyValueSnapshotCases,
  keyValueModelCase,
];
