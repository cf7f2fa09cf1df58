/** What every key-value engine must do when it is read: single keys, ranges, one moment at a time. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyValueStore } from '../contract/key-value-store.js';
import type { ConformanceCase } from './conformance-case.js';
import type { KeyValueContext } from './key-value-context.js';
import { ALL, bytes, commitOrThrow, hex, hexKeys, text } from './key-value-rows.js';

async function putAll(store: KeyValueStore, keys: readonly Uint8Array[]): Promise<void> {
  assert.ok((await store.commit({ puts: keys.map((key) => ({ key, value: key })) })).committed);
}

/** Reading. */
export const keyValueReadingCases: readonly ConformanceCase<KeyValueContext>[] = [
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
