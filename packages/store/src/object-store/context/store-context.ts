/**
 * What every operation of the object store works with: the two engines, the settings, time, randomness, and what this
 * process has in use.
 */
import type { BlobStore } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import type { Gateway } from '../gateways/gateway.js';
import type { BlobsInUse } from './blobs-in-use.js';
import type { BodiesUnderWay } from './bodies-under-way.js';
import type { BulkGate } from './bulk-gate.js';
import type { CommitMeter } from './commit-meter.js';
import type { ContentKeys } from './content-keys.js';
import type { ContentPins } from './content-pins.js';
import type { DecodedBuckets } from './decoded-buckets.js';
import type { DecodedObjects } from './decoded-objects.js';
import type { GarbageMeter } from './garbage-meter.js';
import type { KeyedQueue } from './keyed-queue.js';
import type { QuotaLedger } from './quota-ledger.js';
import type { SegmentLedger } from './segment-ledger.js';
import type { ObjectStoreSettings } from './settings.js';
import type { WriteBrake } from './write-brake.js';

/** Where times come from. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** Where random bytes come from. They name contents and versions, so they must not repeat. */
export type RandomBytes = (byteCount: number) => Uint8Array;

/** Shared by all operations of one open store. */
export interface StoreContext {
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  readonly settings: ObjectStoreSettings;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Bucket records in memory, valid only for the version they were decoded from. */
  readonly decodedBuckets: DecodedBuckets;
  readonly decodedObjects: DecodedObjects;
  /** This process among several that have the store open; `undefined`: it is alone. */
  readonly gateway: Gateway | undefined;
  /** Contents that readers in this process have open. */
  readonly pins: ContentPins;
  /** What long work goes through, slice by slice. */
  readonly bulkGate: BulkGate;
  /**
   * Where a sweep that found nothing to remove stopped looking, so that what cannot be removed now does not keep the
   * next from the rest.
   */
  readonly sweepState: {
    after: Uint8Array | undefined;
    /** What the last whole pass had to leave: readers have it open, or it cannot be removed. */
    kept: { readonly noteCount: number; readonly lengthBytes: number };
  };
  readonly garbageMeter: GarbageMeter;
  readonly commitMeter: CommitMeter;
  readonly brake: WriteBrake;
  /** Limits of buckets; judges every commit of `keyValues`. */
  readonly quotas: QuotaLedger;
  /** Completions of one upload, one after the other: two at once would only take each other's work away. */
  readonly completions: KeyedQueue;
  /** Data keys of encrypted contents. */
  readonly contentKeys: ContentKeys;
  readonly blobsInUse: BlobsInUse;
  readonly bodiesUnderWay: BodiesUnderWay;
  /** Where short blobs have died. */
  readonly segmentLedger: SegmentLedger;
}
