/** What uploads cost, and how the work they leave is done in bounded steps. */
import { describe, expect, test } from 'vitest';
import { bodyOf } from '../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import { BUCKET, openTestStore, plainAttributes } from '../conformance/object-store-test-store.js';
import type { KeyValueCommit } from '../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import type { UploadTarget } from './multipart-types.js';

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
  test('is completed in one commit of two rows per part, up to 10,000', async () => {
    const observed = await openObservedStore();
    const rowCounts: number[] = [];
    for (const partCount of [1, 2, 10_000]) {
      const target = await uploadParts(observed, `of ${partCount}`, partCount);
      observed.commits.length = 0;
      await observed.store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
      expect(observed.commits.length).toBe(1);
      rowCounts.push(rowCountOf(observed.commits[0] as KeyValueCommit));
    }
    const [one = 0, two = 0, many = 0] = rowCounts;
    expect(two - one).toBe(2);
    expect(many - one).toBe(2 * 9999);
    expect((await observed.read('of 10000', { start: 3 * 9 + 4, end: 3 * 9 + 4 + 4 })).toString()).toBe('[11]');
  }, 120_000);

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
      ({ hasMore } = await store.sweepGarbage({ rowCountMax: 300 }));
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
