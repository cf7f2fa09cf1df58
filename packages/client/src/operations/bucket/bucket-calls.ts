/** The calls on buckets of one connection. Each is described where it is written. */
import type { BucketInfo, BucketStat } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { type BucketAclResult, getBucketAcl, type PutBucketAclInput, putBucketAcl } from './bucket-acl.js';
import type { BucketTarget } from './bucket-target.js';
import { type DeleteBucketInput, deleteBucket } from './delete-bucket.js';
import { getBucketInfo } from './get-bucket-info.js';
import { getBucketLocation } from './get-bucket-location.js';
import { getBucketStat } from './get-bucket-stat.js';
import { type ListBucketsInput, type ListBucketsPage, listBuckets } from './list-buckets.js';
import { type PutBucketInput, putBucket } from './put-bucket.js';

/** Calls on buckets. */
export interface BucketCalls {
  /** @see putBucket */
  putBucket(input: PutBucketInput): Promise<void>;
  /** @see deleteBucket */
  deleteBucket(input: DeleteBucketInput): Promise<void>;
  /** @see listBuckets */
  listBuckets(input?: ListBucketsInput): AsyncIterable<ListBucketsPage>;
  /** @see getBucketInfo */
  getBucketInfo(input: BucketTarget): Promise<BucketInfo>;
  /** @see getBucketLocation */
  getBucketLocation(input: BucketTarget): Promise<string>;
  /** @see getBucketStat */
  getBucketStat(input: BucketTarget): Promise<BucketStat>;
  /** @see getBucketAcl */
  getBucketAcl(input: BucketTarget): Promise<BucketAclResult>;
  /** @see putBucketAcl */
  putBucketAcl(input: PutBucketAclInput): Promise<void>;
}

/** Binds the calls to a connection. */
export function bucketCalls(connection: Connection): BucketCalls {
  return {
    putBucket: (input) => putBucket(connection, input),
    deleteBucket: (input) => deleteBucket(connection, input),
    listBuckets: (input) => listBuckets(connection, input),
    getBucketInfo: (input) => getBucketInfo(connection, input),
    getBucketLocation: (input) => getBucketLocation(connection, input),
    getBucketStat: (input) => getBucketStat(connection, input),
    getBucketAcl: (input) => getBucketAcl(connection, input),
    putBucketAcl: (input) => putBucketAcl(connection, input),
  };
}
