/**
 * A blob file is asked who it is: whatever is done to the files of a store with whole files, blocks, tags and trailers,
 * which are all right by themselves, no object ever reads as anything but itself. In the clear and encrypted; read
 * whole, by range, from its middle.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryKeyWrapping } from '../conformance/object-store-key-wrapping.js';
import { openTestStore, readFrom } from '../conformance/object-store-test-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { openObjectStore } from '../object-store/object-store.js';
import { BlobFiles, withTrailerOfFormat3 } from './blob-files-fixture.js';
import { BLOCK_LENGTH_BYTES, encodeTrailer, FOOTER_LENGTH_BYTES } from './blob-trailer.js';

const LENGTH = 3 * BLOCK_LENGTH_BYTES + 999;
const FIRST_TAG = LENGTH;

interface Change {
  readonly name: string;
  /** Of the file of one object, given that of another of the same length and that of a longer one. */
  change(own: Buffer, twin: Buffer, longer: Buffer, ownId: string): Buffer;
  /** Ranges that must still be read, if any. */
  readonly isHarmless?: boolean;
}

const block = (bytes: Buffer, index: number) =>
  bytes.subarray(index * BLOCK_LENGTH_BYTES, (index + 1) * BLOCK_LENGTH_BYTES);
const trailerOf = (bytes: Buffer) => bytes.subarray(LENGTH);
const tag = (bytes: Buffer, index: number) => bytes.subarray(FIRST_TAG + 4 * index, FIRST_TAG + 4 * index + 4);

function edited(own: Buffer, edit: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(own);
  edit(bytes);
  return bytes;
}

const changes: readonly Change[] = [
  { name: 'another blob of the same length', change: (_, twin) => twin },
  { name: 'a longer blob', change: (_, __, longer) => longer },
  { name: 'cut short', change: (own) => own.subarray(0, own.length - 1) },
  { name: 'cut to a shorter whole number of blocks', change: (own) => own.subarray(0, 2 * BLOCK_LENGTH_BYTES) },
  { name: 'nothing left', change: () => Buffer.alloc(0) },
  { name: 'lengthened by zeros', change: (own) => Buffer.concat([own, Buffer.alloc(4096)]) },
  { name: 'lengthened by itself', change: (own) => Buffer.concat([own, own]) },
  { name: 'lengthened in front', change: (own) => Buffer.concat([Buffer.alloc(512, 7), own]) },
  {
    name: 'the trailer of another blob',
    change: (own, twin) => Buffer.concat([own.subarray(0, LENGTH), trailerOf(twin)]),
  },
  {
    name: 'the bytes of another blob',
    change: (own, twin) => Buffer.concat([twin.subarray(0, LENGTH), trailerOf(own)]),
  },
  {
    name: 'two blocks exchanged',
    change: (own) =>
      edited(own, (bytes) => {
        block(own, 1).copy(block(bytes, 0));
        block(own, 0).copy(block(bytes, 1));
      }),
  },
  {
    name: 'two blocks exchanged with their tags',
    change: (own) =>
      edited(own, (bytes) => {
        block(own, 1).copy(block(bytes, 0));
        block(own, 0).copy(block(bytes, 1));
        tag(own, 1).copy(tag(bytes, 0));
        tag(own, 0).copy(tag(bytes, 1));
      }),
  },
  {
    name: 'a block of another blob with its tag',
    change: (own, twin) =>
      edited(own, (bytes) => {
        block(twin, 2).copy(block(bytes, 2));
        tag(twin, 2).copy(tag(bytes, 2));
      }),
  },
  { name: 'a trailer of format 3', change: (own) => withTrailerOfFormat3(own) },
  { name: 'another blob with a trailer of format 3', change: (_, twin) => withTrailerOfFormat3(twin) },
  {
    name: 'a footer that gives another length',
    change: (own) =>
      edited(own, (bytes) => {
        bytes.writeBigUInt64LE(BigInt(LENGTH - 4), bytes.length - FOOTER_LENGTH_BYTES);
      }),
  },
  {
    // What a program of the same format would have written of a shorter blob of this name.
    name: 'whole and of this name, and shorter',
    change: (own, _, __, ownId) => {
      const places = own.subarray(0, BLOCK_LENGTH_BYTES);
      return Buffer.concat([places, encodeTrailer(ownId, BLOCK_LENGTH_BYTES, [tag(own, 0).readUInt32LE()])]);
    },
  },
];

const ENCRYPTIONS = [
  ['in the clear', undefined],
  ['encrypted', { algorithm: 'AES256' } as const],
] as const;

describe.each(ENCRYPTIONS)('objects %s', (_, encryption) => {
  const bodies = new Map(
    ['own', 'twin', 'longer'].map((key, index) => {
      const bytes = Buffer.alloc(
        key === 'longer' ? LENGTH + 300_000 : sealedToLength(LENGTH, encryption !== undefined),
      );
      for (let at = 0; at + 8 < bytes.length; at += 1000) bytes.write(`${index}:${at}`, at, 'latin1');
      return [key, bytes];
    }),
  );
  let files: BlobFiles;
  let ids: string[];
  let reopen: () => Promise<(key: string, range?: { start: number; end: number }) => Promise<Uint8Array>>;

  beforeEach(async () => {
    files = new BlobFiles();
    const keyValues = openMemoryKeyValueStore();
    const keyWrapping = new MemoryKeyWrapping();
    const test = await openTestStore({
      keyValues,
      blobs: await files.open(),
      keyWrapping,
      settings: { putLengthMax: 0 },
      ...(encryption && { encryption }),
    });
    ids = [];
    for (const [key, bytes] of bodies) {
      const before = new Set(await test.blobIds());
      await test.put(key, bytes);
      ids.push(...(await test.blobIds()).filter((id) => !before.has(id)));
    }
    reopen = async () => {
      const store = await openObjectStore({ keyValues, blobs: await files.open(), keyWrapping });
      return (key, range) => readFrom(store, key, range);
    };
  });

  test.each(changes)('$name', async ({ change }) => {
    const [own = '', twin = '', longer = ''] = ids;
    const changed = change(await files.read(own), await files.read(twin), await files.read(longer), own);
    expect(changed.equals(await files.read(own))).toBe(false);
    await files.replace(own, changed);
    const read = await reopen();
    const body = bodies.get('own') as Buffer;
    await expect(read('own')).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    for (let start = 0; start < body.length; start += 100_000) {
      const range = { start, end: Math.min(body.length, start + 1000) };
      const found = await read('own', range).catch((error: unknown) => error);
      if (found instanceof EngineFailure) expect(found.reason.kind).toBe('corrupt');
      else expect(Buffer.compare(found as Uint8Array, body.subarray(range.start, range.end))).toBe(0);
    }
    expect(Buffer.compare(await read('twin'), bodies.get('twin') as Buffer)).toBe(0);
  });

  test('all of them, as they are', async () => {
    const read = await reopen();
    for (const [key, bytes] of bodies) expect(Buffer.compare(await read(key), bytes)).toBe(0);
  });
});

/** @returns Length of the bytes whose blob has about this length, sealed or not. */
function sealedToLength(length: number, isSealed: boolean): number {
  return isSealed ? length - 4 * 16 : length;
}
