/** Puts together what the operations of one open store share. */

import { randomBytes } from 'node:crypto';
import { setTimeout as waitMs } from 'node:timers/promises';
import type { BlobStore } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import type { KeyWrapping } from '../../contract/key-wrapping.js';
import { Gateway } from '../gateways/gateway.js';
import type { GatewaySettings } from '../gateways/gateway-settings.js';
import { guardBlobs } from '../gateways/guard-blobs.js';
import { withoutSegments } from '../gateways/without-segments.js';
import { BlobsInUse } from './blobs-in-use.js';
import { BodiesUnderWay } from './bodies-under-way.js';
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
import { SegmentLedger } from './segment-ledger.js';
import { buildObjectStoreSettings, defaultObjectStoreSettings, type ObjectStoreSettingsChange } from './settings.js';
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
  /** Given where several processes have the engines open at once. Default: this one is alone. */
  readonly gateways?: GatewaySettings;
  /**
   * The others are processes of the same server, which tell each other of the files that short blobs share
   * (`StoreMaintenance.serveWorkers`, `workFor`). Default: with `gateways` no blobs share files.
   */
  readonly sharesSegments?: boolean;
  /** Given where another process sweeps and knows what waits for that. Default: this one does. */
  readonly sweptElsewhere?: SweptElsewhere;
}

/** The sweep of another process. */
export interface SweptElsewhere {
  /** What could be swept, as of its last word. */
  garbage(): { readonly noteCount: number; readonly lengthBytes: number };
  /** Called whenever a writer has to wait. */
  hurry(): void;
}

/**
 * @param onHeldUp Called whenever a writer has to wait for the background work.
 * @throws {RangeError} A setting is out of range.
 */
export function buildContext(parts: StoreParts, onHeldUp: () => void): StoreContext {
  const garbageMeter = new GarbageMeter();
  const commitMeter = new CommitMeter();
  const quotas = new QuotaLedger();
  const engine = parts.gateways === undefined ? parts.keyValues : guardBlobs(parts.keyValues);
  const keyValues = quotas.watch(garbageMeter.watch(commitMeter.watch(paceReads(engine))));
  const isAlone = parts.gateways === undefined || parts.sharesSegments === true;
  const blobs = isAlone ? parts.blobs : withoutSegments(parts.blobs);
  const settings = buildObjectStoreSettings({ ...settingsFor(blobs), ...parts.settings });
  const clock = parts.clock ?? { nowMs: () => Date.now() };
  const sweepState: StoreContext['sweepState'] = { after: undefined, kept: { noteCount: 0, lengthBytes: 0 } };
  const brake = new WriteBrake({
    garbage() {
      if (parts.sweptElsewhere !== undefined) return parts.sweptElsewhere.garbage();
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
    onHeldUp: () => (parts.sweptElsewhere === undefined ? onHeldUp() : parts.sweptElsewhere.hurry()),
  });
  const random = parts.randomBytes ?? randomBytes;
  return {
    ...buildUse(parts, random, settings.orphanGraceMs),
    keyValues,
    garbageMeter,
    commitMeter,
    quotas,
    brake,
    sweepState,
    blobs,
    settings,
    clock,
    randomBytes: random,
    decodedBuckets: new DecodedBuckets(),
    decodedObjects: new DecodedObjects(),
    bodiesUnderWay: new BodiesUnderWay(),
    bulkGate: new BulkGate(),
    completions: new KeyedQueue(),
    contentKeys: new ContentKeys(keyValues, parts.keyWrapping),
    segmentLedger: new SegmentLedger(blobs),
  };
}

/** A blob that shares no file costs more than bytes that are written three times. */
function settingsFor({ segments }: BlobStore): ObjectStoreSettingsChange {
  return segments === undefined ? { inlineLengthMax: defaultObjectStoreSettings.unplacedInlineLengthMax } : {};
}

/** What readers and uploads have in use, in this process; and in the others, where there are any. */
function buildUse(
  { keyValues, gateways }: StoreParts,
  random: RandomBytes,
  orphanGraceMs: number,
): Pick<StoreContext, 'pins' | 'blobsInUse' | 'gateway'> {
  if (gateways === undefined) return { pins: new ContentPins(), blobsInUse: new BlobsInUse(), gateway: undefined };
  const elapsedMs = gateways.elapsedMs ?? (() => performance.now());
  const blobsInUse = new BlobsInUse(elapsedMs);
  const pins: ContentPins = new ContentPins({ epoch: () => gateway.seenEpoch, elapsedMs });
  const gateway: Gateway = new Gateway({
    keyValues,
    settings: { ...gateways, elapsedMs },
    newGatewayId: () => Buffer.from(random(16)).toString('hex'),
    use: (seenEpoch, longReaderMs) => ({
      ...pins.reach(seenEpoch, longReaderMs),
      heldBlobIds: blobsInUse.olderThan(orphanGraceMs / 2),
    }),
  });
  return { pins, blobsInUse, gateway };
}
