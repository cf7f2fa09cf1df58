/** PartPool and its users: memory is used again, only when no request may read it any more, and not without bound. */
import { describe, expect, it } from 'vitest';
import { PartMemory } from './part-memory.js';
import { PartPool } from './part-pool.js';
import { StripeBuffer } from './rados/stripe-buffer.js';
import { PartBuffer } from './s3/part-buffer.js';

const MIB = 1024 * 1024;
const LENGTH_BYTES = MIB + 100;

const kinds = {
  S3: (memory: PartMemory, pool: PartPool) => {
    const part = new PartBuffer(memory, pool);
    return { part, bytes: () => part.toBody().chunks };
  },
  RADOS: (memory: PartMemory, pool: PartPool) => {
    const part = new StripeBuffer(memory, pool);
    return { part, bytes: () => [part.bytes()] };
  },
};

describe.each(Object.entries(kinds))('a part for %s', (_, make) => {
  async function fill(pool: PartPool, text: string) {
    const { part, bytes } = make(new PartMemory(8 * MIB, 1000), pool);
    const whole = Buffer.alloc(LENGTH_BYTES, text);
    for (const at of [0, 1000, MIB]) {
      await part.add(whole.subarray(at, at === 0 ? 1000 : Math.max(MIB, at + 100)), new AbortController().signal);
    }
    const chunks = bytes();
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
    return { part, memory: new Set(chunks.map(({ buffer }) => buffer)) };
  }

  it('leaves its memory to the next when its bytes were stored', async () => {
    const pool = new PartPool();
    const first = await fill(pool, 'first');
    first.part.noteStored();
    first.part.release();
    const { memory } = await fill(pool, 'second');
    expect([...memory].every((buffer) => first.memory.has(buffer))).toBe(true);
  });

  it('keeps its memory for itself when they were not: a request may still read it', async () => {
    const pool = new PartPool();
    const first = await fill(pool, 'first');
    first.part.release();
    const { memory } = await fill(pool, 'second');
    expect([...memory].some((buffer) => first.memory.has(buffer))).toBe(false);
  });
});

it('PartPool keeps 34 MiB at most', () => {
  const pool = new PartPool();
  const given = Array.from({ length: 40 }, () => Buffer.alloc(MIB));
  pool.give(given.slice(0, 20));
  pool.give(given.slice(20));
  const taken = new Set(given.map(() => pool.take(MIB)));
  expect(given.filter((buffer) => taken.has(buffer))).toHaveLength(34);
});
