/** Puts together what the operations of one open store share. */

import { randomBytes } from 'node:crypto';
import { setTimeout as waitMs } from 'node:timers/promises';
import type { BlobStore } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import type { KeyWrapping } from '../../contract/key-wrapping.js';
import { BulkGate } from './bulk-gate.js';
import { CommitMeter } from './commit-meter.js';
import { ContentKeys } from './content-keys.js';
import { ContentPins } from './content-pins.js';
import { DecodedBuckets } from './decoded-buckets.js';
import { DecodedObjects } from './decoded-objects.js';
import { GarbageMeter } from './garbage-meter.js';
import { KeyedQueue } from './keyed-queue.js';
import { paceReads } from './paced-reads.js';
import { QuotaLedger } from './quota-ledger.js';
import { buildObjectStoreSettings, type ObjectStoreSettingsChange } from './settings.js';
import type { Clock, RandomBytes, StoreContext } from './store-context.js';
import { type Delay, WriteBrake } from './write-brake.js';

/** What an object store is made of. */
export interface StoreParts {
  /** Engines, opened; the store closes them when it is closed. */
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  /**
   * Keys that wrap the data keys of encrypted objects. Default: none; then nothing is encrypted and what is cannot be
   * read.
   */
  readonly keyWrapping?: KeyWrapping;
  readonly settings?: ObjectStoreSettingsChange;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: the system's source of random bytes. */
  readonly randomBytes?: RandomBytes;
  /**
   * Bytes that the disk under the engines still takes. Default: not known, and garbage is held against writers by
   * its number alone.
   */
  readonly freeSpaceBytes?: () => Promise<number>;
  /** How a writer that is held up waits. Default: by the system's timer. */
  readonly delay?: Delay;
}

/**
 * @param onHeldUp Called whenever a writer has to wait for the background work.
 * @throws {RangeError} A setting is out of range.
 */
export function buildContext(parts: StoreParts, onHeldUp: () => void): StoreContext {
  const garbageMeter = new GarbageMeter();
  const commitMeter = new CommitMeter();
  const quotas = new QuotaLedger();
  const keyValues = quotas.watch(garbageMeter.watch(commitMeter.watch(paceReads(parts.keyValues))));
  const settings = buildObjectStoreSettings(parts.settings);
  const clock = parts.clock ?? { nowMs: () => Date.now() };
  const sweepState: StoreContext['sweepState'] = { after: undefined, kept: { noteCount: 0, lengthBytes: 0 } };
  const brake = new WriteBrake({
    garbage() {
      const { noteCount, lengthBytes } = garbageMeter.debt();
      const { kept } = sweepState;
      return {
        noteCount: Math.max(0, noteCount - kept.noteCount),
        lengthBytes: Math.max(0, lengthBytes - kept.lengthBytes),
      };
    },
    freeSpaceBytes: parts.freeSpaceBytes,
    settings: settings.brake,
    delay: parts.delay ?? ((delayMs) => waitMs(delayMs)),
    nowMs: () => clock.nowMs(),
    onHeldUp,
  });
  return {
    keyValues,
    garbageMeter,
    commitMeter,
    quotas,
    brake,
    sweepState,
    blobs: parts.blobs,
    settings,
    clock,
    randomBytes: parts.randomBytes ?? randomBytes,
    decodedBuckets: new DecodedBuckets(),
    decodedObjects: new DecodedObjects(),
    pins: new ContentPins(),
    bulkGate: new BulkGate(),
    completions: new KeyedQueue(),
    contentKeys: new ContentKeys(keyValues, parts.keyWrapping),
    blobsInUse: new Set(),
  };
}
