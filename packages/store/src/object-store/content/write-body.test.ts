import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { bodyOf, pausedBody } from '../../conformance/object-store-bodies.js';
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { buildContext } from '../context/build-context.js';
import type { StoreContext } from '../context/store-context.js';
import { StoreFailure } from '../store-failure.js';
import type { BodySource } from '../types.js';
import { newContent } from './target-content.js';
import { type BodyWrite, writeBody } from './write-body.js';

/** The one row of a write that counts: how many bodies came, and what was asked of it until then. */
const ROW = Buffer.from('count');
/** Longer than what stays in memory here, so it goes to a blob. */
const LONG = new Uint8Array(100);

const refused = new StoreFailure({ kind: 'no-such-key', key: 'k' });

interface Counter {
  readonly context: StoreContext;
  readonly calls: string[];
  readonly write: BodyWrite<KeyValueEntry | undefined, string>;
}

function openCounter(changes: Partial<Counter['write']> = {}): Counter {
  const engines = { keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() };
  const context = buildContext({ ...engines, settings: { inlineLengthMax: 10 } }, () => undefined);
  const calls: string[] = [];
  const write: Counter['write'] = {
    bucket: 'bucket',
    expected: {},
    wantsMd5: false,
    read: () => {
      calls.push('read');
      return context.keyValues.get(ROW);
    },
    admit() {
      calls.push('admit');
      return { lengthMax: 1000, objectCount: 1, kind: 'adding' };
    },
    prepare() {
      calls.push('prepare');
      return newContent(context, undefined);
    },
    decide(row, { received, content }) {
      calls.push('decide');
      const text = `${row === undefined ? '' : Buffer.from(row.value).toString()}${received.length};`;
      return {
        commit: {
          checks: [{ key: ROW, version: row?.version }],
          puts: [{ key: ROW, value: Buffer.from(text) }, ...received.rowsAt(content, 0)],
        },
        result: text,
      };
    },
    ...changes,
  };
  return { context, calls, write };
}

/** Says when it is opened. */
function toldBody(calls: string[], bytes: Uint8Array): BodySource {
  const body = bodyOf(bytes);
  return {
    length: body.length,
    open() {
      calls.push('open');
      return body.open();
    },
  };
}

async function blobCount({ blobs }: StoreContext): Promise<number> {
  let count = 0;
  for await (const _blob of blobs.list()) count += 1;
  return count;
}

test('a write reads, refuses, prepares, and only then opens its body; one read and one decision without a race', async () => {
  const { context, calls, write } = openCounter();
  expect(await writeBody(context, toldBody(calls, LONG), write)).toBe('100;');
  expect(calls).toEqual(['read', 'admit', 'prepare', 'open', 'decide']);
  expect(await blobCount(context)).toBe(1);
  expect(context.blobsInUse.olderThan(0)).toEqual([]);
});

test('after a lost race the rows are read again, the body is not', async () => {
  const { context, calls, write } = openCounter();
  const slow = pausedBody(LONG);
  const writing = writeBody(context, slow, write);
  await slow.reached;
  await writeBody(context, bodyOf('abc'), write);
  calls.length = 0;
  slow.resume();
  expect(await writing).toBe('3;100;');
  expect(calls).toEqual(['decide', 'read', 'decide']);
});

test('a decision that commits nothing is made on rows read after the body', async () => {
  const { context, calls, write } = openCounter({
    decide: (row) => ({ result: row === undefined ? 'none' : Buffer.from(row.value).toString() }),
  });
  const slow = pausedBody(Buffer.from('ab'));
  const writing = writeBody(context, slow, write);
  await slow.reached;
  await context.keyValues.commit({ puts: [{ key: ROW, value: Buffer.from('meanwhile') }] });
  slow.resume();
  expect(await writing).toBe('meanwhile');
  expect(calls).toEqual(['read', 'admit', 'prepare', 'read']);
});

describe('a body is left unopened', () => {
  test.each<[string, (calls: string[]) => Partial<Counter['write']>]>([
    ['when what it is written to is not there', () => ({ read: () => Promise.reject(refused) })],
    [
      'when the write cannot be committed',
      () => ({
        admit: () => {
          throw refused;
        },
      }),
    ],
    ['when its content cannot be prepared', () => ({ prepare: () => Promise.reject(refused) })],
  ])('%s', async (_name, changes) => {
    const calls: string[] = [];
    const { context, write } = openCounter(changes(calls));
    await expect(writeBody(context, toldBody(calls, LONG), write)).rejects.toBe(refused);
    expect(calls).not.toContain('open');
  });

  test('when it says itself that it is too long; a limit below zero takes an empty one', async () => {
    const { context, calls, write } = openCounter({
      admit: () => ({ lengthMax: -1, reportedLengthMax: 7, objectCount: 0, kind: 'adding' }),
    });
    await expect(writeBody(context, toldBody(calls, LONG), write)).rejects.toMatchObject({
      reason: { kind: 'too-large', lengthMax: 7 },
    });
    expect(calls).toEqual(['read']);
    expect(await writeBody(context, bodyOf(''), write)).toBe('0;');
  });

  test('when a quota has no room for it, unless its write leaves that to the commit', async () => {
    const { context, calls, write } = openCounter();
    const quota = { lengthBytesMax: 10 };
    const nobody = { own: new Map(), others: {} };
    context.quotas.set({ buckets: { own: new Map([['bucket', quota]]), others: {} }, creators: nobody });
    const full = expect.objectContaining({ reason: expect.objectContaining({ kind: 'quota-exceeded' }) });
    await expect(writeBody(context, toldBody(calls, LONG), write)).rejects.toEqual(full);
    expect(calls).toEqual(['read', 'admit']);
    const replacing = { ...write, admit: () => ({ ...write.admit(undefined), objectCount: undefined }) };
    expect(await writeBody(context, toldBody(calls, LONG), replacing)).toBe('100;');
  });
});

test('a decision that refuses takes the bytes back', async () => {
  const { context, write } = openCounter({
    decide: () => {
      throw refused;
    },
  });
  await expect(writeBody(context, bodyOf(LONG), write)).rejects.toBe(refused);
  expect(await blobCount(context)).toBe(0);
});

describe('a write that was made before', () => {
  const repeatOf = (appliedLength: number, answer = (): string => 'as before'): Partial<Counter['write']> => ({
    admit: () => ({ appliedLength, otherwise: refused, answer }),
  });

  test('reads its body, keeps nothing of it, and commits nothing', async () => {
    const received: unknown[] = [];
    const { context, calls, write } = openCounter(
      repeatOf(LONG.length, (...[body]: unknown[]) => {
        received.push(body);
        return 'as before';
      }),
    );
    expect(await writeBody(context, toldBody(calls, LONG), write)).toBe('as before');
    expect(calls).toEqual(['read', 'open']);
    expect(received).toEqual([{ length: LONG.length, crc64: crc64(LONG) }]);
    expect(await blobCount(context)).toBe(0);
    expect(await context.keyValues.get(ROW)).toBeUndefined();
  });

  test('refuses a body of another length unread when it says its length, and as soon as it is longer otherwise', async () => {
    const { context, calls, write } = openCounter(repeatOf(10));
    await expect(writeBody(context, toldBody(calls, LONG), write)).rejects.toBe(refused);
    expect(calls).toEqual(['read']);
    let chunkCount = 0;
    const chunked: BodySource = {
      length: undefined,
      async *open() {
        for (; chunkCount < 100; chunkCount += 1) yield new Uint8Array(6);
      },
    };
    await expect(writeBody(context, chunked, write)).rejects.toBe(refused);
    expect(chunkCount).toBe(1);
  });

  test('refuses bytes that are not those of their digests', async () => {
    const { context, write } = openCounter({ ...repeatOf(2), expected: { crc64: 1n } });
    await expect(writeBody(context, bodyOf('ab'), write)).rejects.toMatchObject({
      reason: { kind: 'digest-mismatch', digest: 'crc64' },
    });
  });
});
