/**
 * Encrypted contents. What lies in the engines is opened here by a reader of its own, written from docs/format.md, so that the description,
 * and not only the program, is known to be right.
 */
import { createDecipheriv, createHmac } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { bodyOf, patternBytes, pausedBody } from '../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../conformance/object-store-interception.js';
import { MemoryKeyWrapping } from '../conformance/object-store-key-wrapping.js';
import {
  BUCKET,
  openTestStore,
  plainAttributes,
  readFrom,
  type TestStore,
} from '../conformance/object-store-test-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { openObjectStore } from './object-store.js';
import type { Encryption } from './types.js';

const AES256: Encryption = { algorithm: 'AES256' };
const KMS: Encryption = { algorithm: 'KMS', keyId: 'payroll' };
const BLOCK_LENGTH = 256 * 1024;
const PLAIN_LENGTH = BLOCK_LENGTH - 16;
const corrupt = { reason: { kind: 'corrupt' } };
/** Two blocks and a bit in a blob. */
const LONG = patternBytes(2 * PLAIN_LENGTH + 777);
const SECRET = 'a secret line that nobody else may read';

let keys: MemoryKeyWrapping;

beforeEach(() => {
  keys = new MemoryKeyWrapping();
});

function openEncrypted(options: Parameters<typeof openTestStore>[0] = {}): Promise<TestStore> {
  return openTestStore({ keyWrapping: keys, encryption: AES256, ...options });
}

/** All bytes in both engines. */
async function everythingAtRest({ keyValues, blobs }: Pick<TestStore, 'keyValues' | 'blobs'>): Promise<Buffer> {
  const rows = await keyValues.list({ start: Buffer.of(0), end: Buffer.of(0xff), limit: 100_000 });
  const parts: Uint8Array[] = rows.flatMap(({ key, value }) => [key, value]);
  for await (const { blobId, length } of blobs.list()) {
    for await (const chunk of blobs.read(blobId, { start: 0, end: length })) parts.push(chunk);
  }
  return Buffer.concat(parts);
}

describe('a reader written from docs/format.md', () => {
  /** Opens AES-256-GCM: ciphertext, then the tag. */
  function open(key: Uint8Array, block: number, sealed: Buffer): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(block, 8);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - 16)), decipher.final()]);
  }

  function unitKey(dataKey: Uint8Array, letter: string, id: Uint8Array, offset: bigint): Buffer {
    const place = Buffer.alloc(8);
    place.writeBigUInt64BE(offset);
    return createHmac('sha256', dataKey)
      .update(Buffer.concat([Buffer.from(letter), id, place]))
      .digest();
  }

  it('reads rows and blobs with nothing but the wrapping key', async () => {
    const test = await openEncrypted();
    await test.append('log', 0, SECRET);
    await test.append('log', SECRET.length, LONG);
    const [keyRow] = await test.rows('K');
    const contentId = Buffer.from(keyRow?.key ?? '').toString('hex', 1);
    const { encryption, wrapped } = JSON.parse(Buffer.from(keyRow?.value ?? '').toString()) as Record<string, string>;
    expect(encryption).toEqual({ algorithm: 'AES256' });
    const dataKey = await keys.unwrap(contentId, AES256, Buffer.from(wrapped ?? '', 'hex'));
    const [inline, blob] = (await test.rows('E')).map(({ key, value }) => ({
      offset: Buffer.from(key).readBigUInt64BE(17),
      row: Buffer.from(value),
    }));
    if (inline === undefined || blob === undefined) throw new Error('There are too few extents');

    expect(inline.row[0]).toBe(4);
    expect(inline.row.readBigUInt64BE(1)).toBe(BigInt(SECRET.length));
    expect(inline.row.readBigUInt64BE(9)).toBe(0n);
    const opened = open(unitKey(dataKey, 'I', inline.row.subarray(17, 33), inline.offset), 0, inline.row.subarray(33));
    expect(opened.readBigUInt64BE()).toBe(crc64(Buffer.from(SECRET)));
    expect(opened.subarray(8).toString()).toBe(SECRET);

    expect(blob.row[0]).toBe(5);
    expect(blob.row.readBigUInt64BE(1)).toBe(BigInt(LONG.length));
    expect(blob.row.readBigUInt64BE(9)).toBe(crc64(LONG));
    const blobId = blob.row.subarray(17);
    const key = unitKey(dataKey, 'B', blobId, blob.offset);
    const chunks: Uint8Array[] = [];
    const length = LONG.length + 3 * 16;
    expect(await test.blobs.length(blobId.toString('hex'))).toBe(length);
    for await (const chunk of test.blobs.read(blobId.toString('hex'), { start: 0, end: length })) chunks.push(chunk);
    const sealed = Buffer.concat(chunks);
    const blocks = [0, 1, 2].map((block) =>
      open(key, block, sealed.subarray(block * BLOCK_LENGTH).subarray(0, BLOCK_LENGTH)),
    );
    expect(Buffer.concat(blocks).equals(LONG)).toBe(true);
  });

  it('finds no byte of the plaintext at rest, before and after compaction', async () => {
    const test = await openEncrypted({ settings: { compaction: { extentCountMin: 8 } } });
    let position = 0;
    for (let count = 0; count < 8; count += 1) {
      await test.append('log', position, `${SECRET} ${count}`);
      position += SECRET.length + 2;
    }
    await test.put('whole', SECRET.repeat(10_000));
    expect((await everythingAtRest(test)).includes(SECRET)).toBe(false);
    expect(await test.store.compactContent({ jobCountMax: 10 })).toBe(1);
    expect(await test.rows('E')).toHaveLength(2);
    expect((await everythingAtRest(test)).includes(SECRET)).toBe(false);
    expect(Buffer.from(await test.read('log')).toString()).toContain(`${SECRET} 7`);
    await test.append('log', position, 'more');
    expect(Buffer.from(await test.read('log')).toString()).toMatch(/7more$/);
  });

  it('finds the plaintext where nobody asked for encryption, and no key row', async () => {
    const test = await openTestStore({ keyWrapping: keys });
    await test.put('clear', SECRET);
    expect((await everythingAtRest(test)).includes(SECRET)).toBe(true);
    expect(await test.rows('K')).toEqual([]);
  });
});

describe('reading', () => {
  it.each([
    [
      'at the boundaries of blocks',
      [0, 1, PLAIN_LENGTH - 1, PLAIN_LENGTH, PLAIN_LENGTH + 1, 2 * PLAIN_LENGTH, LONG.length - 1, LONG.length],
    ],
    ['within one block', [5, 6, 1000, 70_000]],
  ])('gives every range %s', async (_name, edges) => {
    const test = await openEncrypted({ blobs: checkBlobs(openMemoryBlobStore()) });
    await test.append('log', 0, 'head ');
    await test.append('log', 5, LONG);
    await test.append('log', 5 + LONG.length, ' tail');
    const whole = Buffer.concat([Buffer.from('head '), LONG, Buffer.from(' tail')]);
    for (const from of edges) {
      for (const to of edges) {
        if (from > to) continue;
        const range = { start: 5 + from, end: 5 + to };
        expect(Buffer.compare(await test.read('log', range), whole.subarray(range.start, range.end))).toBe(0);
        const wider = { start: Math.max(0, from), end: Math.min(whole.length, to + 10) };
        expect(Buffer.compare(await test.read('log', wider), whole.subarray(wider.start, wider.end))).toBe(0);
      }
    }
  });

  it('fetches the blocks a range lies in and no others', async () => {
    const memory = openMemoryBlobStore();
    const ranges: { start: number; end: number }[] = [];
    const blobs: typeof memory = {
      create: () => memory.create(),
      read(blobId, range) {
        ranges.push(range);
        return memory.read(blobId, range);
      },
      length: (blobId) => memory.length(blobId),
      delete: (blobId) => memory.delete(blobId),
      list: () => memory.list(),
      close: () => memory.close(),
    };
    const test = await openEncrypted({ blobs });
    await test.put('long', LONG);
    await test.read('long', { start: PLAIN_LENGTH, end: PLAIN_LENGTH + 1 });
    expect(ranges).toEqual([{ start: BLOCK_LENGTH, end: 2 * BLOCK_LENGTH }]);
  });

  it('costs an unencrypted object no read more, and an encrypted one a single read of its key', async () => {
    let keyReadCount = 0;
    let readCount = 0;
    const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
      get(key, pass) {
        readCount += 1;
        if (key[0] === 'K'.charCodeAt(0)) keyReadCount += 1;
        return pass();
      },
    });
    const test = await openTestStore({ keyValues, keyWrapping: keys });
    const encrypted = { ...plainAttributes, encryption: AES256 };
    const base = { bucket: BUCKET, ownerId: 'owner', callerId: '', expected: {} };
    await test.append('clear', 0, 'a');
    await test.store.appendObject({ ...base, key: 'sealed', position: 0, attributes: encrypted }, bodyOf('a'));
    const reopened = await test.reopen();
    for (const [key, expected] of [
      ['clear', 0],
      ['sealed', 1],
    ] as const) {
      keyReadCount = 0;
      readCount = 0;
      await reopened.appendObject({ ...base, key, position: 1, attributes: plainAttributes }, bodyOf('b'));
      await readFrom(reopened, key);
      await readFrom(reopened, key);
      expect([key, keyReadCount, readCount]).toEqual([key, expected, expected + 8]);
    }
  });
});

describe('bytes that were changed', () => {
  let fileSystem: SimulatedFileSystem;

  async function openOnFiles(): Promise<TestStore> {
    fileSystem = new SimulatedFileSystem();
    // Without checksums under it: what is found here is found by the tags alone.
    return openEncrypted({ blobs: await openFileSystemBlobStore({ directory: '/blobs', fileSystem }) });
  }

  it.each([
    ['data of the first block', 0],
    ['data of the first block', 100_000],
    ['the tag of the first block', BLOCK_LENGTH - 1],
    ['data of the second block', BLOCK_LENGTH],
    ['the last tag', -1],
    ['data of the last block', -17],
  ])('in a blob are not served: %s', async (_what, position) => {
    const test = await openOnFiles();
    await test.put('long', LONG);
    const [blobId = ''] = await test.blobIds();
    fileSystem.corrupt(`/blobs/${blobId.slice(0, 2)}/${blobId.slice(2)}`, position);
    const opened = await test.store.openObject({ bucket: BUCKET, key: 'long' });
    let given = 0;
    const reading = (async () => {
      for await (const chunk of opened.read({ start: 0, end: LONG.length })) {
        expect(Buffer.compare(chunk, LONG.subarray(given, given + chunk.length))).toBe(0);
        given += chunk.length;
      }
    })();
    await expect(reading).rejects.toMatchObject(corrupt);
    const block = position < 0 ? 2 : Math.floor(position / BLOCK_LENGTH);
    expect(given).toBe(block * PLAIN_LENGTH);
    opened.release();
  });

  it('in a row are not served, whichever byte it is, nor in the row of the data key', async () => {
    const test = await openOnFiles();
    await test.append('log', 0, SECRET);
    for (const family of ['E', 'K']) {
      const [row] = await test.rows(family);
      if (row === undefined) throw new Error('There is no such row');
      for (let index = 0; index < row.value.length; index += 1) {
        const value = Buffer.from(row.value);
        value[index] = (value[index] as number) ^ 1;
        await test.keyValues.commit({ puts: [{ key: row.key, value }] });
        const store = await test.reopen();
        // The field of the CRC-64, which sealed bytes carry inside, is the one thing nobody looks at.
        if (family === 'E' && index >= 9 && index < 17) continue;
        const outcome = await readFrom(store, 'log').catch((error: unknown) => error);
        expect([family, index, outcome]).toMatchObject([
          family,
          index,
          { reason: { kind: expect.stringMatching(/^(corrupt|key-unavailable)$/) } },
        ]);
      }
      await test.keyValues.commit({ puts: [{ key: row.key, value: row.value }] });
    }
    expect(Buffer.from(await readFrom(await test.reopen(), 'log')).toString()).toBe(SECRET);
  });

  it('by exchanging two rows, or two blobs, of one object or of two are not served', async () => {
    const test = await openOnFiles();
    await test.append('log', 0, '0123456789');
    await test.append('log', 10, 'abcdefghij');
    await test.put('a', LONG);
    await test.put('b', LONG);
    const swap = async (isWanted: (row: Uint8Array) => boolean): Promise<void> => {
      const [first, second] = (await test.rows('E')).filter(({ value }) => isWanted(value));
      if (first === undefined || second === undefined) throw new Error('There are too few rows');
      await test.keyValues.commit({
        puts: [
          { key: first.key, value: second.value },
          { key: second.key, value: first.value },
        ],
      });
    };
    await swap((row) => row[0] === 4);
    await expect(test.read('log')).rejects.toMatchObject(corrupt);
    await swap((row) => row[0] === 5);
    await expect(test.read('a')).rejects.toMatchObject(corrupt);
    await expect(test.read('b')).rejects.toMatchObject(corrupt);
    const [first, second] = await test.rows('K');
    if (first === undefined || second === undefined) throw new Error('There are too few rows');
    await test.keyValues.commit({ puts: [{ key: first.key, value: second.value }] });
    const store = await test.reopen();
    const details: unknown[] = [];
    for (const key of ['log', 'a', 'b']) {
      await readFrom(store, key).catch((error: unknown) => {
        if (error instanceof StoreFailure && error.reason.kind === 'corrupt') details.push(error.reason.detail);
      });
    }
    // The other two fail by their exchanged rows.
    expect(details.filter((detail) => /key of content \w+ does not unwrap/.test(String(detail)))).toHaveLength(1);
    expect(details).toHaveLength(3);
  });
});

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
      const step = await test.store.rewrapContents({ rowCountMax: 3, ...(after === undefined ? {} : { after }) });
      steps.push(step);
      after = step.next;
      if (after === undefined) break;
    }
    expect(steps).toHaveLength(2);
    expect(steps.map((step) => step.rewrappedCount).reduce((a, b) => a + b)).toBe(3);
    expect(steps.map((step) => step.examinedCount)).toEqual([3, 1]);
    expect((await test.rows('E')).map(({ value }) => Buffer.from(value).toString('hex'))).toEqual(before);
    expect(await test.store.rewrapContents({ rowCountMax: 10 })).toMatchObject({ rewrappedCount: 0, failedCount: 0 });
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
        .replace(/..."\}$/, '000"}'),
    );
    await test.keyValues.commit({ puts: [{ key: row.key, value }] });
    keys.rotate();
    const expected = { examinedCount: 3, rewrappedCount: 2, failedCount: 1, next: undefined };
    expect(await test.store.rewrapContents({ rowCountMax: 10 })).toEqual(expected);
  });

  it('go with the content: after the sweep no key row is left', async () => {
    const test = await openEncrypted();
    await test.put('a', 'x');
    await test.append('b', 0, 'y');
    expect(await test.rows('K')).toHaveLength(2);
    for (const key of ['a', 'b']) await test.store.deleteObject({ bucket: BUCKET, key });
    await test.store.sweepGarbage({ rowCountMax: 1000 });
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
    await expect(store.compactContent({ jobCountMax: 1 })).rejects.toMatchObject(unavailable);
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
    expect(await store.compactContent({ jobCountMax: 1 })).toBe(1);
    expect(await test.rows('J')).toHaveLength(1);
    expect(await (await test.reopen()).compactContent({ jobCountMax: 1 })).toBe(1);
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
      plan: () => ({ ...plainAttributes, ...(encryption === undefined ? {} : { encryption }) }),
    });

  it('a copy shares the bytes when they are encrypted as asked, and is written anew when not', async () => {
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
    await test.store.sweepGarbage({ rowCountMax: 1000 });
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
    // The source in the clear (1), the blob (5), and of two copied parts one that shares its bytes (3) and one that could not (4), beside its source.
    expect(kinds).toEqual([1, 3, 4, 4, 5]);
    const head = await test.store.completeUpload({ ...target, uploadId, parts: 'all', forbidOverwrite: false });
    expect(head.encryption).toEqual(AES256);
    await test.store.deleteObject({ bucket: BUCKET, key: 'clear' });
    await test.store.deleteObject({ bucket: BUCKET, key: 'sealed' });
    await test.store.sweepGarbage({ rowCountMax: 1000 });
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
