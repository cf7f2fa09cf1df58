/** Bodies and expectations the conformance cases share. */
import assert from 'node:assert/strict';
import type { EngineFailureKind } from '../contract/engine-failure.js';
import type { StoreFailureKind } from '../object-store/store-failure.js';
import type { BodySource } from '../object-store/types.js';
import type { ObjectStoreDriver, ObservedFailure } from './object-store-driver.js';
import { seededRandom } from './seeded-random.js';

/** How a test body comes in. */
export interface BodyOptions {
  /** Bytes per chunk. Default: all in one. */
  readonly chunkLength?: number;
  /** Whether the length is told in advance. Default: yes. */
  readonly hasLength?: boolean;
}

/** A body of these bytes; text is sent as UTF-8. */
export function bodyOf(bytes: Uint8Array | string, options: BodyOptions = {}): BodySource {
  const all = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
  return {
    length: options.hasLength === false ? undefined : all.length,
    open: () => chunksOf(all, options.chunkLength ?? Math.max(1, all.length)),
  };
}

/** A sender that breaks off: announces all of `bytes` and delivers the first `sentLength`. */
export function brokenBody(bytes: Uint8Array, sentLength: number): BodySource {
  return {
    length: bytes.length,
    async *open() {
      yield* chunksOf(bytes.subarray(0, sentLength), 64 * 1024);
      throw new Error('The sender broke off');
    },
  };
}

/** A body that waits in the middle until it is told to go on: a slow sender. */
export function pausedBody(bytes: Uint8Array): BodySource & { readonly reached: Promise<void>; resume(): void } {
  const reached = signal();
  const resumed = signal();
  const middle = Math.floor(bytes.length / 2);
  return {
    length: bytes.length,
    async *open() {
      yield bytes.subarray(0, middle);
      reached.give();
      await resumed.given;
      yield bytes.subarray(middle);
    },
    reached: reached.given,
    resume: resumed.give,
  };
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

async function* chunksOf(bytes: Uint8Array, chunkLength: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += chunkLength) {
    yield bytes.subarray(start, start + chunkLength);
  }
}

/** Bytes that look random and are the same for the same seed. */
export function patternBytes(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  const { next } = seededRandom(seed);
  for (let index = 0; index < words.length; index++) words[index] = next() * 2 ** 32;
  return new Uint8Array(words.buffer, 0, length);
}

/** Fails unless the promise rejects with a failure of this kind. @returns The failure. */
export async function expectFailure(
  driver: ObjectStoreDriver,
  kind: StoreFailureKind | EngineFailureKind,
  promise: Promise<unknown>,
): Promise<ObservedFailure> {
  const failure = await failureOf(driver, promise);
  assert.ok(failure !== undefined, `expected the failure "${kind}", but the call succeeded`);
  assert.equal(failure.kind, kind);
  return failure;
}

/** @returns The failure, or undefined when the call succeeded. Other errors pass through. */
export async function failureOf(
  driver: ObjectStoreDriver,
  promise: Promise<unknown>,
): Promise<ObservedFailure | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    const failure = driver.failureOf(error);
    if (failure === undefined) {
      throw error;
    }
    return failure;
  }
}

/** Compares without printing megabytes when they differ. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array | string): void {
  const wanted = typeof expected === 'string' ? Buffer.from(expected, 'utf8') : expected;
  assert.equal(actual.length, wanted.length, 'length of the bytes read');
  assert.ok(Buffer.compare(actual, wanted) === 0, 'the bytes read differ from those written');
}
