/** Names and marks of blobs in a pool: what is ours is recognised, and nothing else. */
import { expect, it } from 'vitest';
import { decodeLayout, encodeLayout, parseStripeName, stripeCount, stripeName } from './rados-blob-layout.js';

const BLOB_ID = '0123456789abcdef'.repeat(2);
const MIB = 1024 * 1024;

it('names of stripes are read back, and no other names are', () => {
  for (const index of [0, 1, 255, 2 ** 32 - 1]) {
    expect(parseStripeName(stripeName(BLOB_ID, index))).toEqual({ blobId: BLOB_ID, index });
  }
  const others = ['', 'annals-store.json', `blob.${BLOB_ID}.`, `blob.${BLOB_ID}.00000000`, `blob.${BLOB_ID}.1`];
  for (const name of [...others, `blob.${BLOB_ID.toUpperCase()}`, `x.${BLOB_ID}`, `blob.${BLOB_ID}.0000000g`]) {
    expect(parseStripeName(name)).toBeUndefined();
  }
  expect(() => stripeName('../escape', 0)).toThrow('missing-blob');
});

it('the mark of a blob is read back; one of another version, or a damaged one, is refused', () => {
  for (const [length, count] of [
    [0, 1],
    [1, 1],
    [4 * MIB, 1],
    [4 * MIB + 1, 2],
    [10 ** 13, 2_384_186],
  ] as const) {
    const layout = decodeLayout(BLOB_ID, encodeLayout(length));
    expect(layout).toEqual({ length, stripeLength: 4 * MIB });
    expect(stripeCount(layout)).toBe(count);
  }
  for (const text of [
    '',
    'null',
    '{"version":2,"length":1,"stripeLength":4194304}',
    '{"version":1,"length":-1,"stripeLength":4194304}',
    '{"version":1,"length":1,"stripeLength":0}',
    '{"version":1,"length":"1","stripeLength":4194304}',
  ]) {
    expect(() => decodeLayout(BLOB_ID, Buffer.from(text))).toThrow('corrupt');
  }
});
