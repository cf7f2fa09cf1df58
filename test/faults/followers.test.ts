/**
 * Many followers in one server over real sockets: a thousand of one object, and a thousand objects with one each. Every
 * one gets every byte once and in order; what the server holds for each is bounded by what lies in its socket; nothing
 * is read while nothing changes. Asserts bytes and counts, never times.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Crc64, crc64 } from '@annals/checksum';
import {
  type BlobStore,
  checkBlobs,
  type KeyValueStore,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
} from '@annals/store';
import { type EnginePair, patternBytes } from '@annals/store/conformance';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { interceptKeyValues } from '../../packages/store/src/conformance/object-store-interception.js';
import { followerCount } from '../conformance-http/follow-requests.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const BUCKET = 'followed';
const FOLLOWER_COUNT = 1000;
/** Requests that are opened side by side: a caller may not have a thousand waiting. */
const OPENED_AT_ONCE = 50;
const MEBIBYTE = 1024 * 1024;
/** What a follower that does not read may hold: one piece of a blob, with its framing, and what its socket buffers. */
const QUEUED_LENGTH_BYTES_MAX = 256 * 1024 + 64 * 1024;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** What was read since the last look. */
const reads = { rows: 0, lists: 0, blobs: 0, blobLengthBytes: 0 };
/** The server's side of each connection. */
const sockets = new Set<Socket>();

function onSocket(message: unknown): void {
  const { socket } = message as { readonly socket: Socket };
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

beforeEach(async () => {
  folder = await temporaryFolder();
  subscribe('net.server.socket', onSocket);
});

afterEach(async () => {
  unsubscribe('net.server.socket', onSocket);
  await folder.remove();
});

/** The same folder each time; reads are counted. */
const engines: EnginePair = {
  name: 'journaled-lmdb and file-system, counted',
  async open() {
    const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder.path, 'metadata') });
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder.path, 'blobs') }));
    return { keyValues: counted(keyValues), blobs: countedBlobs(blobs), remove: async () => undefined };
  },
};

function counted(keyValues: KeyValueStore): KeyValueStore {
  return interceptKeyValues(keyValues, {
    get(_key, pass) {
      reads.rows += 1;
      return pass();
    },
    list(_range, pass) {
      reads.lists += 1;
      return pass();
    },
  });
}

function countedBlobs(blobs: BlobStore): BlobStore {
  return {
    create: (blobId) => blobs.create(blobId),
    put: (lengthBytes, fill) => blobs.put(lengthBytes, fill),
    length: (blobId) => blobs.length(blobId),
    delete: (blobId) => blobs.delete(blobId),
    list: () => blobs.list(),
    overwriteEnd: (blobId, end) => blobs.overwriteEnd(blobId, end),
    close: () => blobs.close(),
    async *read(blobId, range) {
      reads.blobs += 1;
      for await (const bytes of blobs.read(blobId, range)) {
        reads.blobLengthBytes += bytes.length;
        yield bytes;
      }
    },
  };
}

function forgetReads(): void {
  Object.assign(reads, { rows: 0, lists: 0, blobs: 0, blobLengthBytes: 0 });
}

async function start(): Promise<TestServer> {
  // The access log looks once in 10 seconds whether a bucket wants one, followed or not.
  const settings = { accessLog: { flushMs: 3_600_000 } };
  const server = await startTestServer({ engines, isSilent: true, settings });
  await server.send({ method: 'PUT', bucket: BUCKET, headers: { 'x-oss-acl': 'public-read' } });
  return server;
}

async function append(server: TestServer, key: string, position: number, body: Uint8Array): Promise<void> {
  const query = { append: '', position: String(position) };
  const answer = await server.send({ method: 'POST', bucket: BUCKET, key, query, body });
  expect(answer.status, answer.body.toString()).toBe(200);
}

/** Attributes of what is written behind the server's back. */
const attributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} } as const;

/** Appends without a request: thousands of them would take most of the test's time. */
async function appendDirectly({ store }: TestServer, key: string, position: number, body: Buffer): Promise<void> {
  const { ownerId } = await store.getBucket(BUCKET);
  async function* open(): AsyncGenerator<Uint8Array, void, void> {
    yield body;
  }
  const input = { bucket: BUCKET, key, position, ownerId, callerId: 'writer', attributes, expected: {} };
  await store.appendObject(input, { length: body.length, open });
}

/** A reader of one object over a connection of its own. */
class Reader {
  readonly #incoming: IncomingMessage;
  readonly #crc64 = new Crc64();
  #length = 0;
  #wake: () => void = () => undefined;
  /** `whole` or `cut`, once it is over. */
  end: 'whole' | 'cut' | undefined;

  constructor(incoming: IncomingMessage) {
    expect(incoming.statusCode).toBe(200);
    this.#incoming = incoming;
  }

  static async open(server: TestServer, key: string, position: number | 'end'): Promise<Reader> {
    const query = { follow: '', position: String(position), wait: '3600' };
    return new Reader(await server.begin({ method: 'GET', bucket: BUCKET, key, query, signature: 'anonymous' }));
  }

  /** Until then what comes stays in the connection. */
  read(): this {
    this.#incoming.on('data', (bytes: Buffer) => {
      this.#crc64.update(bytes);
      this.#length += bytes.length;
      this.#wake();
    });
    const over = (end: 'whole' | 'cut') => () => {
      this.end ??= end;
      this.#wake();
    };
    this.#incoming.once('end', over('whole'));
    this.#incoming.once('error', over('cut'));
    this.#incoming.once('close', over('cut'));
    return this;
  }

  get length(): number {
    return this.#length;
  }

  digest(): bigint {
    return this.#crc64.digest();
  }

  async until(isSo: (reader: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function inBatches<Result>(count: number, one: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < count; from += OPENED_AT_ONCE) {
    const length = Math.min(OPENED_AT_ONCE, count - from);
    results.push(...(await Promise.all(Array.from({ length }, (_, index) => one(from + index)))));
  }
  return results;
}

/** Bytes that the server has written to connections, and that wait in this process. */
function queuedLengths(): number[] {
  return [...sockets].map(({ writableLength }) => writableLength);
}

test('a thousand followers of one object get every byte; those that do not read hold one piece each', async () => {
  const slowCount = 20;
  const server = await start();
  const history = Buffer.from(patternBytes(8 * MEBIBYTE));
  for (let at = 0; at < history.length; at += MEBIBYTE) {
    await append(server, 'log', at, history.subarray(at, at + MEBIBYTE));
  }
  const slow = await Promise.all(Array.from({ length: slowCount }, () => Reader.open(server, 'log', 0)));
  const eager = await inBatches(FOLLOWER_COUNT - slowCount, async () =>
    (await Reader.open(server, 'log', 'end')).read(),
  );
  expect(await followerCount(server)).toBe(FOLLOWER_COUNT);

  const bodies = Array.from({ length: 25 }, (_, index) => Buffer.from(patternBytes(1 + ((index * 7919) % 4000))));
  let length = history.length;
  forgetReads();
  for (const body of bodies) {
    await append(server, 'log', length, body);
    length += body.length;
    await Promise.all(eager.map((reader) => reader.until(() => reader.length === length - history.length)));
  }
  // The append, one look and one list for all who keep up.
  expect(reads.rows).toBeLessThanOrEqual(bodies.length * 6);
  expect(reads.lists).toBeLessThanOrEqual(bodies.length * 2);
  const queued = queuedLengths();
  expect(queued.length).toBeGreaterThanOrEqual(FOLLOWER_COUNT);
  expect(queued.filter((bytes) => bytes > 0).length).toBeLessThanOrEqual(slowCount);
  expect(Math.max(...queued)).toBeLessThanOrEqual(QUEUED_LENGTH_BYTES_MAX);
  // They are held back: what they have not taken is not read ahead for them.
  expect(queued.filter((bytes) => bytes > 0).length).toBeGreaterThan(0);

  forgetReads();
  for (const reader of slow) reader.read();
  await server.send({ method: 'POST', bucket: BUCKET, key: 'log', query: { seal: '', position: String(length) } });
  await Promise.all([...slow, ...eager].map((reader) => reader.until(() => reader.end !== undefined)));
  expect(reads.blobLengthBytes).toBeGreaterThan(MEBIBYTE);
  const added = Buffer.concat(bodies);
  const [all, end] = [crc64(Buffer.concat([history, added])), crc64(added)];
  for (const reader of slow) expect([reader.end, reader.length, reader.digest()]).toEqual(['whole', length, all]);
  for (const reader of eager) expect([reader.end, reader.digest()]).toEqual(['whole', end]);
  await expect.poll(() => followerCount(server)).toBe(0);
  await server.close();
});

test('a thousand objects with a follower each: nothing is read while idle, and all resume after a restart', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
  try {
    const keys = Array.from({ length: FOLLOWER_COUNT }, (_, index) => `log-${index}`);
    const bodyOf = (index: number, round: number): Buffer =>
      Buffer.from(`${index} in round ${round}: ${'x'.repeat((index * 31 + round) % 200)}\n`);
    const wholeOf = (index: number, roundCount: number): Buffer =>
      Buffer.concat(Array.from({ length: roundCount }, (_, round) => bodyOf(index, round)));
    let server = await start();
    const appendRound = (round: number) =>
      inBatches(FOLLOWER_COUNT, (index) =>
        appendDirectly(server, keys[index] as string, wholeOf(index, round).length, bodyOf(index, round)),
      );
    await appendRound(0);
    const before = await inBatches(FOLLOWER_COUNT, async (index) =>
      (await Reader.open(server, keys[index] as string, 0)).read(),
    );
    await Promise.all(before.map((reader, index) => reader.until(() => reader.length === wholeOf(index, 1).length)));
    expect(await followerCount(server)).toBe(FOLLOWER_COUNT);

    // Whatever would look again after a time does so now; the server itself has nothing to do.
    forgetReads();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(reads).toEqual({ rows: 0, lists: 0, blobs: 0, blobLengthBytes: 0 });
    expect(await followerCount(server)).toBe(FOLLOWER_COUNT);

    await appendRound(1);
    await Promise.all(before.map((reader, index) => reader.until(() => reader.length === wholeOf(index, 2).length)));
    expect(Math.max(...queuedLengths())).toBe(0);
    await server.server.close();
    await Promise.all(before.map((reader) => reader.until(() => reader.end !== undefined)));
    await server.close();
    expect(new Set(before.map(({ end }) => end))).toEqual(new Set(['whole']));

    server = await start();
    // Some come late, and find what was appended meanwhile.
    const early = await inBatches(FOLLOWER_COUNT / 2, async (index) =>
      (await Reader.open(server, keys[index] as string, before[index]?.length ?? 0)).read(),
    );
    await appendRound(2);
    const late = await inBatches(FOLLOWER_COUNT / 2, async (index) => {
      const at = FOLLOWER_COUNT / 2 + index;
      return (await Reader.open(server, keys[at] as string, before[at]?.length ?? 0)).read();
    });
    await inBatches(FOLLOWER_COUNT, (index) =>
      server.store.sealObject({
        bucket: BUCKET,
        key: keys[index] as string,
        position: wholeOf(index, 3).length,
      }),
    );
    const after = [...early, ...late];
    await Promise.all(after.map((reader) => reader.until(() => reader.end !== undefined)));
    for (const [index, reader] of after.entries()) {
      expect([reader.end, reader.digest()]).toEqual(['whole', crc64(bodyOf(index, 2))]);
      expect(before[index]?.digest()).toBe(crc64(wholeOf(index, 2)));
    }
    await server.close();
  } finally {
    vi.useRealTimers();
  }
});
