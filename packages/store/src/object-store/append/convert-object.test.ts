import { md5 } from '@annals/checksum/node';
import { expect, test } from 'vitest';
import { bodyOf } from '../../conformance/object-store-bodies.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import { BUCKET, openTestStore, plainAttributes, type TestStore } from '../../conformance/object-store-test-store.js';
import type { ObjectHead } from '../types.js';

const check = (): void => undefined;
const failsWith = (kind: string) => expect.objectContaining({ reason: expect.objectContaining({ kind }) });

const convert = ({ store }: TestStore, type: 'appendable' | 'normal', key = 'log'): Promise<ObjectHead> =>
  store.convertObject({ bucket: BUCKET, key, type, check });

async function textOf({ read }: TestStore, key = 'log'): Promise<string> {
  return Buffer.from(await read(key)).toString('utf8');
}

async function copy({ store }: TestStore, from: string, key: string): Promise<void> {
  const source = { bucket: BUCKET, key: from };
  await store.copyObject({ bucket: BUCKET, key, source, forbidOverwrite: false, plan: () => plainAttributes });
}

async function sweep({ store }: TestStore): Promise<void> {
  for (let round = 0; round < 5; round++) await store.maintenance.sweepGarbage({ rowCountMax: 1000 });
}

test('convertObject lets a Normal object grow in its own content, and makes it Normal again with its MD5', async () => {
  const opened = await openTestStore();
  const before = await opened.put('log', 'abc');
  opened.clock.atMs += 5000;
  const grown = await convert(opened, 'appendable');
  expect(grown).toMatchObject({ type: 'appendable', length: 3, crc64: before.crc64, createdAtMs: before.createdAtMs });
  expect(grown.lastModifiedAtMs).toBe(opened.clock.atMs);
  expect(grown.etag).not.toBe(before.etag);
  expect(grown).not.toHaveProperty('md5');
  expect(await opened.rows('R')).toHaveLength(1);
  await opened.append('log', 3, 'def');
  const again = await convert(opened, 'normal');
  expect(again).toMatchObject({ type: 'normal', length: 6 });
  expect(Buffer.from(again.md5 ?? []).equals(Buffer.from(md5(Buffer.from('abcdef'))))).toBe(true);
  expect(again).not.toHaveProperty('lastAppend');
  expect(await textOf(opened)).toBe('abcdef');
  await expect(opened.append('log', 6, 'x')).rejects.toEqual(failsWith('not-appendable'));
});

test('convertObject gives bytes that others share a content of their own to grow in', async () => {
  const opened = await openTestStore({ settings: { appendable: { overwrite: 'allow', copy: 'allow' } } });
  await opened.put('log', 'abc');
  await copy(opened, 'log', 'copy');
  await convert(opened, 'appendable');
  await convert(opened, 'appendable', 'copy');
  await opened.append('log', 3, 'one');
  await opened.append('copy', 3, 'another');
  expect([await textOf(opened), await textOf(opened, 'copy')]).toEqual(['abcone', 'abcanother']);
  await opened.store.deleteObject({ bucket: BUCKET, key: 'log' });
  await sweep(opened);
  expect(await textOf(opened, 'copy')).toBe('abcanother');
  await opened.store.deleteObject({ bucket: BUCKET, key: 'copy' });
  await sweep(opened);
  for (const family of ['E', 'R', 'G', 'D']) expect(await opened.rows(family)).toEqual([]);
});

test('convertObject knows that bytes of another object lie behind those of a copy', async () => {
  const opened = await openTestStore({ settings: { appendable: { copy: 'allow' } } });
  await opened.append('log', 0, 'abc');
  await copy(opened, 'log', 'copy');
  await opened.append('log', 3, 'longer');
  await opened.store.deleteObject({ bucket: BUCKET, key: 'log' });
  await sweep(opened);
  await convert(opened, 'appendable', 'copy');
  await opened.append('copy', 3, 'x');
  expect(await textOf(opened, 'copy')).toBe('abcx');
});

test('convertObject forgets ids and epoch with the type, for good', async () => {
  const opened = await openTestStore();
  const base = { bucket: BUCKET, key: 'log', ownerId: 'owner', callerId: 'caller', expected: {} };
  const named = { ...base, attributes: plainAttributes, position: 0, appendId: 'a', writerEpoch: 9 };
  await opened.store.appendObject(named, bodyOf('abc'));
  await convert(opened, 'normal');
  const grown = await convert(opened, 'appendable');
  expect(grown).not.toHaveProperty('writerEpoch');
  const again = { ...named, position: 3, writerEpoch: 1 };
  expect(await opened.store.appendObject(again, bodyOf('abc'))).not.toHaveProperty('isReplay');
  expect(await textOf(opened)).toBe('abcabc');
});

test('convertObject keeps encrypted bytes encrypted, those of an upload too', async () => {
  const keyWrapping = new MemoryKeyWrapping();
  const encryption = { algorithm: 'AES256' } as const;
  const opened = await openTestStore({ keyWrapping, encryption });
  await opened.put('log', 'abc');
  await convert(opened, 'appendable');
  await opened.append('log', 3, 'def');
  expect(await textOf(opened)).toBe('abcdef');
  await copy(opened, 'log', 'plain').catch(() => undefined);
  await convert(opened, 'normal');
  expect(await textOf(opened)).toBe('abcdef');
});

test('convertObject of an empty object, shared or not, can grow', async () => {
  const opened = await openTestStore();
  await opened.put('log', '');
  await copy(opened, 'log', 'copy');
  for (const key of ['log', 'copy']) {
    await convert(opened, 'appendable', key);
    await opened.append(key, 0, key);
    expect(await textOf(opened, key)).toBe(key);
  }
});

test('convertObject refuses what it may not, and changes nothing', async () => {
  const opened = await openTestStore({ settings: { appendable: { lengthMax: 5 } } });
  const { store } = opened;
  await expect(convert(opened, 'normal')).rejects.toEqual(failsWith('no-such-key'));
  await opened.put('log', 'longer');
  await expect(convert(opened, 'appendable')).rejects.toEqual(failsWith('too-large'));
  expect(await convert(opened, 'normal')).toMatchObject({ type: 'normal' });
  await opened.append('sealed', 0, 'abc');
  await store.sealObject({ bucket: BUCKET, key: 'sealed', position: 3 });
  await expect(convert(opened, 'normal', 'sealed')).rejects.toEqual(failsWith('sealed'));
  const refused = new Error('refused');
  const conversion = store.convertObject({
    bucket: BUCKET,
    key: 'log',
    type: 'appendable',
    check() {
      throw refused;
    },
  });
  await expect(conversion).rejects.toBe(refused);
  const link = { bucket: BUCKET, key: 'link', ownerId: 'owner', attributes: plainAttributes };
  await store.putSymlink({ ...link, forbidOverwrite: false, symlinkTarget: 'log' });
  await expect(convert(opened, 'appendable', 'link')).rejects.toEqual(failsWith('not-appendable'));
});
