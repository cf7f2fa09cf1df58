/** What uploads cost, and how the work they leave is done in bounded steps. */
import { describe, expect, test } from 'vitest';
import { bodyOf } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore, plainAttributes, readFrom } from '../../conformance/object-store-test-store.js';
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import type { UploadTarget } from '../multipart-types.js';

async function openObservedStore() {
  const commits: KeyValueCommit[] = [];
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    commit(commit, pass) {
      commits.push(commit);
      return pass();
    },
  });
  const testStore = await openTestStore({ keyValues, settings: { multipart: { partLengthMin: 0 } } });
  return { ...testStore, commits };
}

type ObservedStore = Awaited<ReturnType<typeof openObservedStore>>;

async function uploadParts({ store }: ObservedStore, key: string, partCount: number): Promise<UploadTarget> {
  const input = { bucket: BUCKET, key, ownerId: 'owner', attributes: plainAttributes, forbidOverwrite: false };
  const { uploadId } = await store.initiateUpload(input);
  const target = { bucket: BUCKET, key, uploadId };
  for (let partNumber = 1; partNumber <= partCount; partNumber++) {
    await store.uploadPart({ ...target, partNumber, expected: {}, lengthMax: 100 }, bodyOf(`[${partNumber}]`));
  }
  return target;
}

function rowCountOf({ puts = [], deletes = [], sums = [] }: KeyValueCommit): number {
  return puts.length + deletes.length + sums.length;
}

describe('an upload of many parts', () => {
  test('of up to 200 is completed in one commit of two rows per part', async () => {
    const observed = await openObservedStore();
    const rowCounts: number[] = [];
    for (const partCount of [1, 2, 200]) {
      const target = await uploadParts(observed, `of ${partCount}`, partCount);
      observed.commits.length = 0;
      await observed.store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
      expect(observed.commits.length).toBe(1);
      rowCounts.push(rowCountOf(observed.commits[0] as KeyValueCommit));
    }
    const [one = 0, two = 0, many = 0] = rowCounts;
    expect(two - one).toBe(2);
    expect(many - one).toBe(2 * 199);
  });

  test('of 10,000 is completed in commits of bounded size, the last of which makes the object', async () => {
    const observed = await openObservedStore();
    const { store, commits, rows } = observed;
    const target = await uploadParts(observed, 'of 10000', 10_000);
    commits.length = 0;
    const head = await store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
    expect(commits.length).toBe(22);
    expect(Math.max(...commits.map(rowCountOf))).toBeLessThanOrEqual(500);
    expect(rowCountOf(commits.at(-1) as KeyValueCommit)).toBeLessThan(12);
    const whole = Array.from({ length: 10_000 }, (_, index) => `[${index + 1}]`).join('');
    expect(head.length).toBe(whole.length);
    expect(Buffer.from(await observed.read('of 10000')).toString()).toBe(whole);
    await expect(store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false })).rejects.toMatchObject({
      reason: { kind: 'no-such-upload' },
    });
    commits.length = 0;
    while ((await store.maintenance.sweepGarbage({ rowCountMax: 2000 })).hasMore);
    expect(Math.max(...commits.map(rowCountOf))).toBeLessThanOrEqual(1000);
    for (const family of ['U', 'P', 'N', 'G']) expect([family, (await rows(family)).length]).toEqual([family, 0]);
    expect((await observed.read('of 10000', { start: 3 * 9 + 4, end: 3 * 9 + 4 + 4 })).toString()).toBe('[11]');
    await store.deleteObject({ bucket: BUCKET, key: 'of 10000' });
    while ((await store.maintenance.sweepGarbage({ rowCountMax: 2000 })).hasMore);
    for (const family of ['E', 'R', 'G']) expect([family, (await rows(family)).length]).toEqual([family, 0]);
  });

  test('is aborted in one commit of a few rows, and its parts go in bounded steps', async () => {
    const observed = await openObservedStore();
    const { store, commits, rows, clock } = observed;
    const target = await uploadParts(observed, 'aborted', 1000);
    commits.length = 0;
    await store.abortUpload(target);
    expect(commits.length).toBe(1);
    expect(rowCountOf(commits[0] as KeyValueCommit)).toBeLessThan(10);
    commits.length = 0;
    for (let hasMore = true; hasMore; ) {
      clock.atMs++;
      ({ hasMore } = await store.maintenance.sweepGarbage({ rowCountMax: 300 }));
    }
    expect(Math.max(...commits.map(rowCountOf))).toBeLessThan(1000);
    for (const family of ['U', 'P', 'N', 'E', 'R', 'G'])
      expect([family, (await rows(family)).length]).toEqual([family, 0]);
  });

  test('copied is one commit that depends on nothing', async () => {
    const observed = await openObservedStore();
    const rowCounts: number[] = [];
    for (const partCount of [1, 500]) {
      const target = await uploadParts(observed, `of ${partCount}`, partCount);
      await observed.store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
      observed.commits.length = 0;
      const copy = { bucket: BUCKET, key: `copy of ${partCount}`, forbidOverwrite: false, plan: () => plainAttributes };
      await observed.store.copyObject({ ...copy, source: { bucket: BUCKET, key: target.key } });
      expect(observed.commits.length).toBe(1);
      rowCounts.push(rowCountOf(observed.commits[0] as KeyValueCommit));
    }
    expect(rowCounts[0]).toBe(rowCounts[1]);
  });

  test('may have a key with any characters, and is listed in its order', async () => {
    const { store } = await openObservedStore();
    const keys = ['a', 'a\0', 'a\0\0', 'a\0b', 'a\u0001', 'ab', 'é', '\u{1F600}'];
    for (const key of keys.toReversed()) {
      await store.initiateUpload({
        bucket: BUCKET,
        key,
        ownerId: 'owner',
        attributes: plainAttributes,
        forbidOverwrite: false,
      });
    }
    const input = { bucket: BUCKET, prefix: '', delimiter: '', afterKey: '', afterUploadId: undefined, limit: 100 };
    const keysOf = async (change: object) =>
      (await store.listUploads({ ...input, ...change })).uploads.map(({ key }) => key);
    expect(await keysOf({})).toEqual(keys);
    expect(await keysOf({ prefix: 'a\0' })).toEqual(['a\0', 'a\0\0', 'a\0b']);
    expect(await keysOf({ afterKey: 'a\0' })).toEqual(keys.slice(2));
  });
});

/** 600 parts: their slices take two commits, between the mark and the one that makes the object. */
const MANY = 600;
const COMMIT_COUNT = 4;

function wholeOf(partCount: number): string {
  return Array.from({ length: partCount }, (_, index) => `[${index + 1}]`).join('');
}

async function sweepAll({ store }: Pick<ObservedStore, 'store'>): Promise<void> {
  while ((await store.maintenance.sweepGarbage({ rowCountMax: 10_000 })).hasMore);
}

describe('an upload whose slices are written before its object', () => {
  test.each(Array.from({ length: COMMIT_COUNT }, (_, index) => index))(
    'killed after %i commits is as it was, and can be completed or aborted',
    async (commitCount) => {
      for (const ending of ['completed', 'completed in part', 'aborted'] as const) {
        const state = { left: Number.POSITIVE_INFINITY };
        const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
          async commit(_commit, pass) {
            if (state.left-- <= 0) throw new Error('Killed');
            return pass();
          },
        });
        const testStore = await openTestStore({ keyValues, settings: { multipart: { partLengthMin: 0 } } });
        const observed = { ...testStore, commits: [] };
        const target = await uploadParts(observed, 'many', MANY);
        const parts = await testStore.store.listParts({ ...target, after: 0, limit: MANY });
        state.left = commitCount;
        const input = { ...target, parts: 'all' as const, forbidOverwrite: false };
        await expect(testStore.store.completeUpload(input)).rejects.toThrow('Killed');
        state.left = Number.POSITIVE_INFINITY;
        const store = await testStore.reopen();
        await store.maintenance.sweepGarbage({ rowCountMax: 10_000 });
        await expect(store.headObject({ bucket: BUCKET, key: 'many' })).rejects.toMatchObject({
          reason: { kind: 'no-such-key' },
        });
        if (ending === 'aborted') await store.abortUpload(target);
        else {
          const chosen = parts.parts.filter(({ partNumber }) => ending === 'completed' || partNumber % 3 === 0);
          await store.completeUpload({ ...input, parts: chosen });
          const whole = chosen.map(({ partNumber }) => `[${partNumber}]`).join('');
          expect(Buffer.from(await readFrom(store, 'many')).toString()).toBe(whole);
          await sweepAll({ store });
          expect(Buffer.from(await readFrom(store, 'many')).toString()).toBe(whole);
          expect((await testStore.rows('E')).length).toBe(2 * chosen.length);
          await store.deleteObject({ bucket: BUCKET, key: 'many' });
        }
        await sweepAll({ store });
        for (const family of ['U', 'P', 'N', 'E', 'R', 'G'])
          expect([ending, family, (await testStore.rows(family)).length]).toEqual([ending, family, 0]);
      }
    },
  );

  test('deleted before the rows of its parts are gone leaves nothing', async () => {
    const observed = await openObservedStore();
    const target = await uploadParts(observed, 'many', MANY);
    await observed.store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
    await observed.store.deleteObject({ bucket: BUCKET, key: 'many' });
    await sweepAll(observed);
    for (const family of ['U', 'P', 'N', 'E', 'R', 'G'])
      expect([family, (await observed.rows(family)).length]).toEqual([family, 0]);
  });

  test('completed twice at once, with different parts, becomes one of the two', async () => {
    const observed = await openObservedStore();
    const { store } = observed;
    const other = await observed.reopen();
    const target = await uploadParts(observed, 'many', MANY);
    const { parts } = await store.listParts({ ...target, after: 0, limit: MANY });
    const half = parts.filter(({ partNumber }) => partNumber <= MANY / 2);
    // Two stores over one engine: what keeps them apart is in the commits alone.
    const outcomes = await Promise.allSettled([
      store.completeUpload({ ...target, parts, forbidOverwrite: false }),
      other.completeUpload({ ...target, parts: half, forbidOverwrite: false }),
      store.completeUpload({ ...target, parts: half, forbidOverwrite: false }),
    ]);
    const heads = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(heads).toHaveLength(1);
    const length = heads[0]?.length ?? 0;
    const whole = [wholeOf(MANY), wholeOf(MANY / 2)].find((text) => text.length === length);
    await sweepAll(observed);
    expect(Buffer.from(await observed.read('many')).toString()).toBe(whole);
  });

  test('a part that comes in the middle is part of it, or the completion is refused', async () => {
    let hook: (() => Promise<unknown>) | undefined;
    let commitCount = 0;
    const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
      async commit(_commit, pass) {
        const outcome = await pass();
        commitCount += 1;
        if (commitCount === 2) await hook?.();
        return outcome;
      },
    });
    const testStore = await openTestStore({ keyValues, settings: { multipart: { partLengthMin: 0 } } });
    const observed = { ...testStore, commits: [] };
    const target = await uploadParts(observed, 'many', MANY);
    hook = async () => {
      hook = undefined;
      await testStore.store.uploadPart({ ...target, partNumber: 1, expected: {}, lengthMax: 100 }, bodyOf('[one]'));
    };
    commitCount = 0;
    await testStore.store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
    expect(Buffer.from(await testStore.read('many')).toString()).toBe(wholeOf(MANY).replace('[1]', '[one]'));
    await testStore.store.deleteObject({ bucket: BUCKET, key: 'many' });
    await sweepAll(testStore);
    for (const family of ['U', 'P', 'N', 'E', 'R', 'G'])
      expect([family, (await testStore.rows(family)).length]).toEqual([family, 0]);
  });
});
