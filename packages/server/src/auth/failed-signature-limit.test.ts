import { OssError } from '@annals/protocol';
import { beforeEach, expect, test } from 'vitest';
import { FailedSignatureLimit, TooManyWrongSignatures } from './failed-signature-limit.js';

let nowMs = 0;
let limit: FailedSignatureLimit;
let attempts = 0;

beforeEach(() => {
  nowMs = 1_000_000;
  attempts = 0;
  limit = new FailedSignatureLimit(3, () => nowMs);
});

async function attempt(address: string, key: string, error?: OssError): Promise<string> {
  try {
    return await limit.guard(
      address,
      () => key,
      async () => {
        attempts += 1;
        if (error !== undefined) throw error;
        return 'passed';
      },
    );
  } catch (thrown) {
    return thrown instanceof OssError ? `${thrown.status} ${thrown.headers['Retry-After'] ?? ''}`.trim() : 'other';
  }
}

const WRONG = new OssError('SignatureDoesNotMatch');
const UNKNOWN = new OssError('InvalidAccessKeyId');

async function fail(address: string, key: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) expect(await attempt(address, key, WRONG)).toBe('403');
}

test('after so many wrong signatures of a pair of address and key only wrong ones are answered otherwise', async () => {
  await fail('192.0.2.1', 'a', 3);
  for (let count = 0; count < 1000; count += 1) {
    expect(await attempt('192.0.2.1', 'a', WRONG)).toBe('503 20');
    expect(await attempt('192.0.2.1', 'a')).toBe('passed');
  }
  expect(attempts).toBe(2003);
  expect(await attempt('192.0.2.1', 'b', WRONG)).toBe('403');
  expect(await attempt('192.0.2.2', 'a', WRONG)).toBe('403');
});

test('of those beyond the limit one a minute is to be logged, with the number of the others', async () => {
  await fail('192.0.2.1', 'a', 3);
  const counts: (number | undefined)[] = [];
  for (const afterMs of [0, 1, 1, 30_000, 30_000]) {
    nowMs += afterMs;
    for (let tries = 0; tries < 10; tries += 1) {
      const thrown = await limit
        .guard(
          '192.0.2.1',
          () => 'a',
          () => Promise.reject(WRONG),
        )
        .catch((error: unknown) => error);
      if (thrown instanceof TooManyWrongSignatures) counts.push(thrown.omittedCount);
    }
  }
  const [first, ...rest] = counts;
  const omitted = rest.findIndex((count) => count !== undefined);
  expect(first).toBe(0);
  expect(rest[omitted]).toBe(omitted);
  expect(counts.filter((count) => count !== undefined)).toHaveLength(2);
});

test('tokens come back over time, and what is full again is forgotten', async () => {
  await fail('192.0.2.1', 'a', 3);
  nowMs += 20_000;
  expect(await attempt('192.0.2.1', 'a')).toBe('passed');
  await fail('192.0.2.1', 'a', 1);
  expect(await attempt('192.0.2.1', 'a', WRONG)).toBe('503 20');
  nowMs += 60_000;
  expect(await attempt('192.0.2.9', 'z')).toBe('passed');
  expect(limit.size).toBe(0);
});

test('unknown keys count together, under any name', async () => {
  for (const key of ['a', 'b', 'c']) expect(await attempt('192.0.2.1', key, UNKNOWN)).toBe('403');
  expect(await attempt('192.0.2.1', 'd', UNKNOWN)).toBe('503 20');
  expect(await attempt('192.0.2.1', 'known')).toBe('passed');
});

test('other errors do not count', async () => {
  for (let index = 0; index < 10; index += 1) {
    expect(await attempt('192.0.2.1', 'a', new OssError('RequestTimeTooSkewed'))).toBe('403');
  }
  expect(limit.size).toBe(0);
});

test('an IPv6 network of 64 bits is one address', async () => {
  await fail('2001:db8::1', 'a', 1);
  await fail('2001:db8:0:0:1:2:3:4', 'a', 1);
  await fail('2001:db8:0:0::5', 'a', 1);
  expect(await attempt('2001:db8::77', 'a', WRONG)).toBe('503 20');
  expect(await attempt('2001:db8:0:1::1', 'a', WRONG)).toBe('403');
});

test('no more than 10,000 pairs are remembered', async () => {
  for (let index = 0; index < 10_050; index += 1) await attempt(`10.0.${index >> 8}.${index & 255}`, 'a', WRONG);
  expect(limit.size).toBe(10_000);
});

test('0 means no limit', async () => {
  limit = new FailedSignatureLimit(0, () => nowMs);
  await fail('192.0.2.1', 'a', 100);
  expect(limit.size).toBe(0);
});
