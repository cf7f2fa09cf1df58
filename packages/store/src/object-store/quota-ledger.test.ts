import { describe, expect, test } from 'vitest';
import { BUCKET, openTestStore, plainAttributes, type TestStore } from '../conformance/object-store-test-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import type { BucketQuota } from './quota-ledger.js';

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof StoreFailure) return error.reason.kind;
    throw error;
  }
}

async function openLimited(quota: BucketQuota): Promise<TestStore> {
  const bench = await openTestStore();
  bench.store.setQuotas(new Map([[BUCKET, quota]]));
  return bench;
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
    store.setQuotas(new Map([[BUCKET, { lengthBytesMax: 20 }]]));
    await Promise.allSettled(writing);
    expect(await outcome(put('new', 'x'))).toBe('quota-exceeded');
    await put('old', 'x'.repeat(40));
    store.setQuotas(new Map());
    await put('new', 'x');
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
});
