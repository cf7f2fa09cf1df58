// The worker is a compiled file, so this test takes the package as its users do: built.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { crc64 } from '@annals/checksum';
import { type BodyHasher, createBodyHasher, HashingPool, md5 } from '@annals/checksum/node';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const pools: HashingPool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

let isDivided = false;

function makePool(options: ConstructorParameters<typeof HashingPool>[0]): HashingPool {
  const pool = new HashingPool({ isDivided, ...options });
  pools.push(pool);
  return pool;
}

function makeBytes(length: number, seed: number): Uint8Array {
  // Not a Buffer: its `slice` would share the bytes that the tests wipe.
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(String(seed)).digest());
}

/** Feeds `bytes` in pieces, wiping each piece as soon as the hasher says that it may be. */
async function feed(hasher: BodyHasher, bytes: Uint8Array, pieceLengths: readonly number[]): Promise<void> {
  let offset = 0;
  for (let piece = 0; offset < bytes.length; piece++) {
    const length = pieceLengths[piece % pieceLengths.length] ?? 1;
    const chunk = bytes.slice(offset, offset + length);
    await hasher.update(chunk);
    chunk.fill(0);
    offset += length;
  }
}

describe.each([false, true])('BodyHasher, with a thread for each checksum: %s', (isNowDivided) => {
  beforeEach(() => {
    isDivided = isNowDivided;
  });

  it('gives what the one-shot functions give, however the body is cut and wherever it is hashed', async () => {
    const pool = makePool({ workerCount: 1, ringsPerWorker: 3, ringLengthBytes: 256, thresholdBytes: 100 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        fc.option(fc.nat({ max: 3000 }), { nil: undefined }),
        async (bytes, pieceLengths, wantsMd5, expectedLength) => {
          const hasher = pool.createBodyHasher({
            md5: wantsMd5,
            ...(expectedLength !== undefined && { expectedLength }),
          });
          await feed(hasher, bytes, pieceLengths);
          expect(await hasher.digest()).toEqual({
            crc64: crc64(bytes),
            length: bytes.length,
            ...(wantsMd5 && { md5: md5(bytes) }),
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps many concurrent bodies apart, more of them than there are rings', async () => {
    const pool = makePool({ workerCount: 2, ringsPerWorker: 4, ringLengthBytes: 4096, thresholdBytes: 1000 });
    const bodies = Array.from({ length: 60 }, (_, index) => makeBytes(index * 1009, index));
    const digests = await Promise.all(
      bodies.map(async (bytes, index) => {
        const hasher = pool.createBodyHasher({ md5: index % 2 === 0 });
        await feed(hasher, bytes, [700, 3, 5000]);
        return await hasher.digest();
      }),
    );
    expect(digests.map((digest) => digest.crc64)).toEqual(bodies.map((bytes) => crc64(bytes)));
    expect(digests[58]?.md5).toEqual(md5(bodies[58] as Uint8Array));
  });

  it('hashes megabytes through a ring of 64 KiB', async () => {
    const pool = makePool({ ringLengthBytes: 65_536, thresholdBytes: 0 });
    const bytes = makeBytes(5_000_000, 7);
    const hasher = pool.createBodyHasher({ md5: true });
    await feed(hasher, bytes, [100_000, 1]);
    expect(await hasher.digest()).toEqual({ crc64: crc64(bytes), md5: md5(bytes), length: 5_000_000 });
  });

  it('takes short bodies at once and asks to wait when a long one is ahead of the worker', async () => {
    const pool = makePool({ workerCount: 1, ringLengthBytes: 1024, thresholdBytes: 1024 });
    expect(pool.createBodyHasher().update(new Uint8Array(1024))).toBeUndefined();
    const long = pool.createBodyHasher({ expectedLength: 1_000_000 });
    const pending = long.update(new Uint8Array(100_000));
    expect(pending).toBeInstanceOf(Promise);
    expect(() => long.update(new Uint8Array(1))).toThrow(
      'Cannot update the body hasher: the last update has not resolved',
    );
    await expect(long.digest()).rejects.toThrow('Cannot take the digest: the last update has not resolved');
    await pending;
    expect((await long.digest()).length).toBe(100_000);
  });

  it('gives a ring back on dispose, with or without an update or digest waiting', async () => {
    const pool = makePool({ workerCount: 1, ringsPerWorker: 1, ringLengthBytes: 1024, thresholdBytes: 0 });
    for (let round = 0; round < 50; round++) {
      const waiting = pool.createBodyHasher({ md5: true });
      const update = waiting.update(new Uint8Array(5000));
      waiting.dispose();
      // The ring may still be with the worker from the round before; then these bytes were hashed here.
      if (update !== undefined || round === 0) {
        await expect(update).rejects.toThrow('The body hasher was disposed');
      }
      expect(() => waiting.update(new Uint8Array(1))).toThrow('Cannot update the body hasher: it was disposed');

      const digesting = pool.createBodyHasher({ md5: true });
      const written = digesting.update(new Uint8Array(10));
      await written;
      const digest = digesting.digest();
      digesting.dispose();
      // The ring may still be with the worker from the body before; then this one was hashed here, and is done.
      await digest.catch((error: Error) => expect(error.message).toBe('The body hasher was disposed'));

      pool.createBodyHasher({ md5: true }).dispose();
    }
    const bytes = makeBytes(20_000, 3);
    const hasher = pool.createBodyHasher({ md5: true });
    await feed(hasher, bytes, [3000]);
    expect((await hasher.digest()).md5).toEqual(md5(bytes));
  });

  it('allows dispose after the digest, without disturbing the next body in the ring', async () => {
    const pool = makePool({ workerCount: 1, ringsPerWorker: 1, ringLengthBytes: 1024, thresholdBytes: 0 });
    const first = pool.createBodyHasher({ expectedLength: 100 });
    await first.update(new Uint8Array([1]));
    const digest = await first.digest();
    const second = pool.createBodyHasher({ expectedLength: 100 });
    await second.update(new Uint8Array([2]));
    first.dispose();
    expect((await second.digest()).crc64).toBe(crc64(new Uint8Array([2])));
    expect(await first.digest()).toBe(digest);
  });

  it('rejects waiting updates and digests when its worker ends, and the pool goes on', async () => {
    const pool = makePool({ workerCount: 1, ringLengthBytes: 1024, thresholdBytes: 0 });
    const updating = pool.createBodyHasher({ md5: true });
    const update = Promise.resolve(updating.update(new Uint8Array(50_000_000)));
    const digesting = pool.createBodyHasher({ md5: true });
    await digesting.update(new Uint8Array(10));
    const digest = digesting.digest();
    const outcomes = Promise.allSettled([update, digest]);
    await pool.close();
    const [updateOutcome, digestOutcome] = await outcomes;
    expect(updateOutcome).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/hashing worker ended/) },
    });
    // A digest of ten bytes may have been ready before the end.
    if (digestOutcome.status === 'rejected') {
      expect(digestOutcome.reason).toMatchObject({ message: expect.stringMatching(/hashing worker ended/) });
    } else {
      expect(digestOutcome.value.length).toBe(10);
    }
    const next = pool.createBodyHasher({ md5: true });
    expect(next.update(new Uint8Array([5]))).toBeUndefined();
    expect((await next.digest()).crc64).toBe(crc64(new Uint8Array([5])));
  });

  it('hashes on the calling thread when there are no workers', async () => {
    const hasher = makePool({ workerCount: 0 }).createBodyHasher({ md5: true });
    const bytes = makeBytes(3_000_000, 1);
    expect(hasher.update(bytes)).toBeUndefined();
    expect(await hasher.digest()).toEqual({ crc64: crc64(bytes), md5: md5(bytes), length: 3_000_000 });
  });

  it('works on the default pool', async () => {
    const bytes = makeBytes(4_000_000, 9);
    const hasher = createBodyHasher({ md5: true, expectedLength: bytes.length });
    await feed(hasher, bytes, [65_536]);
    expect(await hasher.digest()).toEqual({ crc64: crc64(bytes), md5: md5(bytes), length: 4_000_000 });
  });
});

describe('HashingPool', () => {
  it('keeps the process alive while a digest is awaited, and no longer', async () => {
    const script = `
      import { createBodyHasher } from '@annals/checksum/node';
      createBodyHasher({ md5: true }).update(new Uint8Array(10));
      const hasher = createBodyHasher({ md5: true });
      await hasher.update(new Uint8Array(5_000_000));
      console.log((await hasher.digest()).length);
    `;
    const outcome = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      timeout: 30_000,
    });
    expect(outcome.stdout).toBe('5000000\n');
  });

  it.each([
    { ringLengthBytes: 1000 },
    { ringLengthBytes: 2 ** 31 },
    { ringsPerWorker: 0 },
    { workerCount: -1 },
    { thresholdBytes: 0.5 },
  ])('refuses the limits %j', (options) => {
    expect(() => new HashingPool(options)).toThrow(RangeError);
  });
});
