import { crc64 } from '@annals/checksum';
import { expect, test } from 'vitest';
import { patternBytes } from '../../conformance/object-store-bodies.js';
import { BUCKET, collect, openTestStore, readFrom, type TestStore } from '../../conformance/object-store-test-store.js';
import { encodeSliceExtent } from '../records/extent-record.js';
import { extentKey } from '../records/key-space.js';
import { readVersionNames } from '../records/version-names.js';

const corrupt = expect.objectContaining({ reason: expect.objectContaining({ kind: 'corrupt' }) });

async function contentIdOf({ rows }: TestStore, index = 0): Promise<string> {
  const row = (await rows('O'))[index];
  return readVersionNames(row?.key ?? Buffer.of(), row?.value ?? Buffer.of()).contentId ?? '';
}

test('readContent gives many short extents out as few long chunks', async () => {
  const { append, store } = await openTestStore();
  const bytes = patternBytes(1_000_000);
  for (let position = 0; position < bytes.length; position += 1000) {
    await append('log', position, bytes.subarray(position, position + 1000));
  }
  const opened = await store.openObject({ bucket: BUCKET, key: 'log' });
  const lengths: number[] = [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.read({ start: 0, end: bytes.length })) {
    lengths.push(chunk.length);
    chunks.push(chunk);
  }
  opened.release();
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  expect(lengths.length).toBeLessThan(6);
});

test('readContent reads every range over inline and blob extents', async () => {
  const { append, read } = await openTestStore({ settings: { inlineLengthMax: 4 } });
  const bytes = Buffer.from(patternBytes(30));
  let position = 0;
  for (const length of [1, 4, 5, 3, 9, 2, 6]) {
    await append('log', position, bytes.subarray(position, position + length));
    position += length;
  }
  for (let start = 0; start <= 30; start++) {
    for (let end = start; end <= 30; end++) {
      expect(Buffer.from(await read('log', { start, end }))).toEqual(bytes.subarray(start, end));
    }
  }
});

test('readContent refuses a range outside the object', async () => {
  const { append, read } = await openTestStore();
  await append('log', 0, 'abc');
  await expect(read('log', { start: 0, end: 4 })).rejects.toThrow(RangeError);
  await expect(read('log', { start: 2, end: 1 })).rejects.toThrow(RangeError);
});

test('readContent reports a gap, an overlap and changed bytes as corrupt, never as a short stream', async () => {
  const test = await openTestStore();
  const { append, keyValues, read } = test;
  await append('log', 0, 'aaaa');
  await append('log', 4, 'bbbb');
  await append('log', 8, 'cccc');
  const contentId = await contentIdOf(test);
  const middle = extentKey(contentId, 4);
  const entry = await keyValues.get(middle);
  const value = entry?.value ?? new Uint8Array();

  await keyValues.commit({ deletes: [middle] });
  await expect(read('log')).rejects.toEqual(corrupt);
  await expect(read('log', { start: 5, end: 6 })).rejects.toEqual(corrupt);
  expect(Buffer.from(await read('log', { start: 8, end: 12 })).toString()).toBe('cccc');

  await keyValues.commit({
    puts: [
      { key: middle, value },
      { key: extentKey(contentId, 6), value },
    ],
  });
  await expect(read('log')).rejects.toEqual(corrupt);

  const changed = Uint8Array.from(value);
  changed[changed.length - 1] = 0x78;
  await keyValues.commit({ puts: [{ key: middle, value: changed }], deletes: [extentKey(contentId, 6)] });
  await expect(read('log')).rejects.toEqual(corrupt);

  await keyValues.commit({ puts: [{ key: middle, value: value.subarray(0, value.length - 1) }] });
  await expect(read('log')).rejects.toEqual(corrupt);

  await keyValues.commit({ puts: [{ key: middle, value }] });
  expect(Buffer.from(await read('log')).toString()).toBe('aaaabbbbcccc');
});

test('readContent follows slices of other contents, and stops at a circle', async () => {
  const test = await openTestStore();
  const { append, put, keyValues, read } = test;
  await append('a', 0, '0123');
  await append('a', 4, '456789');
  await put('b', 'xxxxxx');
  const source = await contentIdOf(test, 0);
  const target = await contentIdOf(test, 1);
  const slice = (contentId: string, start: number) =>
    encodeSliceExtent({ contentId, start, length: 6, crc64: crc64(Buffer.from('234567')) });
  await keyValues.commit({ puts: [{ key: extentKey(target, 0), value: slice(source, 2) }] });
  expect(Buffer.from(await read('b')).toString()).toBe('234567');
  expect(Buffer.from(await read('b', { start: 1, end: 4 })).toString()).toBe('345');
  await keyValues.commit({ puts: [{ key: extentKey(target, 0), value: slice(target, 0) }] });
  await expect(read('b')).rejects.toEqual(corrupt);
});

test('readContent is not disturbed by a compaction in the middle of it', async () => {
  const { append, store, rows } = await openTestStore({ settings: { compaction: { extentCountMin: 400 } } });
  const bytes = Buffer.from(patternBytes(400 * 3000));
  for (let position = 0; position < bytes.length; position += 3000) {
    await append('log', position, bytes.subarray(position, position + 3000));
  }
  const opened = await store.openObject({ bucket: BUCKET, key: 'log' });
  const stream = opened.read({ start: 0, end: bytes.length })[Symbol.asyncIterator]();
  const first = await stream.next();
  expect((await rows('E')).length).toBe(400);
  expect(await store.maintenance.compactContent({ jobCountMax: 10 })).toBe(1);
  expect((await rows('E')).length).toBe(1);
  const rest = await collect({ [Symbol.asyncIterator]: () => stream });
  opened.release();
  expect(Buffer.concat([first.value as Uint8Array, rest]).equals(bytes)).toBe(true);
  expect(Buffer.from(await readFrom(store, 'log')).equals(bytes)).toBe(true);
});

test('readAtOnce gives a short object and its beginnings, and refuses changed bytes', async () => {
  const test = await openTestStore();
  const { keyValues, put, store } = test;
  await put('short', 'abcdef');
  const opened = await store.openObject({ bucket: BUCKET, key: 'short' });
  for (const end of [0, 1, 6]) {
    expect(Buffer.from((await opened.readAtOnce({ start: 0, end })) ?? 'none').toString()).toBe('abcdef'.slice(0, end));
  }
  expect(await opened.readAtOnce({ start: 1, end: 6 })).toBeUndefined();
  expect(() => opened.readAtOnce({ start: 0, end: 7 })).toThrow(RangeError);
  const key = extentKey(await contentIdOf(test), 0);
  const changed = Uint8Array.from((await keyValues.get(key))?.value ?? []);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  await keyValues.commit({ puts: [{ key, value: changed }] });
  await expect(opened.readAtOnce({ start: 0, end: 6 })).rejects.toEqual(corrupt);
  opened.release();
});

test('readAtOnce leaves to a stream what lies in several rows or in a blob', async () => {
  const { append, store } = await openTestStore({ settings: { inlineLengthMax: 4, unplacedInlineLengthMax: 4 } });
  await append('log', 0, 'abc');
  await append('log', 3, 'defghijkl');
  const opened = await store.openObject({ bucket: BUCKET, key: 'log' });
  expect(await opened.readAtOnce({ start: 0, end: 4 })).toBeUndefined();
  expect(await opened.readAtOnce({ start: 3, end: 6 })).toBeUndefined();
  expect(Buffer.from((await opened.readAtOnce({ start: 0, end: 3 })) ?? 'none').toString()).toBe('abc');
  opened.release();
});
