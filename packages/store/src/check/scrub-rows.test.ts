/**
 * A check in many steps finds what a check in one step finds, whatever the places where it is cut, and what takes too
 * long for one moment is left out in words.
 */
import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { type OpenedStore, openObjectStore } from '../object-store/object-store.js';
import { rowScrubProgress } from './scrub-rows.js';

async function openStore(): Promise<{ readonly keyValues: KeyValueStore; readonly store: OpenedStore }> {
  const keyValues = openMemoryKeyValueStore();
  const store = await openObjectStore({
    keyValues,
    blobs: openMemoryBlobStore(),
    settings: { rowBodyLengthMax: 0 },
  });
  for (const name of ['one', 'two']) {
    await store.createBucket({
      name,
      ownerId: 'o',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    for (let index = 0; index < 20; index += 1) await put(store, name, `key-${index}`);
  }
  return { keyValues, store };
}

async function put(store: OpenedStore, bucket: string, key: string): Promise<void> {
  const attributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} } as const;
  const input = { bucket, key, ownerId: 'o', attributes, expected: {}, forbidOverwrite: false, lengthMax: 1e9 };
  await store.putObject(input, { length: 3, open: () => streamOf(Buffer.from('abc')) });
}

async function* streamOf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function scrub(store: OpenedStore, isSpent: () => boolean, between: () => Promise<void> = async () => undefined) {
  const messages: string[] = [];
  let after: string | undefined;
  let stepCount = 0;
  let rowCount = 0;
  let progress = 0;
  do {
    const step = await store.maintenance.scrubRows({
      ...(after !== undefined && { after }),
      damaged: [],
      isSpent,
      onFinding: ({ severity, message }) => {
        if (severity !== 'note') messages.push(message);
      },
    });
    expect(step.areSumsLeftOut).toBe(false);
    after = step.next;
    stepCount += 1;
    rowCount += step.rowCount;
    if (after !== undefined) expect(rowScrubProgress(after)).toBeGreaterThanOrEqual(progress);
    progress = rowScrubProgress(after);
    await between();
  } while (after !== undefined);
  return { messages: messages.sort(), stepCount, rowCount };
}

const range = (letter: string) => ({
  start: Buffer.from(letter),
  end: Buffer.of(letter.charCodeAt(0) + 1),
  limit: 1000,
});

test('steps of every length find the same, each thing once', async () => {
  const { keyValues, store } = await openStore();
  expect((await scrub(store, () => true)).messages).toEqual([]);
  const rows = async (letter: string) => keyValues.list(range(letter));
  // A reference that is lost, an extent that is, a counter that is wrong, a version whose bytes are others, a row that
  // says nothing.
  const references = await rows('R');
  const extents = await rows('E');
  const objects = await rows('O');
  const counters = await rows('C');
  const [counter] = counters.filter(({ key }) => Buffer.from(key).toString().endsWith('objects'));
  await keyValues.commit({
    deletes: [references[3]?.key as Uint8Array, extents[17]?.key as Uint8Array],
    puts: [
      { key: counter?.key as Uint8Array, value: Buffer.alloc(8) },
      { key: objects[9]?.key as Uint8Array, value: Buffer.from('nothing') },
    ],
  });
  const whole = await scrub(store, () => false);
  expect(whole.stepCount).toBe(1);
  expect(whole.messages.length).toBeGreaterThanOrEqual(5);
  const cut = await scrub(store, () => true);
  expect(cut.stepCount).toBeGreaterThan(70);
  expect(cut.messages).toEqual(whole.messages);
  for (const everyCount of [2, 7, 30]) {
    let count = 0;
    const some = await scrub(store, () => {
      count += 1;
      return count % everyCount === 0;
    });
    expect(some.stepCount).toBeLessThan(cut.stepCount);
    expect(some.messages).toEqual(whole.messages);
  }
  await store.maintenance.close();
});

test('what changes between steps is no contradiction', async () => {
  const { store } = await openStore();
  let count = 0;
  const { messages, stepCount } = await scrub(
    store,
    () => true,
    async () => {
      count += 1;
      const bucket = count % 2 === 0 ? 'one' : 'two';
      if (count % 3 === 0) await store.deleteObject({ bucket, key: `key-${count % 20}` });
      else await put(store, bucket, `key-${count % 25}`);
      if (count === 40)
        await store.createBucket({
          name: 'three',
          ownerId: 'o',
          acl: 'private',
          storageClass: 'Standard',
          dataRedundancyType: 'LRS',
        });
    },
  );
  expect(messages).toEqual([]);
  expect(stepCount).toBeGreaterThan(70);
  await store.maintenance.close();
});

test('sums that take too long for one moment are left out, and the rest is not', async () => {
  const { keyValues, store } = await openStore();
  const [counter] = await keyValues.list(range('C'));
  const [reference] = await keyValues.list(range('R'));
  await keyValues.commit({
    puts: [{ key: counter?.key as Uint8Array, value: Buffer.alloc(8) }],
    deletes: [reference?.key as Uint8Array],
  });
  const kinds: string[] = [];
  const step = await store.maintenance.scrubRows({
    damaged: [],
    isOverlong: () => true,
    onFinding: ({ kind }) => kinds.push(kind),
  });
  expect(step).toMatchObject({ areSumsLeftOut: true, next: undefined });
  expect(kinds).toContain('reference-missing');
  expect(kinds).not.toContain('counter-wrong');
  await store.maintenance.close();
});

test('a scrub with a place that this program does not know begins again', async () => {
  const { store } = await openStore();
  const all = await store.maintenance.scrubRows({ damaged: [], onFinding: () => undefined });
  for (const after of ['', 'elsewhere: 12', '\0']) {
    const step = await store.maintenance.scrubRows({ after, damaged: [], onFinding: () => undefined });
    expect(step.rowCount).toBe(all.rowCount);
  }
  await store.maintenance.close();
});
