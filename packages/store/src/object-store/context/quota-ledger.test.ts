import { describe, expect, test } from 'vitest';
import { bodyOf, pausedBody } from '../../conformance/object-store-bodies.js';
import { BUCKET, openTestStore, plainAttributes, type TestStore } from '../../conformance/object-store-test-store.js';
import { isFailure } from '../store-failure.js';
import type { Quota, StoreQuotas } from './quota-ledger.js';

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (isFailure(error)) return error.reason.kind;
    throw error;
  }
}

const NONE = { own: new Map<string, Quota>(), others: {} };

function ofBucket(quota: Quota): StoreQuotas {
  return { buckets: { own: new Map([[BUCKET, quota]]), others: {} }, creators: NONE };
}

function ofEachCreator(quota: Quota): StoreQuotas {
  return { buckets: NONE, creators: { own: new Map(), others: quota } };
}

async function openLimited(quota: Quota): Promise<TestStore> {
  const fixture = await openTestStore();
  fixture.store.maintenance.setQuotas(ofBucket(quota));
  return fixture;
}

/** A body that fails the test when it is opened. */
const unreadBody = {
  length: 3,
  open(): AsyncIterable<Uint8Array> {
    throw new Error('The body was opened');
  },
};

describe('quotas', () => {
  test('of bytes hold to the byte, for puts, appends and copies, and what shrinks passes', async () => {
    const { put, append, store } = await openLimited({ lengthBytesMax: 10 });
    await put('a', 'xxxxxx');
    expect(await outcome(put('b', 'xxxxx'))).toBe('quota-exceeded');
    await append('log', 0, 'xxxx');
    expect(await outcome(append('log', 4, 'x'))).toBe('quota-exceeded');
    expect(await outcome(append('log', 4, ''))).toBe('done');
    const copy = { bucket: BUCKET, key: 'copy', forbidOverwrite: false, plan: () => plainAttributes };
    expect(await outcome(store.copyObject({ ...copy, source: { bucket: BUCKET, key: 'a' } }))).toBe('quota-exceeded');
    await put('a', 'xxx');
    await put('c', 'xxx');
    expect((await store.bucketStatistics(BUCKET)).lengthBytes).toBe(10);
    await store.deleteObject({ bucket: BUCKET, key: 'a' });
    await append('log', 4, 'xxx');
  });

  test('of objects hold, and replacing one is no growth', async () => {
    const { put, store } = await openLimited({ objectCountMax: 2 });
    await put('a', 'x');
    await put('b', 'x');
    expect(await outcome(put('c', 'x'))).toBe('quota-exceeded');
    await put('a', 'longer');
    await store.deleteObject({ bucket: BUCKET, key: 'a' });
    await put('c', 'x');
  });

  test('are exact while many write at once: as many succeed as fit, and not one more', async () => {
    for (const quota of [{ lengthBytesMax: 300 }, { objectCountMax: 100 }]) {
      const { put, store } = await openLimited(quota);
      const outcomes = await Promise.all(Array.from({ length: 250 }, (_, index) => outcome(put(`k${index}`, 'xxx'))));
      expect(outcomes.filter((result) => result === 'done')).toHaveLength(100);
      expect((await store.bucketStatistics(BUCKET)).objectCount).toBe(100);
    }
  });

  test('below what is there refuse growth alone; set while others write they count what was under way', async () => {
    const { put, store } = await openTestStore();
    await put('old', 'x'.repeat(50));
    const writing = Array.from({ length: 50 }, (_, index) => put(`k${index}`, 'x'));
    store.maintenance.setQuotas(ofBucket({ lengthBytesMax: 20 }));
    await Promise.allSettled(writing);
    expect(await outcome(put('new', 'x'))).toBe('quota-exceeded');
    await put('old', 'x'.repeat(40));
    store.maintenance.setQuotas(ofBucket({}));
    await put('new', 'x');
  });

  test('let a write to a bucket that was deleted while its body came in end with its refusal', async () => {
    for (const quotas of [ofBucket({ lengthBytesMax: 10 }), ofEachCreator({ lengthBytesMax: 10 })]) {
      const { put, store } = await openTestStore();
      store.maintenance.setQuotas(quotas);
      const body = pausedBody(Buffer.from('abc'));
      const writing = outcome(put('a', body));
      await body.reached;
      await store.deleteBucket(BUCKET);
      body.resume();
      expect(await writing).toBe('no-such-bucket');
    }
  });

  test('leave the body of an append that has no room unread', async () => {
    const { put, store } = await openLimited({ lengthBytesMax: 4 });
    await put('a', 'xx');
    const input = {
      bucket: BUCKET,
      key: 'log',
      position: 0,
      ownerId: 'owner',
      callerId: 'caller',
      attributes: plainAttributes,
      expected: {},
    };
    expect(await outcome(store.appendObject(input, unreadBody))).toBe('quota-exceeded');
  });

  test('of all others hold for each bucket without one of its own, also for buckets that are made later', async () => {
    const { store, put } = await openTestStore();
    store.maintenance.setQuotas({
      buckets: { own: new Map([[BUCKET, { objectCountMax: 9 }]]), others: { lengthBytesMax: 4 } },
      creators: NONE,
    });
    await makeBucket(store, 'later', undefined);
    expect(await outcome(putInto(store, 'later', 'a', 'xxxx'))).toBe('done');
    expect(await outcome(putInto(store, 'later', 'b', 'x'))).toBe('quota-exceeded');
    // What is not named has the value of the others.
    expect(await outcome(put('a', 'xxxxx'))).toBe('quota-exceeded');
  });

  test('of a creator hold for all buckets of one together, exactly, while many write at once', async () => {
    const { store } = await openTestStore();
    for (const [bucket, creator] of [
      ['one', 'u1'],
      ['two', 'u1'],
      ['else', 'u2'],
    ] as const)
      await makeBucket(store, bucket, creator);
    await putInto(store, 'one', 'before', 'xxx');
    store.maintenance.setQuotas({
      buckets: NONE,
      creators: { own: new Map([['u1', { lengthBytesMax: 90, objectCountMax: 1000 }]]), others: {} },
    });
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        outcome(putInto(store, index % 2 === 0 ? 'one' : 'two', `k${index}`, 'xxx')),
      ),
    );
    expect(outcomes.filter((result) => result === 'done')).toHaveLength(29);
    expect(await outcome(putInto(store, 'else', 'k', 'x'.repeat(1000)))).toBe('done');
    await makeBucket(store, 'three', 'u1');
    expect(await outcome(putInto(store, 'three', 'k', 'x'))).toBe('quota-exceeded');
    await store.deleteObject({ bucket: 'one', key: 'before' });
    expect(await outcome(putInto(store, 'three', 'k', 'xxx'))).toBe('done');
    // A bucket that somebody else makes under the name counts for them.
    await store.deleteObject({ bucket: 'three', key: 'k' });
    await store.deleteBucket('three');
    await makeBucket(store, 'three', 'u2');
    expect(await outcome(putInto(store, 'three', 'k', 'x'.repeat(100)))).toBe('done');
    expect(await outcome(putInto(store, 'two', 'last', 'xxx'))).toBe('done');
    expect(await outcome(putInto(store, 'two', 'more', 'x'))).toBe('quota-exceeded');
  });
});

async function makeBucket(store: TestStore['store'], name: string, createdBy: string | undefined): Promise<void> {
  await store.createBucket({
    name,
    ownerId: 'owner',
    ...(createdBy !== undefined && { createdBy }),
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
}

function putInto(store: TestStore['store'], bucket: string, key: string, text: string): Promise<unknown> {
  const input = {
    bucket,
    key,
    ownerId: 'owner',
    attributes: plainAttributes,
    forbidOverwrite: false,
    expected: {},
    lengthMax: 1e9,
  };
  return store.putObject(input, bodyOf(text));
}
