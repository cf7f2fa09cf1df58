/** What the snapshots of every key-value engine must do. */
import assert from 'node:assert/strict';
import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyValueEntry, KeyValueSnapshot, KeyValueStore } from '../contract/key-value-store.js';
import type { ConformanceCase } from './conformance-case.js';
import type { KeyValueContext } from './key-value-context.js';
import { text } from './key-value-rows.js';
import { seededRandom } from './seeded-random.js';

const ALL = { start: Uint8Array.of(1), end: Uint8Array.of(255, 255, 255), limit: 100_000 };

const put = (key: string, value: string) => ({ key: text(key), value: text(value) });

/** Rows as text, versions with them. */
const shown = (entries: readonly KeyValueEntry[]): string[] =>
  entries.map(({ key, value, version }) => {
    return `${Buffer.from(key).toString('latin1')}=${Buffer.from(value).toString('latin1')}@${version}`;
  });

async function everything(reader: Pick<KeyValueStore, 'list'>): Promise<string[]> {
  return shown(await reader.list(ALL));
}

function isClosed(error: unknown): boolean {
  return error instanceof EngineFailure && error.reason.kind === 'unavailable' && error.reason.because === 'closed';
}

/** Commits are answered in turns of the event loop; reads may need none. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Enough rows and bytes that an engine moves them from wherever it keeps new ones to where it keeps old ones, several
 * times.
 */
async function churn(store: KeyValueStore, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const commits = Array.from({ length: 200 }, (_, index) =>
      store.commit({ puts: [{ key: text(`churn ${index}`), value: new Uint8Array(1024).fill(round) }] }),
    );
    for (const { committed } of await Promise.all(commits)) assert.ok(committed);
  }
}

/** What a snapshot of rows promises. */
export const keyValueSnapshotCases: readonly ConformanceCase<KeyValueContext>[] = [
  {
    name: 'a snapshot has what was committed before it, and nothing that comes after: put, deleted, added to',
    async run({ store }) {
      await store.commit({
        puts: [put('a', '1'), put('b', '1'), put('c', '1')],
        sums: [{ key: text('n'), delta: 5n }],
      });
      const before = await everything(store);
      const snapshot = await store.snapshot();
      await store.commit({
        puts: [put('a', '2'), put('d', '2')],
        deletes: [text('b')],
        sums: [{ key: text('n'), delta: 1n }],
      });
      assert.deepEqual(await everything(snapshot), before);
      assert.equal(Buffer.from((await snapshot.get(text('a')))?.value ?? []).toString(), '1');
      assert.equal(Buffer.from((await snapshot.get(text('b')))?.value ?? []).toString(), '1');
      assert.equal(await snapshot.get(text('d')), undefined);
      assert.notDeepEqual(await everything(store), before);
      await snapshot.close();
    },
  },
  {
    name: 'a snapshot lists as its store does: half-open, limited, in reverse',
    async run({ store }) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) await store.commit({ puts: [put(key, key)] });
      const snapshot = await store.snapshot();
      await store.commit({ puts: [put('bb', 'x')], deletes: [text('c')] });
      const list = async (start: string, end: string, limit: number, reverse = false) =>
        (await snapshot.list({ start: text(start), end: text(end), limit, reverse })).map(({ key }) =>
          Buffer.from(key).toString(),
        );
      assert.deepEqual(await list('b', 'e', 10), ['b', 'c', 'd']);
      assert.deepEqual(await list('a', 'z', 2), ['a', 'b']);
      assert.deepEqual(await list('b', 'e', 2, true), ['d', 'c']);
      assert.deepEqual(await list('c', 'c', 10), []);
      assert.deepEqual(await list('a', 'z', 0), []);
      await snapshot.close();
    },
  },
  {
    name: 'many lists of one snapshot are of one moment, also while rows move',
    async run({ store }) {
      await churn(store, 3);
      const snapshot = await store.snapshot();
      const before = await everything(snapshot);
      assert.ok(before.length >= 200);
      const writing = churn(store, 30);
      const pages: KeyValueEntry[] = [];
      let start = ALL.start;
      for (;;) {
        const page = await snapshot.list({ start, end: ALL.end, limit: 7 });
        pages.push(...page);
        const last = page.at(-1);
        if (last === undefined) break;
        start = Buffer.concat([last.key, Uint8Array.of(0)]);
        await nextTurn();
      }
      await writing;
      assert.deepEqual(shown(pages), before);
      assert.deepEqual(await everything(snapshot), before);
      await snapshot.close();
    },
  },
  {
    name: 'several snapshots are each of their own moment, and closing one leaves the others',
    async run({ store, seed }) {
      const random = seededRandom(seed);
      const open: { readonly snapshot: KeyValueSnapshot; readonly rows: string[] }[] = [];
      for (let step = 0; step < 120; step += 1) {
        const key = `k${random.below(20)}`;
        await store.commit(random.below(4) === 0 ? { deletes: [text(key)] } : { puts: [put(key, `v${step}`)] });
        if (step % 10 === 0) {
          open.push({ snapshot: await store.snapshot(), rows: await everything(store) });
          await churn(store, 1);
        }
        if (open.length > 4) {
          const [closed] = open.splice(random.below(open.length), 1);
          if (closed === undefined) continue;
          assert.deepEqual(await everything(closed.snapshot), closed.rows);
          await closed.snapshot.close();
        }
      }
      for (const { snapshot, rows } of open) assert.deepEqual(await everything(snapshot), rows);
      for (const { snapshot } of open) await snapshot.close();
    },
  },
  {
    name: 'what a commit under way brings is in a snapshot whole or not at all',
    async run({ store }) {
      const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
      let isWriting = true;
      const writer = (async () => {
        for (let round = 0; round < 60; round += 1)
          await store.commit({ puts: keys.map((key) => put(key, `${round}`)) });
        isWriting = false;
      })();
      while (isWriting) {
        const snapshot = await store.snapshot();
        const values = new Set((await snapshot.list(ALL)).map(({ value }) => Buffer.from(value).toString()));
        assert.ok(values.size <= 1, `of one round: ${[...values].join(', ')}`);
        await snapshot.close();
        await nextTurn();
      }
      await writer;
    },
  },
  {
    name: 'a closed snapshot reads nothing, closing it again does nothing, and its store goes on',
    async run({ store }) {
      await store.commit({ puts: [put('a', '1')] });
      const snapshot = await store.snapshot();
      await snapshot.close();
      await snapshot.close();
      await assert.rejects(snapshot.get(text('a')), isClosed);
      await assert.rejects(snapshot.list(ALL), isClosed);
      assert.ok(await store.get(text('a')));
      await churn(store, 2);
    },
  },
  {
    name: 'closing the store closes its snapshots; a closed store gives none',
    async run({ store }) {
      await store.commit({ puts: [put('a', '1')] });
      const snapshot = await store.snapshot();
      await store.close();
      await assert.rejects(snapshot.get(text('a')), isClosed);
      await assert.rejects(snapshot.list(ALL), isClosed);
      await snapshot.close();
      await assert.rejects(store.snapshot(), isClosed);
    },
  },
];
