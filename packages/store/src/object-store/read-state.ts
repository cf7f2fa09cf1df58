/** Reads what an operation decides on, with the versions its commit will check. One place, so that versioning has one place to enter. */
import type { KeyValueCheck, KeyValueVersion } from '../contract/key-value-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { BucketRecordCache } from './records/bucket-record-cache.js';
import { bucketKey, objectKey } from './records/key-space.js';
import { decodeObjectRecord, type ObjectRecord } from './records/object-record.js';
import type { StoreContext } from './store-context.js';
import type { BucketRecord, ObjectTarget, VersionTarget } from './types.js';

/** The version id of whatever an unversioned or suspended bucket holds. */
const NULL_VERSION_ID = 'null';

/** A bucket as it was read. */
export interface BucketState {
  readonly record: BucketRecord;
  /** The bucket row is as it was read: it exists, with these settings. */
  readonly check: KeyValueCheck;
}

/** An object (or its absence) and its bucket as they were read. */
export interface ObjectState {
  readonly bucket: BucketState;
  readonly rowKey: Uint8Array;
  /** Undefined: there is no such object. */
  readonly current: ObjectRecord | undefined;
  /** The object row is as it was read, or still absent. */
  readonly check: KeyValueCheck;
}

const bucketRecordCaches = new WeakMap<StoreContext, BucketRecordCache>();

function cacheOf(context: StoreContext): BucketRecordCache {
  let cache = bucketRecordCaches.get(context);
  if (cache === undefined) {
    cache = new BucketRecordCache();
    bucketRecordCaches.set(context, cache);
  }
  return cache;
}

/** @throws {StoreFailure} `no-such-bucket`. */
export async function readBucket(context: StoreContext, name: string): Promise<BucketState> {
  const key = bucketKey(name);
  const entry = await context.keyValues.get(key);
  if (entry === undefined) {
    throw new StoreFailure({ kind: 'no-such-bucket', bucket: name });
  }
  return { record: cacheOf(context).decode(name, entry), check: { key, version: entry.version } };
}

/** @throws {StoreFailure} `no-such-bucket`. */
export async function readObject(context: StoreContext, target: ObjectTarget): Promise<ObjectState> {
  const rowKey = objectKey(target.bucket, target.key);
  const [bucket, entry] = await Promise.all([readBucket(context, target.bucket), context.keyValues.get(rowKey)]);
  const version: KeyValueVersion | undefined = entry?.version;
  return {
    bucket,
    rowKey,
    current: entry === undefined ? undefined : decodeObjectRecord(target.bucket, target.key, entry.value),
    check: { key: rowKey, version },
  };
}

/**
 * Reads an object that must be there.
 * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`.
 */
export async function readExistingObject(
  context: StoreContext,
  target: VersionTarget,
): Promise<ObjectState & { readonly current: ObjectRecord }> {
  const state = await readObject(context, target);
  const { current } = state;
  if (current !== undefined && isAskedFor(current, target.versionId)) {
    return { ...state, current };
  }
  if (target.versionId !== undefined) {
    throw new StoreFailure({ kind: 'no-such-version', key: target.key, versionId: target.versionId });
  }
  throw new StoreFailure({ kind: 'no-such-key', key: target.key });
}

/** A version that was never given an id answers to "null". */
export function isAskedFor(record: ObjectRecord, versionId: string | undefined): boolean {
  return versionId === undefined || versionId === (record.head.versionId ?? NULL_VERSION_ID);
}
