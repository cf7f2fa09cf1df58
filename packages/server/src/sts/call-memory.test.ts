import { openMemoryKeyValueStore } from '@annals/store';
import { describe, expect, test } from 'vitest';
import { checkAccountRow } from '../accounts/check-account-row.js';
import { StoredNonces } from '../accounts/stored-nonces.js';
import { CallMemory } from './call-memory.js';
import { LocalNonces } from './nonce-memory.js';

const HOUR_MS = 3_600_000;

function failLoudly(error: unknown): never {
  throw error;
}

describe('CallMemory', () => {
  test('forgets a nonce only when its request would be refused for its time', async () => {
    const nonces = new LocalNonces();
    const calls = new CallMemory(1000, { nonces });
    await calls.note('AK', 'n', 0);
    await expect(calls.note('AK', 'n', 999)).rejects.toThrow('nonce was used already');
    await calls.note('OTHER', 'n', 999);
    await calls.note('AK', 'n', 1000);
    expect(nonces.size).toBe(2);
    await calls.note('AK', 'm', 5000);
    expect(nonces.size).toBe(1);
  });

  test('a call that was made before does not count', async () => {
    const calls = new CallMemory(1000, { callsPerMinuteMax: 2 });
    await calls.note('AK', 'n', 0);
    await expect(calls.note('AK', 'n', 1)).rejects.toThrow('nonce was used already');
    await calls.note('AK', 'm', 2);
    await expect(calls.note('AK', 'o', 3)).rejects.toMatchObject({ code: 'Throttling.User' });
  });
});

describe('StoredNonces', () => {
  test('a nonce used at one gateway is refused by the others, also when they are asked at once', async () => {
    const keyValues = openMemoryKeyValueStore();
    const gateways = [1, 2, 3].map(() => new CallMemory(HOUR_MS, { nonces: new StoredNonces(keyValues, failLoudly) }));
    const outcomes = await Promise.allSettled(gateways.map((calls) => calls.note('AK', 'n', 0)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const calls of gateways) await expect(calls.note('AK', 'n', 1)).rejects.toThrow('nonce was used already');
    await gateways[0]?.note('OTHER', 'n', 1);
  });

  test('rows are of a known kind, and go when they have expired on every clock', async () => {
    const keyValues = openMemoryKeyValueStore();
    const nonces = new StoredNonces(keyValues, failLoudly);
    const rows = () => keyValues.list({ start: Buffer.from('A'), end: Buffer.from('B'), limit: 1000 });
    for (let count = 0; count < 300; count += 1) await nonces.use(`AK ${count}`, 0, HOUR_MS);
    await nonces.settled();
    expect(await rows()).toHaveLength(600);
    for (const row of await rows()) checkAccountRow(row);
    // Another gateway, whose clock is ahead by half an hour.
    const other = new StoredNonces(keyValues, failLoudly);
    await other.use('AK late', 1.5 * HOUR_MS - 1, 3 * HOUR_MS);
    await other.settled();
    expect(await rows()).toHaveLength(602);
    for (let count = 0; count < 130; count += 1) await other.use(`AK later ${count}`, 2 * HOUR_MS, 3 * HOUR_MS);
    await other.settled();
    expect(await rows()).toHaveLength(2 + 260);
  });
});
