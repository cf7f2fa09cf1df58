/**
 * Puts a store together as the server does, over one simulated disk: journal, database, checked blobs, and the object
 * store above them.
 */
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { MemoryKeyWrapping } from '../conformance/object-store-key-wrapping.js';
import type { BlobStore } from '../contract/blob-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import type { BlockingFileSystem, FileSystem } from '../file-system/file-system.js';
import { resolvingFileSystem } from '../file-system/resolving-file-system.js';
import type { SimulatedDisk } from '../file-system/simulated-disk.js';
import { syncPath } from '../file-system/sync-path.js';
import { type OpenedStore, openObjectStore } from '../object-store/object-store.js';
import type { RunStep } from './simulated-checkpointer.js';
import { openSimulatedKeyValueStore } from './simulated-key-value-store.js';

const DATA_FOLDER = '/data';
const KEY_VALUE_FOLDER = '/data/meta';
const BLOB_FOLDER = '/data/blobs';

/** So short that segments come and go. */
const SEGMENT_LENGTH_BYTES = 12 * 1024;

/** Outlives every loss of power, as a master key does; what it wraps is in the rows. */
export const SIMULATED_KEY_WRAPPING = new MemoryKeyWrapping();

/** Wraps parts of the store from outside: where faults are planted. Absent parts stay as they are. */
export interface StoreWrappers {
  readonly blockingFiles?: (files: BlockingFileSystem) => BlockingFileSystem;
  readonly files?: (files: FileSystem) => FileSystem;
  readonly keyValues?: (keyValues: KeyValueStore) => KeyValueStore;
  readonly blobs?: (blobs: BlobStore) => BlobStore;
}

/** Time, chance and order of one life. */
export interface StoreLife {
  readonly nowMs: () => number;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  /** Absent: everything happens at once. */
  readonly run?: RunStep;
  readonly isCheckpointDue?: () => boolean;
  /** Called when a checkpoint finds no room for what was acknowledged. */
  readonly onNoRoom?: (error: Error) => void;
  readonly wrappers?: StoreWrappers;
}

/** A store and what lies below it. */
export interface SimulatedStore {
  readonly store: OpenedStore;
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  /** The same for the same rows and blobs, when nothing was done since the opening. */
  contentDigest(): string;
}

/** Opens what is on the disk, by the product's own code. @throws What opening throws. */
export async function openSimulatedStore(disk: SimulatedDisk, life: StoreLife): Promise<SimulatedStore> {
  const { wrappers = {}, run } = life;
  // Recovery happens at once in any life: it is the only one there.
  const atOnce = resolvingFileSystem(disk, async (_label, call) => call());
  const blocking = wrappers.blockingFiles?.(disk) ?? disk;
  await atOnce.makeDirectory(KEY_VALUE_FOLDER);
  await syncPath(atOnce, DATA_FOLDER);
  const keyValues = openSimulatedKeyValueStore({
    fileSystem: blocking,
    directory: KEY_VALUE_FOLDER,
    drawSalt: () => life.randomBytes(16),
    ...(run !== undefined && { run }),
    ...(life.isCheckpointDue !== undefined && { isCheckpointDue: life.isCheckpointDue }),
    ...(life.onNoRoom !== undefined && { onNoRoom: life.onNoRoom }),
  });
  let isOpening = true;
  const resolving = resolvingFileSystem(disk, async (label, call) =>
    isOpening || run === undefined ? call() : run(label, call),
  );
  const files = wrappers.files?.(resolving) ?? resolving;
  const blobs = checkBlobs(
    await openFileSystemBlobStore({
      directory: BLOB_FOLDER,
      fileSystem: files,
      random: life.randomBytes,
      segmentLengthBytes: SEGMENT_LENGTH_BYTES,
    }),
  );
  isOpening = false;
  const engines = { keyValues: wrappers.keyValues?.(keyValues) ?? keyValues, blobs: wrappers.blobs?.(blobs) ?? blobs };
  const opening = openObjectStore({
    ...engines,
    keyWrapping: SIMULATED_KEY_WRAPPING,
    clock: { nowMs: life.nowMs },
    randomBytes: life.randomBytes,
    settings: {
      rowBodyLengthMax: 24,
      inlineLengthMax: 64,
      unplacedInlineLengthMax: 64,
      putLengthMax: 200,
      compaction: { extentCountMin: 4, lengthMin: 200 },
      garbageGraceMs: 0,
      orphanGraceMs: 0,
      multipart: { partLengthMin: 1 },
      appendable: { copy: 'allow', overwrite: 'deny' },
    },
  });
  const contentDigest = (): string => `${keyValues.contentDigest()}\n${disk.contentDigest(BLOB_FOLDER)}`;
  return { store: await opening, ...engines, contentDigest };
}
