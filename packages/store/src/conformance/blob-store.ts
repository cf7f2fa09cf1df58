/** What every blob engine must do, case by case. Leaves out faults of the disk: they are tested beside the engine. */
import assert from 'node:assert/strict';
import type { BlobId } from '../contract/blob-store.js';
import { ABSENT, type BlobCase, isKind, listAll, pattern, readAll, writeBlob } from './blob-context.js';
import { putCases } from './blob-store-put.js';
import { seededRandom } from './seeded-random.js';

const writing: readonly BlobCase[] = [
  {
    name: 'a blob may be given the id it had elsewhere, and only when there is none of that id',
    async run({ store, seed }) {
      const content = pattern(300_000, seed);
      const writer = await store.create(ABSENT);
      assert.equal(writer.blobId, ABSENT);
      await writer.write([content]);
      await writer.seal();
      await assert.rejects(store.create(ABSENT), isKind('unavailable'));
      assert.deepEqual(await readAll(store, ABSENT, 0, content.length), content);
    },
  },
  {
    name: 'what was written comes back, in order, over any cutting into chunks',
    async run({ store, seed }) {
      const content = pattern(3_000_000, seed);
      const random = seededRandom(seed);
      const writer = await store.create();
      for (let offset = 0; offset < content.length; ) {
        const chunks: Uint8Array[] = [];
        for (let count = random.below(5); count >= 0; count -= 1) {
          const length = [0, 1, 700, 65_536, 300_000][random.below(5)] as number;
          chunks.push(content.subarray(offset, offset + length));
          offset += length;
        }
        await writer.write(chunks);
      }
      await writer.seal();
      assert.equal(await store.length(writer.blobId), content.length);
      assert.ok((await readAll(store, writer.blobId, 0, content.length)).equals(content));
    },
  },
  {
    name: 'a chunk may be reused as soon as its write has resolved',
    async run({ store }) {
      const chunk = new Uint8Array(70_000);
      const writer = await store.create();
      for (let round = 1; round <= 20; round += 1) {
        chunk.fill(round);
        await writer.write([chunk]);
      }
      chunk.fill(0);
      await writer.seal();
      for (let round = 1; round <= 20; round += 1) {
        const part = await readAll(store, writer.blobId, (round - 1) * 70_000, round * 70_000);
        assert.ok(part.every((byte) => byte === round));
      }
    },
  },
  {
    name: 'an empty blob is a blob',
    async run({ store }) {
      const blobId = await writeBlob(store);
      assert.equal(await store.length(blobId), 0);
      assert.equal((await readAll(store, blobId, 0, 0)).length, 0);
      assert.equal((await listAll(store)).get(blobId), 0);
    },
  },
  {
    name: 'ids are 32 lower-case hex digits, each another',
    async run({ store }) {
      const ids = await Promise.all(Array.from({ length: 50 }, () => writeBlob(store, [Buffer.from('x')])));
      assert.equal(new Set(ids).size, 50);
      for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
    },
  },
  {
    name: 'nothing can be written after sealing',
    async run({ store }) {
      const writer = await store.create();
      await writer.write([Buffer.from('abc')]);
      await writer.seal();
      await assert.rejects(writer.write([Buffer.from('d')]));
      await assert.rejects(writer.seal());
      assert.equal((await readAll(store, writer.blobId, 0, 3)).toString(), 'abc');
    },
  },
  {
    name: 'giving a blob up removes it, before and after sealing, twice, and in the middle of a write',
    async run({ store }) {
      const unsealed = await store.create();
      await unsealed.write([Buffer.alloc(100_000)]);
      await unsealed.abort();
      await unsealed.abort();
      assert.equal(await store.length(unsealed.blobId), undefined);
      await assert.rejects(unsealed.write([Buffer.alloc(1)]));
      await assert.rejects(unsealed.seal());
      const sealed = await store.create();
      await sealed.write([Buffer.from('abc')]);
      await sealed.seal();
      await sealed.abort();
      assert.equal(await store.length(sealed.blobId), undefined);
      const busy = await store.create();
      const [, aborted] = await Promise.allSettled([busy.write([Buffer.alloc(2_000_000)]), busy.abort()]);
      assert.equal(aborted.status, 'fulfilled');
      assert.equal((await listAll(store)).size, 0);
    },
  },
  {
    name: 'many blobs written at once do not mix',
    async run({ store, seed }) {
      const contents = Array.from({ length: 30 }, (_, index) => pattern(50_000 + index * 13_001, seed + index));
      const ids = await Promise.all(
        contents.map((content) => writeBlob(store, [content.subarray(0, 30_000)], [content.subarray(30_000)])),
      );
      await Promise.all(
        contents.map(async (content, index) => {
          assert.ok((await readAll(store, ids[index] as BlobId, 0, content.length)).equals(content));
        }),
      );
    },
  },
];

const reading: readonly BlobCase[] = [
  {
    name: 'any range gives exactly its bytes',
    async run({ store, seed }) {
      const content = pattern(1_700_001, seed);
      const blobId = await writeBlob(store, [content]);
      const random = seededRandom(seed);
      const ranges: [number, number][] = [
        [0, 1],
        [content.length - 1, content.length],
        [content.length, content.length],
        [262_143, 262_145],
        [262_144, 524_288],
        [524_288, content.length],
      ];
      for (let count = 0; count < 30; count += 1) {
        const start = random.below(content.length);
        ranges.push([start, start + random.below(content.length - start + 1)]);
      }
      for (const [start, end] of ranges) {
        const part = await readAll(store, blobId, start, end);
        assert.ok(part.equals(content.subarray(start, end)), `bytes ${start} to ${end} with seed ${seed}`);
      }
    },
  },
  {
    name: 'chunks stay as they are while the stream goes on',
    async run({ store, seed }) {
      const content = pattern(4_000_000, seed);
      const blobId = await writeBlob(store, [content]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(blobId, { start: 0, end: content.length })) chunks.push(chunk);
      for await (const chunk of store.read(blobId, { start: 0, end: content.length })) assert.ok(chunk.length > 0);
      assert.ok(Buffer.concat(chunks).equals(content));
    },
  },
  {
    name: 'a blob that is not as long as its reader expects is corrupt, for every range',
    async run({ store }) {
      const blobId = await writeBlob(store, [Buffer.from('abcd')]);
      const read = async (end: number, blobLength: number) => {
        for await (const chunk of store.read(blobId, { start: 0, end, blobLength })) assert.ok(chunk.length > 0);
      };
      await read(4, 4);
      for (const [end, blobLength] of [
        [3, 3],
        [4, 5],
        [0, 0],
      ] as const) {
        await assert.rejects(read(end, blobLength), isKind('corrupt'));
      }
    },
  },
  {
    name: 'a range beyond the end is corrupt, a range that is none is a mistake: never a short stream',
    async run({ store }) {
      const blobId = await writeBlob(store, [Buffer.from('abc')]);
      await assert.rejects(readAll(store, blobId, 0, 4), isKind('corrupt'));
      await assert.rejects(readAll(store, blobId, 4, 4), isKind('corrupt'));
      await assert.rejects(readAll(store, blobId, 2, 1), RangeError);
      await assert.rejects(readAll(store, blobId, -1, 1), RangeError);
    },
  },
  {
    name: 'a blob that is not there: undefined length, missing when read, no error when deleted',
    async run({ store }) {
      assert.equal(await store.length(ABSENT), undefined);
      await assert.rejects(readAll(store, ABSENT, 0, 0), isKind('missing-blob'));
      await store.delete(ABSENT);
    },
  },
  {
    name: 'a stream may be left early, and the blob read again',
    async run({ store, seed }) {
      const content = pattern(4_000_000, seed);
      const blobId = await writeBlob(store, [content]);
      for (let round = 0; round < 20; round += 1) {
        for await (const chunk of store.read(blobId, { start: 0, end: content.length })) {
          assert.ok(chunk.length > 0);
          break;
        }
      }
      assert.ok((await readAll(store, blobId, 100, 2_000_000)).equals(content.subarray(100, 2_000_000)));
    },
  },
  {
    name: 'a blob deleted while it is read is read to its end',
    async run({ store, seed }) {
      const content = pattern(3_000_000, seed);
      const blobId = await writeBlob(store, [content]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(blobId, { start: 0, end: content.length })) {
        if (chunks.length === 0) await store.delete(blobId);
        chunks.push(chunk);
      }
      assert.ok(Buffer.concat(chunks).equals(content));
      assert.equal(await store.length(blobId), undefined);
      await assert.rejects(readAll(store, blobId, 0, 1), isKind('missing-blob'));
    },
  },
];

const living: readonly BlobCase[] = [
  {
    name: 'the list shows every blob once, with its length and a time, sealed or not',
    async run({ store }) {
      const before = Date.now();
      const first = await writeBlob(store, [Buffer.alloc(10)]);
      const second = await writeBlob(store, [Buffer.alloc(300_000)]);
      const unsealed = await store.create();
      const lengths = await listAll(store);
      assert.deepEqual([...lengths.keys()].sort(), [first, second, unsealed.blobId].sort());
      assert.equal(lengths.get(first), 10);
      assert.equal(lengths.get(second), 300_000);
      for await (const { modifiedAtMs } of store.list()) {
        assert.ok(modifiedAtMs > before - 60_000 && modifiedAtMs < Date.now() + 60_000);
      }
      await store.delete(first);
      await unsealed.abort();
      assert.deepEqual([...(await listAll(store)).keys()], [second]);
    },
  },
  {
    name: 'after closing every method fails as closed',
    async run({ store }) {
      const blobId = await writeBlob(store, [Buffer.from('abc')]);
      const writer = await store.create();
      await store.close();
      await store.close();
      await assert.rejects(store.create(), isKind('unavailable'));
      await assert.rejects(readAll(store, blobId, 0, 1), isKind('unavailable'));
      await assert.rejects(store.length(blobId), isKind('unavailable'));
      await assert.rejects(store.delete(blobId), isKind('unavailable'));
      await assert.rejects(listAll(store), isKind('unavailable'));
      await assert.rejects(writer.seal(), isKind('unavailable'));
      await writer.abort();
    },
  },
  {
    name: 'sealed blobs are there after closing and opening again',
    needsReopen: true,
    async run({ store, reopen, seed }) {
      assert.ok(reopen, 'the context can reopen');
      const content = pattern(400_000, seed);
      const blobId = await writeBlob(store, [content]);
      const second = await reopen();
      assert.ok((await readAll(second, blobId, 0, content.length)).equals(content));
      assert.deepEqual([...(await listAll(second))], [[blobId, content.length]]);
    },
  },
];

/** The whole suite. */
export const blobStoreCases: readonly BlobCase[] = [...putCases, ...writing, ...reading, ...living];
