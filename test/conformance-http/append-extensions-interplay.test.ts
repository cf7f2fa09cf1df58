/**
 * Appends without a position, ids and epochs beside the rest of a bucket: versions, retention, copies, conversions,
 * quotas. What an id or an epoch belongs to is one object version; what it outlives is in these tables.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const ID = { 'x-oss-annals-append-id': 'first' };
const EPOCH = 'x-oss-annals-writer-epoch';
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const DAY_MS = 86_400_000;

let server: TestServer;
let nowMs = START_MS;
let keyCount = 0;

beforeAll(async () => {
  server = await startTestServer({
    clock: () => nowMs,
    storeSettings: { appendable: { overwrite: 'allow', copy: 'allow' } },
    buckets: ['plain', 'versioned', 'suspended', 'growing', 'retained', 'held', 'narrow'],
  });
  for (const bucket of ['versioned', 'suspended', 'held']) {
    await server.store.updateBucket(bucket, { versioning: 'enabled' });
  }
  await server.store.updateBucket('suspended', { versioning: 'suspended' });
});

afterAll(() => server.close());

interface Target {
  readonly bucket: string;
  readonly key: string;
}

const send = (target: Target, method: string, query: Record<string, string> = {}, more: object = {}) =>
  server.send({ method, ...target, query, ...more });

const append = (
  target: Target,
  position: number | 'auto',
  body: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> => send(target, 'POST', { append: '', position: String(position) }, { headers, body });

/** Status, code of an error, whether it was a repeat, and the current epoch where it was too low. */
function outcomeOf({ status, headers, body }: RawAnswer): string {
  const words = [
    String(status),
    /<Code>(\w+)</.exec(body.toString('utf8'))?.[1],
    headers['x-oss-annals-replayed'] === 'true' ? 'replayed' : undefined,
    status === 412 ? headers[EPOCH] : undefined,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

async function ok(answer: Promise<RawAnswer>): Promise<RawAnswer> {
  const { status, body } = await answer;
  expect(status, body.toString()).toBeLessThan(300);
  return answer;
}

const versionOf = ({ headers }: RawAnswer): string => headers['x-oss-version-id'] ?? '';
const put = (target: Target) => ok(send(target, 'PUT', {}, { body: 'another' }));
const remove = (target: Target, versionId?: string) =>
  ok(send(target, 'DELETE', versionId === undefined ? {} : { versionId }));
const convert = (target: Target, type: string) => ok(send(target, 'POST', { convert: '', type }));
const configure = (bucket: string, query: Record<string, string>, body: string, more: object = {}) =>
  ok(server.send({ method: 'PUT', bucket, query, body, ...more }));

interface Change {
  readonly name: string;
  readonly bucket: string;
  readonly change: (target: Target) => Promise<unknown>;
  /** Of the append with the id again, of one without a position, and of one with a lower epoch, in this order. */
  readonly expected: readonly [repeat: string, auto: string, late: string];
  /** What the key holds after that; the append that made it was `abc`, with the epoch 5. */
  readonly holds: string;
}

const KEPT = ['200 replayed', '200', '412 WriterFenced 5'] as const;
/** The append with the id makes or extends another object; it has the epoch 5 as well, and fences the late one. */
const BEGUN = ['200', '200', '412 WriterFenced 5'] as const;
const NORMAL = ['409 ObjectNotAppendable', '409 ObjectNotAppendable', '409 ObjectNotAppendable'] as const;

const CHANGES: readonly Change[] = [
  { name: 'nothing', bucket: 'plain', change: async () => undefined, expected: KEPT, holds: 'abcd' },
  {
    name: 'a change of metadata by a copy onto itself',
    bucket: 'plain',
    change: (target) =>
      ok(
        send(
          target,
          'PUT',
          {},
          {
            headers: {
              'x-oss-copy-source': `/${target.bucket}/${target.key}`,
              'x-oss-metadata-directive': 'REPLACE',
              'x-oss-meta-a': 'b',
            },
          },
        ),
      ),
    expected: KEPT,
    holds: 'abcd',
  },
  {
    name: 'other tags and another ACL',
    bucket: 'plain',
    change: async (target) => {
      await ok(send(target, 'PUT', { acl: '' }, { headers: { 'x-oss-object-acl': 'private' } }));
      const body = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
      await ok(send(target, 'PUT', { tagging: '' }, { body }));
    },
    expected: KEPT,
    holds: 'abcd',
  },
  { name: 'its deletion', bucket: 'plain', change: (target) => remove(target), expected: BEGUN, holds: 'abcd' },
  { name: 'PutObject', bucket: 'plain', change: put, expected: NORMAL, holds: 'another' },
  {
    name: 'a conversion to Normal and back',
    bucket: 'plain',
    change: async (target) => {
      await convert(target, 'normal');
      await convert(target, 'appendable');
    },
    // Applied again: a position that is wrong now would tell, one that the server chooses does not.
    expected: ['409 PositionNotEqualToLength', '200', '200'],
    holds: 'abcde',
  },
  {
    name: 'its copy to another key and back',
    bucket: 'plain',
    change: async (target) => {
      const other = { ...target, key: `${target.key}-copy` };
      const copyFrom = ({ bucket, key }: Target) => ({ headers: { 'x-oss-copy-source': `/${bucket}/${key}` } });
      await ok(send(other, 'PUT', {}, copyFrom(target)));
      await ok(send(target, 'PUT', {}, copyFrom(other)));
      await convert(target, 'appendable');
    },
    expected: ['409 PositionNotEqualToLength', '200', '200'],
    holds: 'abcde',
  },
  {
    name: 'a newer version',
    bucket: 'versioned',
    change: put,
    expected: NORMAL,
    holds: 'another',
  },
  {
    name: 'a newer version that is removed again',
    bucket: 'versioned',
    change: async (target) => remove(target, versionOf(await put(target))),
    expected: KEPT,
    holds: 'abcd',
  },
  {
    name: 'a delete marker',
    bucket: 'versioned',
    change: (target) => remove(target),
    expected: BEGUN,
    holds: 'abcd',
  },
  {
    name: 'a delete marker that is removed again',
    bucket: 'versioned',
    change: async (target) => remove(target, versionOf(await remove(target))),
    expected: KEPT,
    holds: 'abcd',
  },
  {
    name: 'a copy of its version onto its key',
    bucket: 'versioned',
    change: async (target) => {
      const { headers } = await send(target, 'HEAD');
      const source = `/${target.bucket}/${target.key}?versionId=${headers['x-oss-version-id']}`;
      await ok(send(target, 'PUT', {}, { headers: { 'x-oss-copy-source': source } }));
    },
    expected: NORMAL,
    holds: 'abc',
  },
  { name: 'a null version over it', bucket: 'suspended', change: put, expected: NORMAL, holds: 'another' },
  {
    name: 'a delete marker in place of the null version',
    bucket: 'suspended',
    change: (target) => remove(target),
    expected: BEGUN,
    holds: 'abcd',
  },
];

test.each(CHANGES)('ids and epoch after $name', async ({ bucket, change, expected, holds }) => {
  const target = { bucket, key: `log-${keyCount++}` };
  const first = () => append(target, 0, 'abc', { ...ID, [EPOCH]: '5' });
  const made = await ok(first());
  await change(target);
  const repeat = await first();
  const auto = await append(target, 'auto', 'd');
  const late = await append(target, 'auto', 'e', { [EPOCH]: '4' });
  expect([repeat, auto, late].map(outcomeOf)).toEqual(expected);
  expect((await send(target, 'GET')).body.toString()).toBe(holds);
  if (expected === KEPT) {
    expect(versionOf(repeat)).toBe(versionOf(made));
    expect(repeat.headers.etag).toBe(made.headers.etag);
  }
});

test('ids and epoch stay with a version from before its bucket kept versions, and while that is suspended', async () => {
  const target = { bucket: 'growing', key: 'log' };
  const first = () => append(target, 0, 'abc', { ...ID, [EPOCH]: '5' });
  await ok(first());
  for (const versioning of ['enabled', 'suspended', 'enabled'] as const) {
    await server.store.updateBucket('growing', { versioning });
    expect(outcomeOf(await first())).toBe('200 replayed');
    expect(versionOf(await ok(append(target, 'auto', 'd')))).toBe('null');
    expect(outcomeOf(await append(target, 'auto', 'e', { [EPOCH]: '4' }))).toBe('412 WriterFenced 5');
  }
});

describe('retention', () => {
  const worm = async (bucket: string, headers: Record<string, string> = {}): Promise<void> => {
    const body =
      '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>';
    await ok(server.send({ method: 'POST', bucket, query: { worm: '' }, headers, body }));
  };

  test('of the bucket refuses what adds bytes, and answers repeats and empty appends', async () => {
    const target = { bucket: 'retained', key: 'log' };
    const first = () => append(target, 0, 'abc', { ...ID, [EPOCH]: '5' });
    await ok(first());
    await worm('retained');
    expect(outcomeOf(await first())).toBe('200 replayed');
    expect(outcomeOf(await append(target, 'auto', 'd', { [EPOCH]: '4' }))).toBe('412 WriterFenced 5');
    expect(outcomeOf(await append(target, 'auto', 'd'))).toBe('409 FileImmutable');
    expect(outcomeOf(await append(target, 9, 'd', { 'x-oss-annals-append-id': 'b' }))).toBe('409 FileImmutable');
    // It adds no byte, and fences as ever: a writer can take over before the retention is over.
    expect(outcomeOf(await append(target, 'auto', '', { [EPOCH]: '6', 'x-oss-annals-append-id': 'c' }))).toBe('200');
    expect(outcomeOf(await append(target, 'auto', '', { [EPOCH]: '5' }))).toBe('412 WriterFenced 6');
    // A refused append used up no id.
    nowMs += 2 * DAY_MS;
    expect(outcomeOf(await append(target, 'auto', 'd', { 'x-oss-annals-append-id': 'b' }))).toBe('200');
    expect((await send(target, 'GET')).body.toString()).toBe('abcd');
  });

  test('of a bucket whose policy lets objects grow stops no extension', async () => {
    await ok(server.send({ method: 'PUT', bucket: 'retained-growing' }));
    await worm('retained-growing', { 'x-oss-annals-worm-append': 'allow' });
    const target = { bucket: 'retained-growing', key: 'log' };
    await ok(append(target, 'auto', 'abc', { ...ID, [EPOCH]: '5' }));
    await ok(append(target, 'auto', 'd', { 'x-oss-annals-max-length': '4' }));
    expect(outcomeOf(await append(target, 9, 'abc', ID))).toBe('200 replayed');
    expect(outcomeOf(await send(target, 'POST', { convert: '', type: 'normal' }))).toBe('409 FileImmutable');
    expect((await send(target, 'GET', { follow: '', wait: '0' })).body.toString()).toBe('abcd');
  });

  test('of single versions excludes appends, and repeats are answered', async () => {
    const target = { bucket: 'held', key: 'log' };
    await ok(append(target, 0, 'abc', ID));
    const body = '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled></ObjectWormConfiguration>';
    await configure('held', { objectWorm: '' }, body);
    expect(outcomeOf(await append(target, 0, 'abc', ID))).toBe('200 replayed');
    for (const key of ['log', 'new']) {
      expect(outcomeOf(await append({ ...target, key }, 'auto', 'd'))).toBe('400 OperationNotSupported');
    }
    expect((await send(target, 'GET', { follow: '', wait: '0' })).body.toString()).toBe('abc');
  });
});

test('a quota refuses those of many appends without a position that have no room, and lays the others', async () => {
  const target = { bucket: 'narrow', key: 'log' };
  const nothing = { own: new Map(), others: {} };
  server.store.maintenance.setQuotas({
    buckets: { own: new Map([['narrow', { lengthBytesMax: 100 }]]), others: {} },
    creators: nothing,
  });
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      append(target, 'auto', String(index % 10).repeat(30), { 'x-oss-annals-append-id': `id-${index}` }),
    ),
  );
  const outcomes = answers.map(outcomeOf);
  expect([...new Set(outcomes)].sort()).toEqual(['200', '403 QuotaExceeded']);
  expect(outcomes.filter((outcome) => outcome === '200')).toHaveLength(3);
  expect((await send(target, 'GET')).body).toHaveLength(90);
  server.store.maintenance.setQuotas({ buckets: nothing, creators: nothing });
  // A refused append used up no id; the others are repeats.
  for (const [index, outcome] of outcomes.entries()) {
    const headers = { 'x-oss-annals-append-id': `id-${index}` };
    const again = await append(target, 'auto', String(index % 10).repeat(30), headers);
    expect(outcomeOf(again)).toBe(outcome === '200' ? '200 replayed' : '200');
  }
});
