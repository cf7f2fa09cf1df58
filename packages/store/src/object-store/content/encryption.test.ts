/**
 * Encrypted contents. What lies in the engines is opened here by a reader of its own, written from docs/format.md, so
 * that the description, and not only the program, is known to be right.
 */
import { createDecipheriv, createHmac } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkBlobs } from '../../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../../blob/file-system/open.js';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { everythingAtRest } from '../../conformance/object-store-at-rest.js';
import { bodyOf, patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { MemoryKeyWrapping } from '../../conformance/object-store-key-wrapping.js';
import {
  BUCKET,
  openTestStore,
  plainAttributes,
  readFrom,
  type TestStore,
} from '../../conformance/object-store-test-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { SimulatedFileSystem } from '../../file-system/simulated-file-system.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import type { Encryption } from '../../vocabulary/encryption.js';

const AES256: Encryption = { algorithm: 'AES256' };
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
    expect(await test.store.maintenance.compactContent({ jobCountMax: 10 })).toBe(1);
    expect(await test.rows('E')).toHaveLength(2);
    expect((await everythingAtRest(test)).includes(SECRET)).toBe(false);
    expect(Buffer.from(await test.read('log')).toString()).toContain(`${SECRET} 7`);
    await test.append('log', position, 'more');
    expect(Buffer.from(await test.read('log')).toString()).toMatch(/7more$/);
  });

  it('finds the plaintext where encryption was not asked for, and no key row', async () => {
    const test = await openTestStore({ keyWrapping: keys });
    await test.put('clear', SECRET);
    expect((await everythingAtRest(test)).includes(SECRET)).toBe(true);
    expect(await test.rows('K')).toEqual([]);
  });

  it('opens a short body in one piece', async () => {
    const { put, store } = await openEncrypted();
    await put('short', SECRET);
    const opened = await store.openObject({ bucket: BUCKET, key: 'short' });
    for (const end of [1, SECRET.length]) {
      const bytes = await opened.readAtOnce({ start: 0, end });
      expect(Buffer.from(bytes ?? 'none').toString()).toBe(SECRET.slice(0, end));
    }
    opened.release();
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
      put: (lengthBytes, fill) => memory.put(lengthBytes, fill),
      read(blobId, range) {
        ranges.push({ start: range.start, end: range.end });
        return memory.read(blobId, range);
      },
      length: (blobId) => memory.length(blobId),
      delete: (blobId) => memory.delete(blobId),
      list: () => memory.list(),
      overwriteEnd: (blobId, end) => memory.overwriteEnd(blobId, end),
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
    const blobs = await openFileSystemBlobStore({ directory: '/blobs', fileSystem });
    return openEncrypted({ blobs, settings: { putLengthMax: 0 } });
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
        if (error instanceof EngineFailure && error.reason.kind === 'corrupt') details.push(error.reason.detail);
      });
    }
    // The other two fail by their exchanged rows.
    expect(details.filter((detail) => /key of content \w+ does not unwrap/.test(String(detail)))).toHaveLength(1);
    expect(details).toHaveLength(3);
  });
});
