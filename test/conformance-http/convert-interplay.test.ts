/**
 * Conversions beside the rest of a bucket: uploads in parts, versions, retention of both kinds, archives, quotas, and
 * copies of copies. Encrypted objects: `follow-encrypted.test.ts`.
 */
import { createHash } from 'node:crypto';
import { patternBytes } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const DAY_MS = 86_400_000;

let server: TestServer;
let nowMs = START_MS;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer({
    clock: () => nowMs,
    storeSettings: { appendable: { overwrite: 'allow', copy: 'allow' } },
    buckets: ['plain', 'versioned', 'retained', 'held', 'narrow'],
  });
  for (const bucket of ['versioned', 'held']) await server.store.updateBucket(bucket, { versioning: 'enabled' });
});

afterAll(() => server.close());

interface Target {
  readonly bucket: string;
  readonly key: string;
}

const newTarget = (bucket: string): Target => ({ bucket, key: `log-${keyCount++}` });

const send = (target: Target, method: string, query: Record<string, string> = {}, more: object = {}) =>
  server.send({ method, ...target, query, ...more });

async function ok(answer: Promise<RawAnswer>): Promise<RawAnswer> {
  const { status, body } = await answer;
  expect(status, body.toString()).toBeLessThan(300);
  return answer;
}

function outcomeOf({ status, body }: RawAnswer): string {
  return [status, /<Code>(\w+)</.exec(body.toString('utf8'))?.[1]].filter((word) => word !== undefined).join(' ');
}

const put = (target: Target, body: string | Uint8Array = 'abc', headers: Record<string, string> = {}) =>
  ok(send(target, 'PUT', {}, { body, headers }));
const append = (target: Target, position: number | 'auto', body: string | Uint8Array) =>
  send(target, 'POST', { append: '', position: String(position) }, { body });
const convert = (target: Target, type: string) => send(target, 'POST', { convert: '', type });
const copy = (from: Target, to: Target) =>
  ok(send(to, 'PUT', {}, { headers: { 'x-oss-copy-source': `/${from.bucket}/${from.key}` } }));
const read = async (target: Target): Promise<Buffer> => (await ok(send(target, 'GET'))).body;

async function upload(target: Target, parts: readonly Uint8Array[]): Promise<void> {
  const begun = await ok(send(target, 'POST', { uploads: '' }));
  const uploadId = /<UploadId>(\w+)</.exec(begun.body.toString())?.[1] ?? '';
  for (const [index, body] of parts.entries()) {
    await ok(send(target, 'PUT', { uploadId, partNumber: String(index + 1) }, { body }));
  }
  await ok(send(target, 'POST', { uploadId }, { headers: { 'x-oss-complete-all': 'yes' } }));
}

describe('an object made of parts', () => {
  const parts = [200_000, 150_000, 10].map((length) => Buffer.from(patternBytes(length)));
  const whole = Buffer.concat(parts);

  test('becomes Normal with the MD5 of its bytes as its ETag', async () => {
    const target = newTarget('plain');
    await upload(target, parts);
    const before = await ok(send(target, 'HEAD'));
    expect(before.headers['x-oss-object-type']).toBe('Multipart');
    const { headers } = await ok(convert(target, 'normal'));
    expect(headers.etag).toBe(`"${createHash('md5').update(whole).digest('hex').toUpperCase()}"`);
    expect(headers['x-oss-hash-crc64ecma']).toBe(before.headers['x-oss-hash-crc64ecma']);
    expect((await read(target)).equals(whole)).toBe(true);
  });

  test('grows, and its parts may be shared with copies', async () => {
    const [target, other] = [newTarget('plain'), newTarget('plain')];
    await upload(target, parts);
    await copy(target, other);
    for (const [object, end] of [
      [target, 'one'],
      [other, 'another'],
    ] as const) {
      const { headers } = await ok(convert(object, 'appendable'));
      expect(headers).toMatchObject({
        'x-oss-object-type': 'Appendable',
        'x-oss-next-append-position': String(whole.length),
      });
      await ok(append(object, whole.length, end));
    }
    await ok(send(target, 'DELETE'));
    await server.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
    expect((await read(other)).equals(Buffer.concat([whole, Buffer.from('another')]))).toBe(true);
  });
});

test('in a bucket with versions the version stays, grows, and is hidden and shown like any other', async () => {
  const target = newTarget('versioned');
  const versionId = (await put(target)).headers['x-oss-version-id'];
  for (const [type, end] of [
    ['appendable', 'd'],
    ['normal', undefined],
    ['appendable', 'e'],
  ] as const) {
    expect((await ok(convert(target, type))).headers['x-oss-version-id']).toBe(versionId);
    if (end !== undefined) {
      expect((await ok(append(target, 'auto', end))).headers['x-oss-version-id']).toBe(versionId);
    }
  }
  const marker = (await ok(send(target, 'DELETE'))).headers['x-oss-version-id'] ?? '';
  expect(outcomeOf(await convert(target, 'normal'))).toBe('404 NoSuchKey');
  await ok(send(target, 'DELETE', { versionId: marker }));
  await ok(append(target, 5, 'f'));
  expect((await read(target)).toString()).toBe('abcdef');
  expect(outcomeOf(await send(target, 'POST', { convert: '', type: 'normal', versionId: versionId ?? '' }))).toBe(
    '400 InvalidArgument',
  );
});

test('what the policy of its bucket retains is not converted, either way, until that is over', async () => {
  const [plain, log] = [newTarget('retained'), newTarget('retained')];
  await put(plain);
  await ok(append(log, 0, 'abc'));
  const body =
    '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>';
  await ok(server.send({ method: 'POST', bucket: 'retained', query: { worm: '' }, body }));
  expect(outcomeOf(await convert(plain, 'appendable'))).toBe('409 FileImmutable');
  expect(outcomeOf(await convert(log, 'normal'))).toBe('409 FileImmutable');
  // Nothing would change.
  expect(outcomeOf(await convert(plain, 'normal'))).toBe('200');
  nowMs += DAY_MS;
  expect(outcomeOf(await convert(plain, 'appendable'))).toBe('200');
  expect(outcomeOf(await convert(log, 'normal'))).toBe('200');
});

test('where single versions can be retained none becomes appendable, and a held one is not converted at all', async () => {
  const [log, plain, held] = [newTarget('held'), newTarget('held'), newTarget('held')];
  await ok(append(log, 0, 'abc'));
  const body = '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled></ObjectWormConfiguration>';
  await ok(server.send({ method: 'PUT', bucket: 'held', query: { objectWorm: '' }, body }));
  await put(plain);
  await put(held, 'abc', { 'x-oss-object-worm-legal-hold': 'ON' });
  expect(outcomeOf(await convert(plain, 'appendable'))).toBe('400 OperationNotSupported');
  expect(outcomeOf(await convert(held, 'appendable'))).toBe('409 FileImmutable');
  // Made before the bucket was opened to retentions; as a Normal object it can be retained.
  expect(outcomeOf(await append(log, 'auto', 'd'))).toBe('400 OperationNotSupported');
  expect(outcomeOf(await convert(log, 'normal'))).toBe('200');
  await ok(send(log, 'PUT', { legalHold: '' }, { body: '<LegalHold><Status>ON</Status></LegalHold>' }));
  expect((await read(log)).toString()).toBe('abc');
});

test.each([
  ['IA', ['200', '200']],
  ['Archive', ['403 InvalidObjectState', '200']],
  ['ColdArchive', ['400 InvalidArgument', '400 InvalidArgument']],
])('of the class %s, before and after it is restored: %j', async (storageClass, [before, after]) => {
  const target = newTarget('plain');
  await put(target, 'abc', { 'x-oss-storage-class': storageClass });
  expect(outcomeOf(await convert(target, 'appendable'))).toBe(before);
  if (storageClass === 'IA') return;
  const restored = await send(target, 'POST', { restore: '' });
  expect(restored.status, restored.body.toString()).toBe(202);
  // Done by then, and not over.
  nowMs += DAY_MS / 2;
  expect(outcomeOf(await convert(target, 'appendable'))).toBe(after);
});

test('needs no room in a quota that is used up', async () => {
  const target = newTarget('narrow');
  await put(target, 'x'.repeat(100));
  const nothing = { own: new Map(), others: {} };
  server.store.maintenance.setQuotas({
    buckets: { own: new Map([['narrow', { lengthBytesMax: 100, objectCountMax: 1 }]]), others: {} },
    creators: nothing,
  });
  expect(outcomeOf(await convert(target, 'appendable'))).toBe('200');
  expect(outcomeOf(await append(target, 'auto', 'y'))).toBe('403 QuotaExceeded');
  expect(outcomeOf(await convert(target, 'normal'))).toBe('200');
  const statistics = (await ok(server.send({ method: 'GET', bucket: 'narrow', query: { stat: '' } }))).body.toString();
  expect(statistics).toContain('<Storage>100</Storage>');
  expect(statistics).toContain('<ObjectCount>1</ObjectCount>');
  server.store.maintenance.setQuotas({ buckets: nothing, creators: nothing });
});

test('copied and converted in turn, an object can grow eight times, and then says what helps', async () => {
  let target = newTarget('plain');
  // Longer than what is in an object's own row, which every copy has for itself.
  let body = 'x'.repeat(1025);
  await put(target, body);
  const outcomes: string[] = [];
  for (let round = 1; round <= 9; round += 1) {
    const next = newTarget('plain');
    await copy(target, next);
    const converted = await convert(next, 'appendable');
    outcomes.push(outcomeOf(converted));
    target = next;
    if (converted.status !== 200) {
      expect(converted.body.toString()).toContain('A copy by a client is flat again');
      break;
    }
    await ok(append(target, body.length, String(round)));
    body += String(round);
  }
  expect(outcomes).toEqual([...Array.from({ length: 8 }, () => '200'), '400 OperationNotSupported']);
  expect((await read(target)).toString()).toBe(body);
});
