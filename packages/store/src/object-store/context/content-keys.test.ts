/** Keys of encrypted contents: missing, rotated, swept; and what becomes of them in copies, uploads and races. */
import { beforeEach, describe, expect, it } from 'vitest';
import { everythingAtRest } from '../../conformance/object-store-at-rest.js';
import { bodyOf, patternBytes, pausedBody } from '../../conformance/object-store-bodies.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import {
  BUCKET,
  openTestStore,
  plainAttributes,
  readFrom,
  type TestStore,
} from '../../conformance/object-store-test-store.js';
import type { Encryption } from '../../vocabulary/encryption.js';
import { openObjectStore } from '../object-store.js';

const AES256: Encryption = { algorithm: 'AES256' };
const KMS: Encryption = { algorithm: 'KMS', keyId: 'payroll' };
const corrupt = { reason: { kind: 'corrupt' } };
/** Two blocks and a bit in a blob. */
const LONG = patternBytes(2 * (256 * 1024 - 16) + 777);
const SECRET = 'a secret line that nobody else may read';

let keys: MemoryKeyWrapping;

beforeEach(() => {
  keys = new MemoryKeyWrapping();
});

function openEncrypted(options: Parameters<typeof openTestStore>[0] = {}): Promise<TestStore> {
  return openTestStore({ keyWrapping: keys, encryption: AES256, ...options });
}

describe('keys', () => {
  it('that are not at hand make an object unreadable and not appendable, and nothing else', async () => {
    const test = await openEncrypted();
    await test.append('log', 0, SECRET);
    const { keyValues, blobs } = test;
    const store = await openObjectStore({ keyValues, blobs });
    const unavailable = { reason: { kind: 'key-unavailable', algorithm: 'AES256', because: 'not-configured' } };
    const target = { bucket: BUCKET, key: 'log' };
    await expect(store.openObject(target)).rejects.toMatchObject(unavailable);
    const append = { ...target, ownerId: 'o', callerId: '', position: SECRET.length, attributes: plainAttributes };
    await expect(store.appendObject({ ...append, expected: {} }, bodyOf('x'))).rejects.toMatchObject(unavailable);
    expect(await store.headObject(target)).toMatchObject({ length: SECRET.length, encryption: AES256 });
    keys.versions.splice(0, 1);
    await expect((await test.reopen()).openObject(target)).rejects.toMatchObject({
      reason: { kind: 'key-unavailable', because: 'unknown-key' },
    });
  });

  it('SM4 is refused, and a KMS key is named in the head', async () => {
    const test = await openEncrypted();
    const put = (encryption: Encryption) =>
      test.store.putObject(
        {
          bucket: BUCKET,
          key: 'k',
          ownerId: 'o',
          attributes: { ...plainAttributes, encryption },
          forbidOverwrite: false,
          expected: {},
          lengthMax: 100,
        },
        bodyOf('x'),
      );
    for (const encryption of [{ algorithm: 'SM4' }, { ...KMS, dataAlgorithm: 'SM4' }] as const) {
      await expect(put(encryption)).rejects.toMatchObject({ reason: { because: 'unsupported-algorithm' } });
    }
    expect(await put({ algorithm: 'KMS' })).toMatchObject({ encryption: { algorithm: 'KMS', keyId: 'default' } });
    expect(await put(KMS)).toMatchObject({ encryption: KMS });
  });

  it('are rotated: old objects stay readable, and after rewrapping without the old version', async () => {
    const test = await openEncrypted();
    for (const name of ['a', 'b', 'c']) await test.put(name, `${SECRET} ${name}`);
    keys.rotate();
    await test.put('d', `${SECRET} d`);
    const before = (await test.rows('E')).map(({ value }) => Buffer.from(value).toString('hex'));
    const steps = [];
    for (let after: string | undefined; ; ) {
      const step = await test.store.maintenance.rewrapContents({
        rowCountMax: 3,
        ...(after !== undefined && { after }),
      });
      steps.push(step);
      after = step.next;
      if (after === undefined) break;
    }
    expect(steps).toHaveLength(2);
    expect(steps.map((step) => step.rewrappedCount).reduce((a, b) => a + b)).toBe(3);
    expect(steps.map((step) => step.examinedCount)).toEqual([3, 1]);
    expect((await test.rows('E')).map(({ value }) => Buffer.from(value).toString('hex'))).toEqual(before);
    expect(await test.store.maintenance.rewrapContents({ rowCountMax: 10 })).toMatchObject({
      rewrappedCount: 0,
      failedCount: 0,
    });
    keys.versions[0] = new Uint8Array(32);
    const store = await test.reopen();
    for (const name of ['a', 'b', 'c', 'd']) {
      expect(Buffer.from(await readFrom(store, name)).toString()).toBe(`${SECRET} ${name}`);
    }
  });

  it('that do not open are counted by rewrapping and hold up no other', async () => {
    const test = await openEncrypted();
    for (const name of ['a', 'b', 'c']) await test.put(name, name);
    const [row] = await test.rows('K');
    if (row === undefined) throw new Error('There is no key row');
    const value = Buffer.from(
      Buffer.from(row.value)
        .toString()
        .replace(/(.)"\}$/, (_, digit: string) => `${digit === '0' ? '1' : '0'}"}`),
    );
    await test.keyValues.commit({ puts: [{ key: row.key, value }] });
    keys.rotate();
    const expected = { examinedCount: 3, rewrappedCount: 2, failedCount: 1, next: undefined };
    expect(await test.store.maintenance.rewrapContents({ rowCountMax: 10 })).toEqual(expected);
  });

  it('go with the content: after the sweep no key row is left', async () => {
    const test = await openEncrypted();
    await test.put('a', 'x');
    await test.append('b', 0, 'y');
    expect(await test.rows('K')).toHaveLength(2);
    for (const key of ['a', 'b']) await test.store.deleteObject({ bucket: BUCKET, key });
    await test.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
    expect(await test.rows('K')).toEqual([]);
    expect(await test.rows('E')).toEqual([]);
  });

  it('missing for one content keep no other from being compacted', async () => {
    const settings = { compaction: { extentCountMin: 2 } };
    const test = await openEncrypted({ settings });
    await test.append('sealed', 0, 'a');
    await test.append('sealed', 1, 'b');
    const { keyValues, blobs } = test;
    const store = await openObjectStore({ keyValues, blobs, settings });
    const unavailable = { reason: { kind: 'key-unavailable' } };
    await expect(store.maintenance.compactContent({ jobCountMax: 1 })).rejects.toMatchObject(unavailable);
    const base = {
      bucket: BUCKET,
      key: 'clear',
      ownerId: 'o',
      callerId: '',
      attributes: plainAttributes,
      expected: {},
    };
    await store.appendObject({ ...base, position: 0 }, bodyOf('a'));
    await store.appendObject({ ...base, position: 1 }, bodyOf('b'));
    expect(await store.maintenance.compactContent({ jobCountMax: 1 })).toBe(1);
    expect(await test.rows('J')).toHaveLength(1);
    expect(await (await test.reopen()).maintenance.compactContent({ jobCountMax: 1 })).toBe(1);
    expect(Buffer.from(await test.read('sealed')).toString()).toBe('ab');
  });
});

describe('copies and parts', () => {
  const copyTo = (test: TestStore, source: string, key: string, encryption: Encryption | undefined) =>
    test.store.copyObject({
      bucket: BUCKET,
      key,
      source: { bucket: BUCKET, key: source },
      forbidOverwrite: false,
      plan: () => ({ ...plainAttributes, ...(encryption !== undefined && { encryption }) }),
    });

  it('a copy shares the bytes when they are encrypted as asked, and is written again when not', async () => {
    const test = await openTestStore({ keyWrapping: keys });
    await test.put('clear', LONG);
    const blobCount = async () => (await test.blobIds()).length;
    const { head, source } = await copyTo(test, 'clear', 'sealed', AES256);
    expect(head).toMatchObject({ encryption: AES256, etag: source.etag, crc64: source.crc64, type: 'normal' });
    expect(await blobCount()).toBe(2);
    await copyTo(test, 'sealed', 'again', AES256);
    await copyTo(test, 'sealed', 'unnamed', undefined);
    expect(await blobCount()).toBe(2);
    expect((await copyTo(test, 'sealed', 'kms', KMS)).head.encryption).toEqual(KMS);
    expect(await blobCount()).toBe(3);
    await test.store.deleteObject({ bucket: BUCKET, key: 'clear' });
    await test.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
    for (const key of ['sealed', 'again', 'unnamed', 'kms']) {
      expect(Buffer.compare(await test.read(key), LONG)).toBe(0);
    }
  });

  it('a copy onto itself keeps what the bytes are encrypted with', async () => {
    const test = await openEncrypted();
    await test.append('log', 0, 'a');
    expect((await copyTo(test, 'log', 'log', undefined)).head.encryption).toEqual(AES256);
    expect((await copyTo(test, 'log', 'log', KMS)).head.encryption).toEqual(AES256);
    await test.append('log', 1, 'b');
    expect(Buffer.from(await test.read('log')).toString()).toBe('ab');
  });

  it('a damaged source is not copied under new tags', async () => {
    const test = await openTestStore({ keyWrapping: keys });
    await test.put('clear', 'undamaged');
    const [row] = await test.rows('E');
    if (row === undefined) throw new Error('There is no extent');
    const value = Buffer.from(row.value);
    value[20] = (value[20] as number) ^ 1;
    await test.keyValues.commit({ puts: [{ key: row.key, value }] });
    await expect(copyTo(test, 'clear', 'sealed', AES256)).rejects.toMatchObject(corrupt);
  });

  it('parts of an encrypted upload have keys of their own, and copied ones are encrypted as the upload was told', async () => {
    const test = await openTestStore({ keyWrapping: keys, settings: { multipart: { partLengthMin: 1 } } });
    await test.put('clear', SECRET);
    await copyTo(test, 'clear', 'sealed', AES256);
    const target = { bucket: BUCKET, key: 'joined' };
    const { uploadId, attributes } = await test.store.initiateUpload({
      ...target,
      ownerId: 'o',
      attributes: { ...plainAttributes, encryption: AES256 },
      forbidOverwrite: false,
    });
    expect(attributes.encryption).toEqual(AES256);
    const part = { ...target, uploadId, lengthMax: 10 ** 9, expected: {} };
    expect(await test.store.uploadPart({ ...part, partNumber: 1 }, bodyOf(LONG))).toMatchObject({ encryption: AES256 });
    for (const [partNumber, key] of [
      [2, 'clear'],
      [3, 'sealed'],
    ] as const) {
      await test.store.copyPart({
        ...part,
        partNumber,
        source: { bucket: BUCKET, key },
        select: ({ length }) => ({ start: 2, end: length }),
      });
    }
    const kinds = (await test.rows('E')).map(({ value }) => value[0]).sort();
    // The source in the clear (1), the blob (5), and of two copied parts one that shares its bytes (3) and one that
    // could not (4), beside its source.
    expect(kinds).toEqual([1, 3, 4, 4, 5]);
    const head = await test.store.completeUpload({ ...target, uploadId, parts: 'all', forbidOverwrite: false });
    expect(head.encryption).toEqual(AES256);
    await test.store.deleteObject({ bucket: BUCKET, key: 'clear' });
    await test.store.deleteObject({ bucket: BUCKET, key: 'sealed' });
    await test.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
    const tail = Buffer.from(SECRET).subarray(2);
    expect(Buffer.compare(await readFrom(await test.reopen(), 'joined'), Buffer.concat([LONG, tail, tail]))).toBe(0);
    expect((await everythingAtRest(test)).includes(SECRET.slice(2))).toBe(false);
  });
});

describe('races of appends', () => {
  const base = { bucket: BUCKET, key: 'log', ownerId: 'o', callerId: '', expected: {} };
  const sealed = { ...plainAttributes, encryption: AES256 };

  it('a short body is encrypted for the object that is there in the end', async () => {
    const test = await openTestStore({ keyWrapping: keys });
    const body = pausedBody(Buffer.from(SECRET));
    const appending = test.store.appendObject({ ...base, position: 0, attributes: plainAttributes }, body);
    await body.reached;
    // Somebody else creates the object, encrypted and empty: the append still begins at its end.
    await test.store.appendObject({ ...base, position: 0, attributes: sealed }, bodyOf(''));
    body.resume();
    expect((await appending).head.encryption).toEqual(AES256);
    expect((await everythingAtRest(test)).includes(SECRET)).toBe(false);
    expect(Buffer.from(await test.read('log')).toString()).toBe(SECRET);
  });

  it.each([
    ['in the clear becomes part of an encrypted object', plainAttributes, sealed],
    ['encrypted becomes part of one in the clear', sealed, plainAttributes],
    ['encrypted for another content becomes part of this one', sealed, sealed],
  ])('no long body %s', async (_name, mine, theirs) => {
    const test = await openTestStore({ keyWrapping: keys });
    const body = pausedBody(LONG);
    const appending = test.store.appendObject({ ...base, position: 0, attributes: mine }, body);
    await body.reached;
    await test.store.appendObject({ ...base, position: 0, attributes: theirs }, bodyOf(''));
    body.resume();
    await expect(appending).rejects.toMatchObject({ reason: { kind: 'contended' } });
    expect(await test.blobIds()).toEqual([]);
    const again = await test.store.appendObject({ ...base, position: 0, attributes: mine }, bodyOf(LONG));
    expect(again.head.encryption).toEqual('encryption' in theirs ? AES256 : undefined);
    expect(Buffer.compare(await test.read('log'), LONG)).toBe(0);
  });
});
