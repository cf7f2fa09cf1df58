/** What every key-value engine must do beside reading and writing: watches, statistics, closing, opening again. */
import assert from 'node:assert/strict';
import { EngineFailure } from '../contract/engine-failure.js';
import type { ConformanceCase } from './conformance-case.js';
import type { KeyValueContext } from './key-value-context.js';
import { ALL, bytes, commitOrThrow, counter, text, versionOf } from './key-value-rows.js';

function isUnavailable(because: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof EngineFailure && error.reason.kind === 'unavailable' && error.reason.because === because;
}

/** Watches, statistics, closing and opening again. */
export const keyValueLifeCases: readonly ConformanceCase<KeyValueContext>[] = [
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
