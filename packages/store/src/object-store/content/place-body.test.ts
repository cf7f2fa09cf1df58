import { expect, test } from 'vitest';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import {
  BUCKET,
  collect,
  openTestStore,
  plainAttributes,
  type TestStore,
} from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';

const LIMIT = 10;
const ALL = { rowCountMax: 1_000_000 };
const corrupt = expect.objectContaining({ reason: expect.objectContaining({ kind: 'corrupt' }) });

const openStore = (options: Parameters<typeof openTestStore>[0] = {}): Promise<TestStore> =>
  openTestStore({
    ...options,
    settings: { rowBodyLengthMax: LIMIT, inlineLengthMax: 50, appendable: { overwrite: 'allow', copy: 'allow' } },
  });

async function familiesOf({ rows }: TestStore): Promise<string> {
  let families = '';
  for (const family of 'BCEFGIJKMORV') families += family.repeat((await rows(family)).length > 0 ? 1 : 0);
  return families;
}

async function textOf(test: TestStore, key: string, range?: { start: number; end: number }): Promise<string> {
  return Buffer.from(await test.read(key, range)).toString();
}

function copy({ store }: TestStore, from: string, key: string) {
  const source = { bucket: BUCKET, key: from };
  return store.copyObject({ bucket: BUCKET, key, source, forbidOverwrite: false, plan: () => plainAttributes });
}

test('a short object is one row, and leaves nothing when it is replaced or deleted', async () => {
  const test = await openStore();
  for (const text of ['', 'a', 'x'.repeat(LIMIT), 'y'.repeat(LIMIT)]) {
    await test.put('short', text);
    expect([await textOf(test, 'short'), await familiesOf(test)]).toEqual([text, 'BCFO']);
  }
  expect(await textOf(test, 'short', { start: 3, end: 5 })).toBe('yy');
  expect(test.store.maintenance.garbageDebt().noteCount).toBe(0);
  await test.store.deleteObject({ bucket: BUCKET, key: 'short' });
  expect(await familiesOf(test)).toBe('BCF');
  expect(await test.store.bucketStatistics(BUCKET)).toMatchObject({ objectCount: 0, lengthBytes: 0 });
});

test('a longer object has a content, and each kind replaces the other', async () => {
  const test = await openStore();
  await test.put('key', 'x'.repeat(LIMIT + 1));
  expect(await familiesOf(test)).toBe('BCEFOR');
  await test.put('key', 'short');
  expect(await familiesOf(test)).toBe('BCEFGO');
  await test.store.maintenance.sweepGarbage(ALL);
  expect([await familiesOf(test), await textOf(test, 'key')]).toEqual(['BCFO', 'short']);
  await test.put('key', 'z'.repeat(LIMIT + 1));
  expect([await familiesOf(test), await textOf(test, 'key')]).toEqual(['BCEFOR', 'z'.repeat(LIMIT + 1)]);
});

test('an encrypted object has a content with a data key, however short it is', async () => {
  const test = await openStore({ keyWrapping: new MemoryKeyWrapping(), encryption: { algorithm: 'AES256' } });
  await test.put('secret', 'abc');
  expect([await familiesOf(test), await textOf(test, 'secret')]).toEqual(['BCEFKOR', 'abc']);
});

test('a reader keeps the bytes of the moment in which it began', async () => {
  const test = await openStore();
  await test.put('key', 'before');
  const opened = await test.store.openObject({ bucket: BUCKET, key: 'key' });
  await test.put('key', 'after');
  await test.store.deleteObject({ bucket: BUCKET, key: 'key' });
  await test.store.maintenance.sweepGarbage(ALL);
  expect(Buffer.from(await collect(opened.read({ start: 1, end: 6 }))).toString()).toBe('efore');
  expect(Buffer.from((await opened.readAtOnce({ start: 2, end: 4 })) ?? []).toString()).toBe('fo');
  opened.release();
});

test('bytes in a row are compared with their checksum before they are used', async () => {
  const test = await openStore();
  await test.put('key', 'abcdef');
  const [row] = await test.rows('O');
  const value = Uint8Array.from(row?.value ?? []);
  value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
  await test.keyValues.commit({ puts: [{ key: row?.key ?? Buffer.of(), value }] });
  const opened = await test.store.openObject({ bucket: BUCKET, key: 'key' });
  await expect(collect(opened.read({ start: 0, end: 1 }))).rejects.toEqual(corrupt);
  await expect(opened.readAtOnce({ start: 0, end: 6 })).rejects.toEqual(corrupt);
});

test('a copy has bytes of its own, and is of one moment of its source', async () => {
  let beforeCommit: (() => Promise<unknown>) | undefined;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async commit(_commit, pass) {
      const run = beforeCommit;
      beforeCommit = undefined;
      await run?.();
      return pass();
    },
  });
  const test = await openStore({ keyValues });
  await test.put('source', 'old');
  beforeCommit = () => test.put('source', 'new');
  await copy(test, 'source', 'copy');
  await test.store.deleteObject({ bucket: BUCKET, key: 'source' });
  expect([await textOf(test, 'copy'), await familiesOf(test)]).toEqual(['new', 'BCFO']);
  await test.store.updateBucket(BUCKET, { versioning: 'enabled' });
  await copy(test, 'copy', 'copy');
  expect([await textOf(test, 'copy'), await familiesOf(test)]).toEqual(['new', 'BCFOV']);
});

test('a part that is copied from a short object has its bytes', async () => {
  const test = await openStore();
  await test.put('source', 'abcdef');
  const base = { bucket: BUCKET, key: 'parts', ownerId: 'owner', attributes: plainAttributes, forbidOverwrite: false };
  const { uploadId } = await test.store.initiateUpload(base);
  const part = { bucket: BUCKET, key: 'parts', uploadId, partNumber: 1, lengthMax: 100 };
  const source = { bucket: BUCKET, key: 'source' };
  await test.store.copyPart({ ...part, source, select: () => ({ start: 1, end: 4 }) });
  await test.store.deleteObject(source);
  await test.store.completeUpload({ ...base, uploadId, parts: 'all' });
  expect(await textOf(test, 'parts')).toBe('bcd');
});

test('a short object that becomes appendable gets a content, and grows', async () => {
  const test = await openStore();
  for (const text of ['abc', '']) {
    await test.put('log', text);
    const target = { bucket: BUCKET, key: 'log', check: () => undefined };
    await test.store.convertObject({ ...target, type: 'appendable' });
    await test.append('log', text.length, 'def');
    await test.append('log', text.length + 3, 'ghi');
    expect([await textOf(test, 'log'), await familiesOf(test)]).toEqual([`${text}defghi`, 'BCEFOR']);
    await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
    await test.store.maintenance.sweepGarbage(ALL);
    expect(await familiesOf(test)).toBe('BCF');
  }
});

test('versions keep their bytes in their rows, also when one becomes current again', async () => {
  const test = await openStore();
  const { store } = test;
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  const { versionId = '' } = await test.put('key', 'one');
  const second = await test.put('key', 'two');
  expect(await familiesOf(test)).toBe('BCFOV');
  const opened = await store.openObject({ bucket: BUCKET, key: 'key', versionId });
  expect(Buffer.from(await collect(opened.read({ start: 0, end: 3 }))).toString()).toBe('one');
  await store.deleteObject({ bucket: BUCKET, key: 'key', versionId: second.versionId ?? '' });
  expect([await textOf(test, 'key'), await familiesOf(test)]).toEqual(['one', 'BCFO']);
  await store.setObjectAcl({ bucket: BUCKET, key: 'key' }, 'private');
  await store.deleteObject({ bucket: BUCKET, key: 'key' });
  expect(await familiesOf(test)).toBe('BCFMV');
  await store.deleteObject({ bucket: BUCKET, key: 'key', versionId });
  expect(await familiesOf(test)).toBe('BCFM');
});

test('a follower of a short object gets its bytes, also when it was replaced meanwhile', async () => {
  const test = await openStore();
  await test.put('key', 'abcdef');
  const follower = await test.store.followObject({ bucket: BUCKET, key: 'key', position: 2 });
  const step = await follower.next({ waitMs: 0, lengthMax: 100 });
  if (step.kind !== 'bytes') expect.fail(`no bytes: ${step.kind}`);
  await test.put('key', 'ABCDEFGH');
  expect(Buffer.from(await collect(step.bytes)).toString()).toBe('cdef');
  expect(await follower.next({ waitMs: 0, lengthMax: 100 })).toEqual({ kind: 'end', because: 'replaced' });
  follower.release();
});

test('a link is one row', async () => {
  const test = await openStore();
  const link = { bucket: BUCKET, key: 'link', ownerId: 'owner', attributes: plainAttributes, forbidOverwrite: false };
  await test.store.putSymlink({ ...link, symlinkTarget: 'a' });
  await test.store.putSymlink({ ...link, symlinkTarget: 'b' });
  expect([await textOf(test, 'link'), await familiesOf(test)]).toEqual(['', 'BCFO']);
});
