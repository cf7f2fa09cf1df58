import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type CompressibleAnswer, compressedHeaders, gzipStream, isSentCompressed } from './gzip-body.js';

const TEXT: CompressibleAnswer = {
  acceptEncoding: 'gzip',
  hasRange: false,
  lengthBytes: 1024,
  headers: { 'Content-Type': 'text/plain' },
};

test.each<[Partial<CompressibleAnswer>, boolean]>([
  [{}, true],
  [{ acceptEncoding: 'deflate, GZIP;q=0.5' }, true],
  [{ headers: { 'Content-Type': 'Application/JSON; charset=utf-8' } }, true],
  [{ acceptEncoding: undefined }, false],
  [{ acceptEncoding: 'identity' }, false],
  [{ acceptEncoding: 'gzip;q=0' }, false],
  [{ lengthBytes: 1023 }, false],
  [{ hasRange: true }, false],
  [{ headers: { 'Content-Type': 'image/png' } }, false],
  [{ headers: {} }, false],
  [{ headers: { 'Content-Type': 'text/plain', 'Content-Encoding': 'br' } }, false],
])('isSentCompressed with %o: %s', (change, expected) => {
  expect(isSentCompressed({ ...TEXT, ...change })).toBe(expected);
});

test('compressedHeaders leaves out what describes the bytes of the object', () => {
  const headers = { ETag: '"a"', 'Content-MD5': 'b', 'Accept-Ranges': 'bytes', 'x-oss-hash-crc64ecma': '1' };
  expect(compressedHeaders(headers)).toEqual({
    'x-oss-hash-crc64ecma': '1',
    'Content-Encoding': 'gzip',
    Vary: 'Accept-Encoding',
  });
});

test('gzipStream is what gunzip undoes, and reads no further than it is read', async () => {
  const chunks = Array.from({ length: 50 }, () => randomBytes(10_000));
  const packed: Uint8Array[] = [];
  for await (const chunk of gzipStream(streamOf(chunks))) packed.push(chunk);
  expect(gunzipSync(Buffer.concat(packed)).equals(Buffer.concat(chunks))).toBe(true);

  let given = 0;
  let isReturned = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        given += 1;
        yield randomBytes(100_000);
      }
    } finally {
      isReturned = true;
    }
  }
  for await (const chunk of gzipStream(endless())) if (chunk.length > 0) break;
  expect(given).toBeLessThan(20);
  expect(isReturned).toBe(true);
});

test('gzipStream ends with the error of its source', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield randomBytes(10);
    throw new Error('bytes fail their checksum');
  }
  await expect(readAll(gzipStream(broken()))).rejects.toThrow('bytes fail their checksum');
});

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of stream) expect(chunk.length).toBeGreaterThan(0);
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
