import { expect, test } from 'vitest';
import type { ObjectHead } from '../types.js';
import { decodeBucketRecord } from './bucket-row.js';
import {
  decodeExtent,
  decodeJobEnd,
  encodeBlobExtent,
  encodeInlineExtent,
  encodeJobEnd,
  encodeSliceExtent,
} from './extent-record.js';
import {
  bucketKey,
  compactionJobKey,
  compactionJobOf,
  extentKey,
  extentOffsetOf,
  garbageKey,
  garbageOf,
  objectKey,
  objectKeyOf,
  rangeOfPrefix,
} from './key-space.js';
import { decodeObjectRecord, encodeObjectRecord } from './object-record.js';
import type { ObjectRecord, RowContext } from './version-record.js';

const ID = '00112233445566778899aabbccddeeff';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const corrupt = expect.objectContaining({ reason: expect.objectContaining({ kind: 'corrupt' }) });

const row: RowContext = { bucket: 'b', key: 'k', versionIdDefault: undefined };

const head: ObjectHead = {
  bucket: 'b',
  key: 'k',
  versionId: undefined,
  isLatest: true,
  type: 'appendable',
  length: 2 ** 50,
  crc64: 2n ** 64n - 1n,
  etag: 'E',
  md5: Buffer.from(ID, 'hex'),
  ownerId: 'o',
  createdAtMs: 1,
  lastModifiedAtMs: 2,
  sealedAtMs: 3,
  lastAppend: { position: 4, length: 5, crc64: 6n, atMs: 7, callerId: 'c' },
  system: { contentType: 'text/plain', expires: 'never' },
  user: { a: 'ü', ['__proto__']: 'odd' },
  acl: 'default',
  storageClass: 'Standard',
  tags: { t: '1' },
  encryption: { algorithm: 'AES256' },
};

test('an object record reads back as it was written, with all fields and with the fewest', () => {
  const uncompacted = { from: 1, length: 2, extentCount: 3 };
  const named = { ...head, writerEpoch: 2 ** 53 - 1 };
  const appendIds = { first: 0, next: 2 ** 53 - 1 };
  const full: ObjectRecord = { head: named, contentId: ID, referenceId: ID, uncompacted, appendIds };
  expect(decodeObjectRecord(row, encodeObjectRecord(full))).toEqual(full);
  const { md5, sealedAtMs, lastAppend, encryption, ...fewest } = head;
  const { appendIds: _ids, ...before } = full;
  const small: ObjectRecord = { ...before, head: { ...fewest, versionId: 'null' } };
  expect(decodeObjectRecord(row, encodeObjectRecord(small))).toEqual(small);
});

test('rows that are not JSON are corrupt', () => {
  expect(() => decodeObjectRecord(row, Buffer.from('{'))).toThrow(corrupt);
  expect(() => decodeBucketRecord(bucketKey('b'), Buffer.from('{'))).toThrow(corrupt);
});

test('extents have the layout that docs/format.md gives', () => {
  expect(hex(encodeInlineExtent([Buffer.from('a'), Buffer.from('bc')], 3, 5n))).toBe(
    '01000000000000000300000000000000056162 63'.replace(' ', ''),
  );
  expect(hex(encodeBlobExtent(ID, 2 ** 40 + 1, 5n))).toBe(`0200000100000000010000000000000005${ID}`);
  const slice = { contentId: ID, start: 9, length: 2, crc64: 5n };
  expect(hex(encodeSliceExtent(slice))).toBe(`0300000000000000020000000000000005${ID}0000000000000009`);
  expect(decodeExtent(encodeSliceExtent(slice))).toEqual({ kind: 'slice', ...slice });
  expect(decodeExtent(encodeBlobExtent(ID, 2 ** 40 + 1, 5n))).toMatchObject({
    kind: 'blob',
    blobId: ID,
    length: 2 ** 40 + 1,
  });
  expect(decodeJobEnd(encodeJobEnd(2 ** 40 + 1))).toBe(2 ** 40 + 1);
});

test('extents of an unknown kind or a wrong length are corrupt', () => {
  for (const row of [
    '',
    '01',
    `04${'00'.repeat(16)}`,
    `01${'00'.repeat(16)}aa`,
    `02${'00'.repeat(31)}`,
    `03${'00'.repeat(30)}`,
  ]) {
    expect(() => decodeExtent(Buffer.from(row, 'hex'))).toThrow(corrupt);
  }
});

test('keys sort as what they stand for and give it back', () => {
  const offsets = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const keys = offsets.map((offset) => extentKey(ID, offset));
  expect([...keys].sort(Buffer.compare)).toEqual(keys);
  expect(keys.map(extentOffsetOf)).toEqual(offsets);
  expect(objectKeyOf('b', objectKey('b', 'a\0ü'))).toBe('a\0ü');
  expect(garbageOf(garbageKey(2 ** 41, ID, 'ff'.repeat(16)))).toEqual({
    atMs: 2 ** 41,
    contentId: ID,
    refererId: 'ff'.repeat(16),
  });
  expect(compactionJobOf(compactionJobKey(ID, 7))).toEqual({ contentId: ID, from: 7 });
});

test('rangeOfPrefix covers the prefix and nothing behind it, also when it ends in 0xff', () => {
  const { start, end } = rangeOfPrefix(Buffer.from([0x41, 0xff, 0xff]));
  expect([hex(start), hex(end)]).toEqual(['41ffff', '42']);
});
