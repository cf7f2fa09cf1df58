/** A stream of the web that cannot be iterated, as in Safari, works wherever the client reads streams. */
import { crc64 } from '@annals/checksum';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AnsweringServer, startAnsweringServer } from '../../../test/harness/answering-server.js';
import { type ByteStream, chunksOf, isByteStream } from './byte-stream.js';
import { type Client, createClient } from './client.js';
import { readAll } from './read-all.js';

let server: AnsweringServer;
let client: Client;
/** What the server has, as an object that is put or appended to. */
let stored: Buffer;

beforeEach(async () => {
  stored = Buffer.alloc(0);
  server = await startAnsweringServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      stored = Buffer.concat([stored, ...pieces]);
      const checksum = { 'x-oss-hash-crc64ecma': String(crc64(stored)) };
      const position = { 'x-oss-next-append-position': String(stored.length), 'content-length': '0' };
      response.writeHead(200, { etag: '"A"', ...checksum, ...position }).end();
    });
  });
  const key = { accessKeyId: 'id', accessKeySecret: 'secret' };
  client = createClient({ endpoint: server.endpoint, ...key, retry: { attemptCountMax: 1 } });
});

afterEach(() => server.close());

/** A stream of these texts that has a reader and no iterator. */
function readerOnly(texts: readonly string[], onCancel: () => void = () => undefined): ByteStream {
  const left = texts.map((text) => Buffer.from(text));
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = left.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  );
  Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined });
  return { getReader: () => stream.getReader() } as ByteStream;
}

const target = { bucket: 'logs', key: 'a' };

it('chunksOf gives the bytes of a stream without an iterator, and its failure', async () => {
  expect(String(Buffer.from(await readAll(chunksOf(readerOnly(['ab', 'c'])))))).toBe('abc');
  const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('torn')) });
  const withoutIterator = { getReader: () => failing.getReader() } as ByteStream;
  await expect(readAll(chunksOf(withoutIterator))).rejects.toThrow('torn');
});

it('chunksOf cancels a stream whose loop is left', async () => {
  let isCancelled = false;
  const stream = readerOnly(['a', 'b'], () => {
    isCancelled = true;
  });
  for await (const _ of chunksOf(stream)) break;
  expect(isCancelled).toBe(true);
});

it('isByteStream knows what can be read', () => {
  expect([readerOnly([]), new ReadableStream()].every(isByteStream)).toBe(true);
  expect([undefined, null, 'text', 7, {}].some(isByteStream)).toBe(false);
});

it.each<[string, (stream: ByteStream) => Promise<unknown>]>([
  ['putObject', (stream) => client.putObject({ ...target, body: { stream } })],
  ['putObject of a known length', (stream) => client.putObject({ ...target, body: { stream, length: 12 } })],
  ['appendObject', (stream) => client.appendObject({ ...target, position: 0, body: { stream } })],
  ['uploadPart', (stream) => client.uploadPart({ ...target, uploadId: 'U', partNumber: 1, body: { stream } })],
  ['upload', (stream) => client.upload({ ...target, source: stream })],
  ['appendStream', (stream) => client.appendStream({ ...target, position: 0, source: stream })],
])('%s sends a stream without an iterator', async (_, send) => {
  await send(readerOnly(['one ', 'two ', 'five']));
  expect(String(stored)).toBe('one two five');
});

it('readAll reads one', async () => {
  expect(String(Buffer.from(await readAll(readerOnly(['x', 'y']))))).toBe('xy');
});
