/** `upload` against a real server: what is chosen for which content, and that the object is what was given. */
import { crc64 } from '@annals/checksum';
import { type Client, readAll, type UploadProgress, type UploadSource } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, failureOf, patternBytes, type ServedClient, serveClient } from './test-client.js';

const PART_BYTES = 100 * 1024;

let served: ServedClient;
let client: Client;

beforeAll(async () => {
  served = await serveClient();
  client = served.client;
});

afterAll(() => served.server.close());

async function contentOf(key: string): Promise<Uint8Array> {
  const { body } = await client.getObject({ bucket: 'logs', key });
  return readAll(body);
}

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

const uploadsLeft = () => collect(client.listMultipartUploads({ bucket: 'logs' }), (page) => page.uploads);

describe('upload', () => {
  const bytes = patternBytes(PART_BYTES * 3 + 17);

  it.each([
    ['nothing', new Uint8Array(0), 'Normal'],
    ['one part', bytes.subarray(0, PART_BYTES), 'Normal'],
    ['a byte more than a part', bytes.subarray(0, PART_BYTES + 1), 'Multipart'],
    ['several parts', bytes, 'Multipart'],
  ])('%s, from memory, as a blob and as a stream', async (name, content, type) => {
    const sources = {
      memory: content,
      blob: new Blob([new Uint8Array(content)]),
      stream: chunksOf(content, 7000),
    };
    for (const [kind, source] of Object.entries(sources)) {
      const key = `${name}, ${kind}`;
      const result = await client.upload({ bucket: 'logs', key, source, partBytes: PART_BYTES, metadata: { kind } });
      expect(result).toMatchObject({ length: content.length, crc64: crc64(content), resumedBytes: 0 });
      expect(await client.headObject({ bucket: 'logs', key })).toMatchObject({
        ...{ type, length: content.length, crc64: crc64(content), etag: result.etag },
        metadata: { kind },
      });
      expect(crc64(await contentOf(key))).toBe(crc64(content));
    }
    expect(await uploadsLeft()).toEqual([]);
  });

  it('text is UTF-8, and a stream may reuse its buffer', async () => {
    await client.upload({ bucket: 'logs', key: 'text', source: 'Größe' });
    expect(new TextDecoder().decode(await contentOf('text'))).toBe('Größe');
    async function* reusing(): AsyncGenerator<Uint8Array, void, void> {
      const buffer = new Uint8Array(1000);
      for (let number = 0; number < 250; number += 1) yield buffer.fill(number);
    }
    await client.upload({ bucket: 'logs', key: 'reused', source: reusing(), partBytes: PART_BYTES });
    const stored = await contentOf('reused');
    expect(stored.length).toBe(250_000);
    for (let number = 0; number < 250; number += 1) expect(stored[number * 1000 + 999]).toBe(number);
  });

  it('progress goes to the whole, and never back', async () => {
    const told: UploadProgress[] = [];
    await client.upload({
      ...{ bucket: 'logs', key: 'told', source: bytes, partBytes: PART_BYTES, parallelCount: 2 },
      onProgress: (progress) => told.push(progress),
    });
    expect(told).toHaveLength(4);
    expect(told.at(-1)).toEqual({ storedBytes: bytes.length, totalBytes: bytes.length });
    const counts = told.map(({ storedBytes }) => storedBytes);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  });

  it('does not replace an object when it must not', async () => {
    await client.putObject({ bucket: 'logs', key: 'mine', body: 'mine' });
    for (const source of [bytes, bytes.subarray(0, 10), chunksOf(bytes, 5000)]) {
      const input = { bucket: 'logs', key: 'mine', source, partBytes: PART_BYTES, forbidOverwrite: true };
      expect(await failureOf(client.upload(input))).toMatchObject({
        code: 'FileAlreadyExists',
        outcome: 'not-applied',
      });
    }
    expect(new TextDecoder().decode(await contentOf('mine'))).toBe('mine');
    expect(await uploadsLeft()).toEqual([]);
  });

  it.each([
    ['parts too short', { partBytes: 1024 }, 'parts of 1024 bytes, expected 102400 to 5368709120'],
    ['parts that are no number', { partBytes: Number.NaN }, 'parts of NaN bytes'],
    ['no part at a time', { parallelCount: 0 }, '0 parts at a time, expected 1 or more'],
    ['metadata with a line end', { metadata: { a: 'b\nc' } }, 'Cannot send the metadata "a"'],
    ['metadata whose name is none', { metadata: { 'a b': 'c' } }, 'Cannot send the metadata "a b"'],
  ])('refuses %s', async (_, options, message) => {
    const error = await failureOf(client.upload({ bucket: 'logs', key: 'bad', source: 'x', ...options }));
    expect(error).toMatchObject({ code: 'InvalidInput', outcome: 'not-applied' });
    expect(error.message).toContain(message);
  });

  it('gives up at the server when the source fails, in any part', async () => {
    async function* failing(count: number): AsyncGenerator<Uint8Array, void, void> {
      yield* chunksOf(bytes.subarray(0, count), 10_000);
      throw new Error('the disk is gone');
    }
    for (const count of [0, 1000, PART_BYTES, PART_BYTES * 2 + 5]) {
      const error = await failureOf(
        client.upload({ bucket: 'logs', key: 'failing', source: failing(count), partBytes: PART_BYTES }),
      );
      expect(error).toMatchObject({ code: 'SourceFailed', outcome: 'not-applied' });
      expect(error.message).toContain('the disk is gone');
    }
    for (const failsAt of [0, PART_BYTES, PART_BYTES * 3]) {
      const source: UploadSource = {
        ...{ length: bytes.length, fingerprint: 'a' },
        read: async (start, end) => {
          if (start === failsAt) throw new Error('the disk is gone');
          return bytes.subarray(start, end);
        },
      };
      expect(
        await failureOf(client.upload({ bucket: 'logs', key: 'failing', source, partBytes: PART_BYTES })),
      ).toMatchObject({ code: 'SourceFailed', outcome: 'not-applied' });
    }
    expect(await failureOf(client.headObject({ bucket: 'logs', key: 'failing' }))).toMatchObject({ code: 'NoSuchKey' });
    expect(await uploadsLeft()).toEqual([]);
  });

  it('a source that changed, or gives too little, makes no object', async () => {
    const base = { length: bytes.length, fingerprint: 'a' };
    const changed = {
      ...base,
      read: async (start: number, end: number) => bytes.subarray(start, end),
      isUnchanged: async () => false,
    };
    const short = { ...base, read: async (start: number, end: number) => bytes.subarray(start, end - 1) };
    for (const source of [changed, short]) {
      for (const partBytes of [PART_BYTES, PART_BYTES * 10]) {
        expect(await failureOf(client.upload({ bucket: 'logs', key: 'changed', source, partBytes }))).toMatchObject({
          code: 'SourceFailed',
          outcome: 'not-applied',
        });
      }
    }
    expect(await failureOf(client.headObject({ bucket: 'logs', key: 'changed' }))).toMatchObject({ code: 'NoSuchKey' });
    expect(await uploadsLeft()).toEqual([]);
  });

  it('compares the whole object, too', async () => {
    const lying = served.connect({
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (init?.method !== 'POST' || !String(url).includes('uploadId=')) return response;
        const headers = new Headers(response.headers);
        headers.set('x-oss-hash-crc64ecma', '7');
        return new Response(await response.arrayBuffer(), { status: response.status, headers });
      },
    });
    const input = { bucket: 'logs', key: 'lied', source: bytes, partBytes: PART_BYTES };
    const error = await failureOf(lying.upload(input));
    expect(error).toMatchObject({ code: 'ChecksumMismatch', outcome: 'applied' });
    expect(error.message).toContain('the object has CRC-64 7, what was sent makes');
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const error = await failureOf(
      client.upload({
        ...{ bucket: 'logs', key: 'stopped', source: bytes, partBytes: PART_BYTES, parallelCount: 1 },
        signal: controller.signal,
        onProgress: ({ storedBytes }) => {
          if (storedBytes >= PART_BYTES) controller.abort();
        },
      }),
    );
    expect(error).toMatchObject({ code: 'Aborted', outcome: 'not-applied' });
    expect(await failureOf(client.headObject({ bucket: 'logs', key: 'stopped' }))).toMatchObject({ code: 'NoSuchKey' });
    expect(await uploadsLeft()).toEqual([]);
  });
});
