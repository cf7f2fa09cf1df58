import { expect, test } from 'vitest';
import { patternBytes, pausedBody } from '../../conformance/object-store-bodies.js';
import { openTestStore } from '../../conformance/object-store-test-store.js';

test('sweepOrphanBlobs removes blobs no content knows once they are old enough, and only those', async () => {
  const { put, blobs, blobIds, store, clock, read } = await openTestStore({ settings: { inlineLengthMax: 10 } });
  await put('kept', patternBytes(100));
  const writer = await blobs.create();
  await writer.write([patternBytes(50)]);
  clock.atMs += 3_600_000;
  expect(await store.maintenance.sweepOrphanBlobs()).toEqual({ blobCount: 2, removedCount: 0, removedLength: 0 });
  clock.atMs += 1;
  expect(await store.maintenance.sweepOrphanBlobs()).toEqual({ blobCount: 2, removedCount: 1, removedLength: 50 });
  expect(await blobIds()).toHaveLength(1);
  expect(Buffer.from(await read('kept')).equals(patternBytes(100))).toBe(true);
});

test('sweepOrphanBlobs leaves the blob of an upload alone, however slow it is', async () => {
  const { put, blobIds, store, clock, read } = await openTestStore({ settings: { inlineLengthMax: 10 } });
  const bytes = patternBytes(4_000_000);
  const body = pausedBody(bytes);
  const pending = put('slow', body);
  await body.reached;
  clock.atMs += 10_000_000;
  expect(await blobIds()).toHaveLength(1);
  expect(await store.maintenance.sweepOrphanBlobs()).toMatchObject({ removedCount: 0 });
  body.resume();
  await pending;
  expect(Buffer.from(await read('slow')).equals(bytes)).toBe(true);
});

test('sweepOrphanBlobs stops when asked to', async () => {
  const { put, store } = await openTestStore({ settings: { inlineLengthMax: 10 } });
  await put('a', patternBytes(100));
  await put('b', patternBytes(100));
  let asked = 0;
  expect(await store.maintenance.sweepOrphanBlobs(() => asked++ > 0)).toMatchObject({ blobCount: 1 });
});
