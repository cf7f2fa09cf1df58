import { expect, test } from 'vitest';
import { patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, collect, openTestStore } from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import type { FollowStep, ObjectFollower } from './follow-types.js';

const LONG_MS = 600_000;
const target = { bucket: BUCKET, key: 'log' };

const next = (follower: ObjectFollower, waitMs = LONG_MS): Promise<FollowStep> =>
  follower.next({ waitMs, lengthMax: 1024 * 1024 });

/** Bytes of the next step, as text. */
async function textOf(step: FollowStep | Promise<FollowStep>): Promise<string> {
  const given = await step;
  if (given.kind !== 'bytes') expect.fail(`no bytes: ${JSON.stringify(given)}`);
  return Buffer.from(await collect(given.bytes)).toString('utf8');
}

const failsWith = (reason: object) => expect.objectContaining({ reason: expect.objectContaining(reason) });

test('followObject gives what is there, then what is appended, then the end of a sealed object', async () => {
  const { store, append } = await openTestStore();
  await append('log', 0, 'abc');
  const follower = await store.followObject({ ...target, position: 1 });
  expect(await textOf(next(follower))).toBe('bc');
  const waiting = next(follower);
  await append('log', 3, 'def');
  expect(await textOf(waiting)).toBe('def');
  expect(follower).toMatchObject({ position: 6, head: { length: 6 } });
  const ending = next(follower);
  await store.sealObject({ ...target, position: 6 });
  expect(await ending).toEqual({ kind: 'end', because: 'sealed' });
  follower.release();
});

test('followObject from the end gives only what comes, and refuses a position behind it', async () => {
  const { store, append } = await openTestStore();
  await append('log', 0, 'abc');
  const follower = await store.followObject({ ...target, position: 'end' });
  expect(await next(follower, 0)).toEqual({ kind: 'nothing' });
  await append('log', 3, 'def');
  expect(await textOf(next(follower))).toBe('def');
  await expect(store.followObject({ ...target, position: 7 })).rejects.toEqual(
    failsWith({ kind: 'beyond-length', length: 6 }),
  );
  await expect(store.followObject({ ...target, key: 'none', position: 0 })).rejects.toEqual(
    failsWith({ kind: 'no-such-key' }),
  );
});

test('followObject tells deletion from replacement, and does not slip into another object', async () => {
  const { store, append, put } = await openTestStore({ settings: { appendable: { overwrite: 'allow' } } });
  await append('log', 0, 'abc');
  const deleted = await store.followObject({ ...target, position: 'end' });
  const ending = next(deleted);
  await store.deleteObject(target);
  expect(await ending).toEqual({ kind: 'end', because: 'deleted' });
  await append('log', 0, 'abc');
  const replaced = await store.followObject({ ...target, position: 'end' });
  await store.deleteObject(target);
  await append('log', 0, 'abcdef');
  expect(await next(replaced)).toEqual({ kind: 'end', because: 'replaced' });
  const overwritten = await store.followObject({ ...target, position: 'end' });
  await put('log', 'something else');
  expect(await next(overwritten)).toEqual({ kind: 'end', because: 'replaced' });
  for (const follower of [deleted, replaced, overwritten]) follower.release();
});

test('followObject gives an object that does not grow whole, and an earlier version too', async () => {
  const { store, put } = await openTestStore();
  await put('log', 'first');
  const follower = await store.followObject({ ...target, position: 0 });
  expect(await textOf(next(follower))).toBe('first');
  expect(await next(follower)).toEqual({ kind: 'end', because: 'whole' });
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  const { versionId } = await put('log', 'second');
  await put('log', 'third');
  if (versionId === undefined) expect.fail('a version has an id');
  const earlier = await store.followObject({ ...target, versionId, position: 0 });
  expect(await textOf(next(earlier))).toBe('second');
  expect(await next(earlier)).toEqual({ kind: 'end', because: 'replaced' });
});

test('followObject waits no longer than told, and stops when told', async () => {
  const { store, append } = await openTestStore();
  await append('log', 0, 'abc');
  const follower = await store.followObject({ ...target, position: 'end' });
  expect(await next(follower, 5)).toEqual({ kind: 'nothing' });
  const waiting = next(follower);
  follower.stop();
  expect(await waiting).toEqual({ kind: 'stopped' });
  expect(await next(follower)).toEqual({ kind: 'stopped' });
});

test('followObject keeps the bytes it has begun to give, whatever becomes of the object', async () => {
  const { store, append, blobIds } = await openTestStore({ settings: { inlineLengthMax: 10 } });
  const bytes = patternBytes(3_000_000);
  await append('log', 0, bytes);
  const follower = await store.followObject({ ...target, position: 0 });
  const step = await follower.next({ waitMs: 0, lengthMax: bytes.length });
  await store.deleteObject(target);
  await store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  if (step.kind !== 'bytes') expect.fail('no bytes');
  expect(Buffer.from(await collect(step.bytes)).equals(bytes)).toBe(true);
  follower.release();
  await store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  expect(await blobIds()).toEqual([]);
});

test('followObject looks once after a change for a thousand followers of one object, and reads its bytes once', async () => {
  const reads = { rows: 0, lists: 0 };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    get(_key, pass) {
      reads.rows += 1;
      return pass();
    },
    list(_range, pass) {
      reads.lists += 1;
      return pass();
    },
  });
  const { store, append } = await openTestStore({ keyValues });
  await append('log', 0, 'abc');
  const followers = await Promise.all(
    Array.from({ length: 1000 }, () => store.followObject({ ...target, position: 'end' })),
  );
  // All of them have looked, and wait.
  await Promise.all(followers.map((follower) => next(follower, 0)));
  const waiting = followers.map((follower) => next(follower));
  Object.assign(reads, { rows: 0, lists: 0 });
  await append('log', 3, 'def');
  const texts = await Promise.all(waiting.map((step) => textOf(step)));
  expect(new Set(texts)).toEqual(new Set(['def']));
  // The append reads two rows, the look after it two more; one list finds the extent.
  expect(reads).toEqual({ rows: 4, lists: 1 });
  for (const follower of followers) follower.release();
});

test('followObject follows a thousand objects at once, each follower woken by its own', async () => {
  const { store, append } = await openTestStore();
  const keys = Array.from({ length: 1000 }, (_, index) => `log-${index}`);
  for (const key of keys) await append(key, 0, '');
  const followers = await Promise.all(keys.map((key) => store.followObject({ bucket: BUCKET, key, position: 0 })));
  const waiting = followers.map((follower) => next(follower));
  for (const key of keys) await append(key, 0, key);
  expect(await Promise.all(waiting.map((step) => textOf(step)))).toEqual(keys);
});
