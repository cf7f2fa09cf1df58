/** A lease as two gateways see it, each with a clock of its own. */
import { expect, test } from 'vitest';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { Lease } from './lease.js';

const INTERVAL_MS = 100;
const GONE_AFTER_MS = 600;

/** Two gateways over one store; their clocks differ by hours, and go on together. */
function twoGateways() {
  const keyValues = openMemoryKeyValueStore();
  let nowMs = 0;
  const lease = (id: string, offsetMs: number): Lease =>
    new Lease('sweep', {
      keyValues,
      gatewayId: () => id.repeat(32),
      elapsedMs: () => nowMs + offsetMs,
      intervalMs: INTERVAL_MS,
      goneAfterMs: GONE_AFTER_MS,
    });
  return {
    keyValues,
    first: lease('a', 0),
    second: lease('b', 7_200_000),
    pass(durationMs: number) {
      nowMs += durationMs;
    },
  };
}

test('one gateway holds the lease, and the other gets it when it is given back', async () => {
  const { first, second, pass } = twoGateways();
  expect(await first.hold()).toBe(true);
  expect(await second.hold()).toBe(false);
  for (let count = 0; count < 20; count += 1) {
    pass(INTERVAL_MS);
    expect(await first.hold()).toBe(true);
    expect(await second.hold()).toBe(false);
  }
  await first.giveBack();
  expect(first.isHeld).toBe(false);
  pass(INTERVAL_MS);
  expect(await second.hold()).toBe(true);
});

test('a holder that says nothing stops before another may take the lease, and commits nothing afterwards', async () => {
  const { keyValues, first, second, pass } = twoGateways();
  await first.hold();
  const fenced = first.fence(keyValues);
  const put = { puts: [{ key: Buffer.from('k'), value: Buffer.from('v') }] };
  expect(await fenced.commit(put)).toMatchObject({ committed: true });
  expect(await second.hold()).toBe(false);
  pass(GONE_AFTER_MS - 1);
  expect(first.isHeld).toBe(false);
  expect(await second.hold()).toBe(false);
  pass(INTERVAL_MS);
  expect(await second.hold()).toBe(true);
  await expect(fenced.commit(put)).rejects.toMatchObject({ reason: { kind: 'contended' } });
  expect(await first.hold()).toBe(false);
});

test('a commit that was under way when the lease changed hands is refused by the row of the term', async () => {
  const { keyValues, first, second, pass } = twoGateways();
  await first.hold();
  await second.hold();
  let arrive = (): void => undefined;
  const delayed = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const late = first.fence({ ...bound(keyValues), commit: (commit) => delayed.then(() => keyValues.commit(commit)) });
  const key = Buffer.from('k');
  const committing = late.commit({ puts: [{ key, value: Buffer.from('late') }] });
  pass(GONE_AFTER_MS);
  expect(await second.hold()).toBe(true);
  arrive();
  await expect(committing).rejects.toMatchObject({ reason: { kind: 'contended' } });
  expect(await keyValues.get(key)).toBeUndefined();
});

test('a lease that is seized is lost to its holder at once, whatever that has under way', async () => {
  const { keyValues, first, second, pass } = twoGateways();
  await first.hold();
  const fenced = first.fence(keyValues);
  await second.seize();
  const put = { puts: [{ key: Buffer.from('k'), value: Buffer.from('v') }] };
  await expect(fenced.commit(put)).rejects.toMatchObject({ reason: { kind: 'contended' } });
  expect(await second.fence(keyValues).commit(put)).toMatchObject({ committed: true });
  pass(INTERVAL_MS);
  expect([await first.hold(), await second.hold()]).toEqual([false, true]);
  await second.seize();
  await first.seize();
  expect([first.isHeld, await second.renew()]).toEqual([true, true]);
  pass(INTERVAL_MS);
  expect([await first.renew(), await second.renew()]).toEqual([true, false]);
});

test('a failed check of the work itself is told from a lost lease', async () => {
  const { keyValues, first } = twoGateways();
  await first.hold();
  const key = Buffer.from('k');
  await keyValues.commit({ puts: [{ key, value: key }] });
  const outcome = await first.fence(keyValues).commit({ checks: [{ key, version: undefined }], deletes: [key] });
  expect(outcome).toEqual({ committed: false });
  expect(first.isHeld).toBe(true);
});

function bound(keyValues: ReturnType<typeof openMemoryKeyValueStore>) {
  return {
    get: keyValues.get.bind(keyValues),
    list: keyValues.list.bind(keyValues),
    snapshot: keyValues.snapshot.bind(keyValues),
    watch: keyValues.watch.bind(keyValues),
    statistics: keyValues.statistics.bind(keyValues),
    close: keyValues.close.bind(keyValues),
  };
}
