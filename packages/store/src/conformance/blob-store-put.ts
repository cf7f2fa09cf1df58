/** What every blob engine must do with short blobs that are put at once, case by case. */
import assert from 'node:assert/strict';
import type { BlobId, BlobStore } from '../contract/blob-store.js';
import { type BlobCase, isKind, pattern, readAll } from './blob-context.js';
import { seededRandom } from './seeded-random.js';

const LENGTHS = [0, 1, 15, 4096, 70_000, 262_144, 262_145, 1_000_000, 1_200_000];

/** Puts a blob of each length, in two chunks. @returns Their ids and bytes. */
async function putAll(store: BlobStore, seed: number): Promise<ReadonlyMap<BlobId, Buffer>> {
  const random = seededRandom(seed);
  const putting = LENGTHS.map(async (length, index) => {
    const content = pattern(length, seed + index);
    const cut = random.below(length + 1);
    const blobId = await store.put(length, () => [content.subarray(0, cut), content.subarray(cut)]);
    return [blobId, content] as const;
  });
  return new Map(await Promise.all(putting));
}

/** Reads each of them whole and by range, with and without its length. */
async function assertAll(store: BlobStore, contents: ReadonlyMap<BlobId, Buffer>, seed: number): Promise<void> {
  const random = seededRandom(seed);
  assert.equal(contents.size, LENGTHS.length);
  for (const [blobId, content] of contents) {
    assert.match(blobId, /^[0-9a-f]{32}$/);
    assert.equal(await store.length(blobId), content.length);
    const start = random.below(content.length + 1);
    const end = start + random.below(content.length + 1 - start);
    for (const range of [
      { start: 0, end: content.length },
      { start, end },
    ]) {
      const expected = content.subarray(range.start, range.end);
      assert.ok((await readAll(store, blobId, range.start, range.end)).equals(expected));
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(blobId, { ...range, blobLength: content.length })) chunks.push(chunk);
      assert.ok(Buffer.concat(chunks).equals(expected));
    }
  }
}

/** The cases of `put` and of segments. */
export const putCases: readonly BlobCase[] = [
  {
    name: 'blobs that are put come back, whole and by range, whatever their lengths and chunks',
    async run({ store, seed }) {
      await assertAll(store, await putAll(store, seed), seed);
    },
  },
  {
    name: 'blobs that were put are there after closing and opening again',
    needsReopen: true,
    async run({ store, reopen, seed }) {
      assert.ok(reopen, 'the context can reopen');
      const contents = await putAll(store, seed);
      await assertAll(await reopen(), contents, seed);
    },
  },
  {
    name: 'a blob that was put is not read as one of another length, nor beyond its end',
    async run({ store, seed }) {
      const content = pattern(5000, seed);
      const blobId = await store.put(content.length, () => [content]);
      for (const range of [
        { start: 0, end: 5001 },
        { start: 0, end: 10, blobLength: 4999 },
        { start: 4000, end: 5000, blobLength: 5001 },
      ]) {
        await assert.rejects(async () => {
          for await (const _ of store.read(blobId, range));
        }, isKind('corrupt'));
      }
    },
  },
  {
    name: 'the bytes of a put are asked for with the id it gets; what they cannot be made of takes no other with it',
    async run({ store, seed }) {
      const content = pattern(9000, seed);
      let named: BlobId | undefined;
      const failure = new Error('no bytes');
      const [first, second, third, fourth] = await Promise.allSettled([
        store.put(content.length, (blobId) => {
          named = blobId;
          return [content];
        }),
        store.put(10, () => {
          throw failure;
        }),
        store.put(10, () => [content]),
        store.put(content.length, () => [content]),
      ]);
      assert.ok(first.status === 'fulfilled' && first.value === named);
      assert.ok(second.status === 'rejected' && second.reason === failure);
      assert.ok(third.status === 'rejected' && third.reason instanceof RangeError);
      assert.ok(fourth.status === 'fulfilled');
      assert.ok((await readAll(store, fourth.value, 0, content.length)).equals(content));
    },
  },
  {
    name: 'a segment holds the blobs whose ids begin with its own, until it is deleted',
    async run({ store, reopen, seed }) {
      const content = pattern(3000, seed);
      const blobId = await store.put(content.length, () => [content]);
      if (store.segments === undefined || reopen === undefined) return;
      const segmentId = store.segments.segmentOf(blobId) ?? '';
      assert.ok(segmentId !== '' && blobId.startsWith(segmentId));
      assert.deepEqual(store.segments.ids(), [segmentId]);
      assert.equal((await store.segments.describe(segmentId))?.isOpen, true);
      await assert.rejects(store.segments.delete(segmentId), RangeError);
      const again = await reopen();
      await again.put(content.length, () => [content]);
      assert.equal(again.segments?.ids().length, 2);
      const segment = await again.segments?.describe(segmentId);
      assert.ok(segment !== undefined && !segment.isOpen && segment.length > content.length);
      await again.segments?.delete(segmentId);
      await again.segments?.delete(segmentId);
      await assert.rejects(readAll(again, blobId, 0, 1), isKind('missing-blob'));
      assert.equal(await again.length(blobId), undefined);
      assert.equal(await again.segments?.describe(segmentId), undefined);
    },
  },
];
