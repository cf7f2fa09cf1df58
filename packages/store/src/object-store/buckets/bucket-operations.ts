/**
 * What a server may do to buckets for a client, and what it keeps for all of them. Each method is one file of the same
 * name.
 */

import type { StoreContext } from '../context/store-context.js';
import type { Check } from '../records/checks.js';
import type {
  BucketChange,
  BucketRecord,
  BucketStatistics,
  CreateBucketInput,
  ListBucketsInput,
  ListBucketsResult,
} from '../types.js';
import { bucketStatistics } from './bucket-statistics.js';
import { createBucket } from './create-bucket.js';
import { deleteBucket } from './delete-bucket.js';
import { getBucket } from './get-bucket.js';
import { listBuckets } from './list-buckets.js';
import { serviceConfiguration, setServiceConfiguration } from './service-configuration.js';
import { updateBucket } from './update-bucket.js';

/**
 * What a server may do to buckets for a client, and what it keeps for all of them. Every method throws `StoreFailure`:
 * those named with it, and `contended`; and `EngineFailure`.
 */
export interface BucketOperations {
  /**
   * Creates a bucket; one commit.
   * @throws {StoreFailure} `bucket-already-exists` with the record that is there.
   */
  createBucket(input: CreateBucketInput): Promise<BucketRecord>;
  /** @throws {StoreFailure} `no-such-bucket`. */
  getBucket(name: string): Promise<BucketRecord>;
  /**
   * Changes what `change` names and leaves the rest; one commit. Concurrent changes of different parts all take effect.
   * @param change Or what decides it from the record as it is; called again when somebody else changed the record
   * meanwhile.
   * @throws {StoreFailure} `no-such-bucket`; and what `change` throws.
   */
  updateBucket(name: string, change: BucketChange | ((record: BucketRecord) => BucketChange)): Promise<BucketRecord>;
  /** One page of all buckets, of all owners. */
  listBuckets(input: ListBucketsInput): Promise<ListBucketsResult>;
  /**
   * Deletes an empty bucket; one commit. No object can be born in it while or after it goes.
   * @throws {StoreFailure} `no-such-bucket`, `bucket-not-empty`.
   */
  deleteBucket(name: string): Promise<void>;
  /**
   * Number and total length of all versions, and of delete markers, kept up with every commit; a dozen reads whatever
   * the bucket holds.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  bucketStatistics(name: string): Promise<BucketStatistics>;
  /**
   * @returns What {@link setServiceConfiguration} kept under this name, or `undefined`.
   * @throws {EngineFailure} `corrupt` when it does not pass the check.
   */
  serviceConfiguration<Value>(name: string, check: Check<Value>): Promise<Value | undefined>;
  /**
   * Keeps plain data under a name, for all buckets; `undefined` removes it. One commit; the last of concurrent ones
   * stays.
   */
  setServiceConfiguration(name: string, value: unknown): Promise<void>;
}

/** @returns The operations over one open store. */
export function bucketOperations(context: StoreContext): BucketOperations {
  return {
    createBucket: (input) => createBucket(context, input),
    getBucket: (name) => getBucket(context, name),
    updateBucket: (name, change) => updateBucket(context, name, change),
    listBuckets: (input) => listBuckets(context, input),
    deleteBucket: (name) => deleteBucket(context, name),
    bucketStatistics: (name) => bucketStatistics(context, name),
    serviceConfiguration: (name, check) => serviceConfiguration(context, name, check),
    setServiceConfiguration: (name, value) => setServiceConfiguration(context, name, value),
  };
}
