/**
 * The append stream against a server that holds one object and breaks exactly where a test says.
 * What is proven: whatever breaks, the object ends up with every byte once and in order, or the stream says why not.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc64 } from '@annals/checksum';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../client.js';
import { AnnalsError } from '../error.js';

/** What happens to one append: `cut` closes the connection without an answer. */
type Fate =
  | 'answer'
  | 'cut-before-applying'
  | 'cut-after-applying'
  | 'fail-before-applying'
  | 'fail-after-applying'
  | 'intrude';

let server: Server;
let client: Client;
/** `undefined`: there is no object. */
let stored: Buffer | undefined;
/** Of the appends to come, in order; afterwards all are answered. */
let fates: Fate[];
/** Looks (HEAD) to come that get no answer. */
let brokenLookCount: number;
let appendCount: number;

beforeEach(async () => {
  stored = undefined;
  fates = [];
  brokenLookCount = 0;
  appendCount = 0;
  server = createServer((request, response) => {
    void (request.method === 'HEAD' ? answerLook(response) : receiveAppend(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createClient({ endpoint: `http://127.0.0.1:${port}`, accessKeyId: 'id', accessKeySecret: 'secret' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function answerLook(response: ServerResponse): void {
  if (brokenLookCount > 0) {
    brokenLookCount -= 1;
    response.destroy();
  } else if (stored === undefined) {
    const document = '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>';
    response.writeHead(404, { 'x-oss-err': Buffer.from(document).toString('base64') }).end();
  } else {
    response.writeHead(200, { 'content-length': stored.length, ...objectHeaders(stored) }).end();
  }
}

async function receiveAppend(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk);
  appendCount += 1;
  const fate = fates.shift() ?? 'answer';
  if (fate === 'intrude') stored = Buffer.concat([stored ?? Buffer.alloc(0), Buffer.from('somebody else')]);
  const before = stored ?? Buffer.alloc(0);
  const position = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('position'));
  if (fate === 'cut-before-applying') response.destroy();
  else if (fate === 'fail-before-applying') response.writeHead(503).end();
  else if (position !== before.length) {
    const document =
      '<Error><Code>PositionNotEqualToLength</Code><Message>Position is not equal to file length</Message></Error>';
    response.writeHead(409, objectHeaders(before)).end(document);
  } else {
    stored = Buffer.concat([before, ...body]);
    if (fate === 'cut-after-applying') response.destroy();
    else if (fate === 'fail-after-applying') response.writeHead(500).end();
    else response.writeHead(200, objectHeaders(stored)).end();
  }
}

function objectHeaders(bytes: Buffer): Record<string, string> {
  return {
    'x-oss-next-append-position': String(bytes.length),
    'x-oss-hash-crc64ecma': crc64(bytes).toString(),
    'x-oss-object-type': 'Appendable',
    etag: '"0"',
  };
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** Pieces of three bytes; retries without waiting. */
const TARGET = { bucket: 'logs', key: 'app.log', chunkBytes: 3, retryDelayMs: 0, flushIntervalMs: 1000 } as const;

async function failureOf(stream: Promise<unknown>): Promise<AnnalsError> {
  const error = await stream.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AnnalsError) return error;
  throw new Error('The stream did not fail as it should', { cause: error });
}

describe('appendStream', () => {
  it('creates an object and reports each piece once it is durable', async () => {
    const positions: number[] = [];
    const result = await client.appendStream({
      ...TARGET,
      position: 'current',
      source: pieces('abc', 'def', 'g'),
      onAppended: ({ nextPosition }) => positions.push(nextPosition),
    });
    expect(String(stored)).toBe('abcdefg');
    expect(result).toEqual({ position: 0, length: 7, nextPosition: 7, crc64: crc64(Buffer.from('abcdefg')) });
    expect(positions).toEqual([3, 6, 7]);
  });

  it('goes on where the object ends', async () => {
    stored = Buffer.from('old');
    const result = await client.appendStream({ ...TARGET, position: 'current', source: pieces('new') });
    expect(String(stored)).toBe('oldnew');
    expect(result).toMatchObject({ position: 3, length: 3, nextPosition: 6 });
  });

  it('creates an empty object from an empty stream', async () => {
    await client.appendStream({ ...TARGET, position: 'current', source: pieces() });
    expect(stored).toHaveLength(0);
  });

  it('repeats the creation of an empty object that got no answer', async () => {
    fates = ['cut-before-applying'];
    await client.appendStream({ ...TARGET, position: 'current', source: pieces() });
    expect(stored).toHaveLength(0);
    expect(appendCount).toBe(2);
  });

  it.each<[Fate, number]>([
    ['cut-before-applying', 4],
    ['cut-after-applying', 3],
    ['fail-before-applying', 4],
    ['fail-after-applying', 3],
  ])('neither loses nor doubles a piece on %s', async (fate, expectedAppendCount) => {
    fates = ['answer', fate];
    await client.appendStream({ ...TARGET, position: 0, source: pieces('abc', 'def', 'ghi') });
    expect(String(stored)).toBe('abcdefghi');
    expect(appendCount).toBe(expectedAppendCount);
  });

  it('tells a piece that was applied from one of the same length that was not', async () => {
    // Its own piece was lost and somebody else's, as long as it, took its place: only the checksum knows.
    fates = ['cut-before-applying'];
    const appending = client.appendStream({
      ...TARGET,
      position: 0,
      chunkBytes: 13,
      source: pieces('thirteenbytes'),
    });
    server.prependOnceListener('request', () => {
      stored = Buffer.from('somebody else');
    });
    const failure = await failureOf(appending);
    expect(failure).toMatchObject({ code: 'PositionTaken', outcome: 'unknown' });
    expect(String(stored)).toBe('somebody else');
  });

  it('keeps asking while the server cannot be reached', async () => {
    fates = ['cut-after-applying'];
    brokenLookCount = 2;
    await client.appendStream({ ...TARGET, position: 0, source: pieces('abc', 'def') });
    expect(String(stored)).toBe('abcdef');
    expect(appendCount).toBe(2);
  });

  it('gives up after attemptCountMax and says that the outcome is unknown', async () => {
    fates = ['cut-after-applying'];
    brokenLookCount = 100;
    const failure = await failureOf(
      client.appendStream({ ...TARGET, position: 0, attemptCountMax: 3, source: pieces('abc') }),
    );
    expect(failure).toMatchObject({ code: 'NetworkFailed', outcome: 'unknown' });
    expect(brokenLookCount).toBe(98);
  });

  it('stops when another writer appends', async () => {
    fates = ['answer', 'intrude'];
    const failure = await failureOf(client.appendStream({ ...TARGET, position: 0, source: pieces('abc', 'def') }));
    expect(failure).toMatchObject({ code: 'PositionTaken', outcome: 'not-applied' });
    expect(failure.message).toContain('oss://logs/app.log at position 3: the object has a length of 16');
    expect(String(stored)).toBe('abcsomebody else');
  });

  it('refuses to begin at another position than the object has', async () => {
    stored = Buffer.from('old');
    const failure = await failureOf(client.appendStream({ ...TARGET, position: 2, source: pieces('abc') }));
    expect(failure).toMatchObject({ code: 'PositionTaken', outcome: 'not-applied' });
    expect(appendCount).toBe(0);
  });

  it('passes on what the source throws, with everything before it durable', async () => {
    async function* torn(): AsyncGenerator<Uint8Array> {
      yield* pieces('abc', 'd');
      throw new Error('The tape is torn');
    }
    await expect(client.appendStream({ ...TARGET, position: 0, source: torn() })).rejects.toThrow('The tape is torn');
    expect(String(stored)).toBe('abcd');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses pieces of %d bytes', async (chunkBytes) => {
    const failure = await failureOf(client.appendStream({ ...TARGET, chunkBytes, position: 0, source: pieces('a') }));
    expect(failure).toMatchObject({ code: 'InvalidInput', outcome: 'not-applied' });
  });
});
