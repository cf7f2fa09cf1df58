/**
 * An S3 server that misbehaves under the engine: connections that break anywhere, answers that are late, a service that
 * asks to slow down, is full or denies. Nothing that was acknowledged is lost, no reader gets other bytes, and the
 * engine goes on by itself.
 */
import { randomInt } from 'node:crypto';
import { type BlobStore, EngineFailure, openS3BlobStore, type S3Place, type S3Timing } from '@annals/store';
import { seededRandom } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnsweringServer } from '../harness/answering-server.js';
import { bytes, MIB, read, write } from '../harness/blob-calls.js';
import { type Fate, startUnreliableProxy } from '../harness/unreliable-proxy.js';
import { until } from '../harness/until.js';
import { startVersityGateway, type VersityGateway } from './versity-gateway.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));
const BUCKET = 'faults';
const ABSENT = '0123456789abcdef0123456789abcdef';

/** Pauses of no length, so that a test of many attempts takes no time. */
const impatient: S3Timing = { nowMs: Date.now, wait: async () => undefined, random: () => 0 };

let gateway: VersityGateway;
let prefixCount = 0;

beforeAll(async () => {
  gateway = await startVersityGateway();
  await gateway.makeBucket(BUCKET);
});

afterAll(() => gateway?.remove());

function freshPlace(endpoint = gateway.endpoint): S3Place {
  prefixCount += 1;
  return { ...gateway.place(BUCKET, `place-${prefixCount}/`), endpoint };
}

describe(`connections that break, seed ${seed}`, () => {
  it('what was acknowledged is there whole, every read is right or fails, and nothing else stays', async () => {
    const random = seededRandom(seed);
    let breaks = 3;
    const fateOf = (requestLength: number): Fate => {
      if (breaks === 0 || random.below(breaks) !== 0) return { kind: 'pass' };
      return random.below(2) === 0
        ? { kind: 'cut-request', at: random.below(requestLength) }
        : { kind: 'cut-answer', at: random.below(20_000) };
    };
    const proxy = await startUnreliableProxy(gateway.port, fateOf);
    // The server signs for its own address.
    const place = freshPlace(proxy.endpoint);
    const store = await openS3BlobStore({ place, timing: impatient });
    const acknowledged = new Map<string, Buffer>();
    let failureCount = 0;
    for (let round = 0; round < 24; round += 1) {
      const content = bytes([100, 300_000, 9 * MIB][round % 3] as number, round);
      try {
        acknowledged.set(await write(store, content), content);
      } catch (error) {
        expect(error).toMatchObject({ reason: { kind: 'unavailable', because: 'unreachable' } });
        failureCount += 1;
      }
      for (const [blobId, wanted] of [...acknowledged].slice(-2)) {
        const start = random.below(wanted.length);
        const found = await read(store, blobId, start, wanted.length).catch((error: unknown) => error);
        if (Buffer.isBuffer(found)) expect(found.equals(wanted.subarray(start))).toBe(true);
        else expect(found).toMatchObject({ reason: { kind: 'unavailable', because: 'unreachable' } });
      }
    }
    expect(acknowledged.size + failureCount).toBe(24);
    expect(acknowledged.size).toBeGreaterThan(0);
    breaks = 0;
    for (const [blobId, wanted] of acknowledged) {
      expect((await read(store, blobId, 0, wanted.length)).equals(wanted)).toBe(true);
    }
    // What else is listed is what a sweep of orphans removes.
    const listed: string[] = [];
    for await (const { blobId } of store.list()) listed.push(blobId);
    expect(listed).toEqual(expect.arrayContaining([...acknowledged.keys()]));
    for (const blobId of listed) if (!acknowledged.has(blobId)) await store.delete(blobId);
    const left: string[] = [];
    for await (const { blobId } of store.list()) left.push(blobId);
    expect(left.sort()).toEqual([...acknowledged.keys()].sort());
    await store.close();
    await proxy.close();
  });
});

describe('a server that is killed', () => {
  it('during an upload and a read: both fail or go on, and the same engine works afterwards', async () => {
    const store = await openS3BlobStore({ place: freshPlace(), timing: impatient });
    const content = bytes(24 * MIB, 1);
    const blobId = await write(store, content);
    const reading = read(store, blobId, 0, content.length).catch((error: unknown) => error);
    const writing = write(store, content).catch((error: unknown) => error);
    await gateway.kill();
    const away = { reason: { kind: 'unavailable', because: 'unreachable' } };
    const found = await reading;
    if (Buffer.isBuffer(found)) expect(found.equals(content)).toBe(true);
    else expect(found).toMatchObject(away);
    const written = await writing;
    if (typeof written !== 'string') expect(written).toMatchObject(away);
    await expect(store.length(blobId)).rejects.toMatchObject(away);
    await gateway.start();
    expect((await read(store, blobId, 0, content.length)).equals(content)).toBe(true);
    const second = await write(store, content);
    expect((await read(store, second, 0, content.length)).equals(content)).toBe(true);
    await store.close();
  });
});

it('an upload that is given up while its begin is under way does not stay', async () => {
  const asked: string[] = [];
  let answer: (() => void) | undefined;
  const server = await startAnsweringServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[1] ?? ''}`);
    request.resume();
    const id = '<InitiateMultipartUploadResult><UploadId>begun</UploadId></InitiateMultipartUploadResult>';
    if (request.method === 'POST') answer = () => response.end(id);
    else response.writeHead(204).end();
  });
  const store = await openS3BlobStore({ place: freshPlace(server.endpoint), timing: impatient });
  const writer = await store.create();
  await writer.write([bytes(9 * MIB, 1)]);
  await until(() => answer !== undefined);
  const givenUp = writer.abort();
  answer?.();
  await givenUp;
  await store.close();
  await server.close();
  expect(asked).toEqual([expect.stringMatching(/^POST uploads/), 'DELETE uploadId=begun']);
});

describe('a server that says no', () => {
  async function answering(
    answers: readonly (readonly [status: number, code: string, headers?: Record<string, string>])[],
    attempt: (store: BlobStore) => Promise<unknown>,
  ) {
    const waited: number[] = [];
    let requestCount = 0;
    const server = await startAnsweringServer((request, response) => {
      request.resume();
      request.on('end', () => {
        const [status, code, headers = {}] = answers[Math.min(requestCount, answers.length - 1)] ?? [200, ''];
        requestCount += 1;
        response.writeHead(status, { 'content-type': 'application/xml', ...headers });
        response.end(code === '' ? '' : `<Error><Code>${code}</Code><Message>told by a test</Message></Error>`);
      });
    });
    const wait = async (ms: number): Promise<void> => void waited.push(ms);
    const store = await openS3BlobStore({ place: freshPlace(server.endpoint), timing: { ...impatient, wait } });
    const outcome = await attempt(store).catch((error: unknown) => error);
    await store.close();
    await server.close();
    return { outcome, waited, requestCount };
  }

  const put = (store: BlobStore): Promise<unknown> => write(store, Buffer.from('short'));

  it('is asked again after 503 SlowDown, with longer and longer pauses, and succeeds', async () => {
    const { outcome, waited, requestCount } = await answering(
      [
        [503, 'SlowDown'],
        [503, 'SlowDown'],
        [500, 'InternalError'],
        [200, ''],
      ],
      put,
    );
    expect(outcome).toMatch(/^[0-9a-f]{32}$/);
    expect(requestCount).toBe(4);
    expect(waited).toEqual([100, 200, 400]);
  });

  it('is left alone as long as it asks', async () => {
    const { outcome, waited } = await answering(
      [
        [503, 'SlowDown', { 'retry-after': '2' }],
        [200, ''],
      ],
      put,
    );
    expect(outcome).toMatch(/^[0-9a-f]{32}$/);
    expect(waited).toEqual([2000]);
  });

  it.each([
    [503, 'SlowDown', 'unreachable', 5],
    [429, 'TooManyRequests', 'unreachable', 5],
    [507, 'InsufficientStorage', 'disk-full', 1],
    [403, 'QuotaExceeded', 'disk-full', 1],
    [507, 'XMinioStorageFull', 'disk-full', 1],
    [403, 'AccessDenied', 'refused', 1],
    [301, 'PermanentRedirect', 'refused', 1],
    [400, 'AuthorizationHeaderMalformed', 'refused', 1],
    [400, 'EntityTooLarge', 'input-output', 1],
  ] as const)('status %i %s is %s after %i attempts', async (status, code, because, attempts) => {
    const sealed = await answering([[status, code]], async (store) => {
      const writer = await store.create();
      await writer.write([Buffer.from('short')]);
      await writer.seal();
    });
    expect(sealed.outcome).toBeInstanceOf(EngineFailure);
    expect(sealed.outcome).toMatchObject({ reason: { kind: 'unavailable', because } });
    expect(String((sealed.outcome as EngineFailure).cause)).toContain(code);
    expect(sealed.requestCount).toBe(attempts);
    const again = await answering([[status, code]], (store) => read(store, ABSENT, 0, 1));
    expect(again.requestCount).toBe(attempts);
  });
});
