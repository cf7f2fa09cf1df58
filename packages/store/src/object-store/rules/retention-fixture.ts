/**
 * What the tests of retention run on: a store, over the engines they give it, whose clock stands still until it is put
 * on.
 */
import { bodyOf } from '../../conformance/object-store-bodies.js';
import { type ObjectStore, type ObjectStoreOptions, openObjectStore } from '../object-store.js';
import type { StoreFailure } from '../store-failure.js';
import type { BucketChange, ObjectAttributes, ObjectHead } from '../types.js';

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
/** Attributes of an object about which nothing was said. */
export const plain: ObjectAttributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} };

/** A store with the bucket `bucket`. */
export class RetentionFixture {
  nowMs: number;
  readonly store: ObjectStore;

  private constructor(store: ObjectStore, nowMs: number) {
    this.store = store;
    this.nowMs = nowMs;
  }

  static async open(
    engines: Pick<ObjectStoreOptions, 'keyValues' | 'blobs'>,
    startMs: number,
    change: BucketChange = {},
  ): Promise<RetentionFixture> {
    let fixture: RetentionFixture | undefined;
    const store = await openObjectStore({ ...engines, clock: { nowMs: () => fixture?.nowMs ?? startMs } });
    fixture = new RetentionFixture(store, startMs);
    await fixture.makeBucket('bucket', change);
    return fixture;
  }

  async makeBucket(name: string, change: BucketChange = {}): Promise<void> {
    await this.store.createBucket({
      name,
      ownerId: '1',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    await this.store.updateBucket(name, change);
  }

  put(key: string, more: Partial<ObjectAttributes> = {}): Promise<ObjectHead> {
    const attributes = { ...plain, ...more };
    const input = { bucket: 'bucket', key, ownerId: '1', attributes, forbidOverwrite: false, expected: {} };
    return this.store.putObject({ ...input, lengthMax: 100 }, bodyOf('put'));
  }

  append(key: string, position: number, text = 'add', bucket = 'bucket'): Promise<unknown> {
    const input = { bucket, key, ownerId: '1', callerId: '1', attributes: plain, expected: {}, position };
    return this.store.appendObject(input, bodyOf(text));
  }
}

/** @returns Kind of the failure, or `done`. */
export async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: StoreFailure) => error.reason.kind,
  );
}
