/** Keeps buckets, objects and appends: the object store, and the contracts and engines under it. */

export { checkBlobs } from './blob/checked-blob-store.js';
export { type FileSystemBlobStoreOptions, openFileSystemBlobStore } from './blob/file-system/open.js';
export { type MemoryBlobStoreOptions, openMemoryBlobStore } from './blob/memory/open.js';
export { applyRepair, reverseOf } from './check/apply-repair.js';
export type { CheckProgress } from './check/check-context.js';
export { type CheckStoreOptions, type CheckSummary, checkStore } from './check/check-store.js';
export type * from './check/finding.js';
export { type RowScrubInput, type RowScrubStep, rowScrubProgress } from './check/scrub-rows.js';
export * from './contract/blob-store.js';
export * from './contract/engine-failure.js';
export * from './contract/key-value-store.js';
export type { KeyWrapping } from './contract/key-wrapping.js';
export {
  checkDatabase,
  compactDatabase,
  NothingProven,
  type SalvageOutcome,
  salvageDatabase,
} from './key-value/journaled-lmdb/database-care.js';
export type { RowMigrationObserver } from './key-value/journaled-lmdb/database-file.js';
export {
  type DataFolderLock,
  DataFolderLocked,
  lockDataFolder,
} from './key-value/journaled-lmdb/folder-lock/data-folder-lock.js';
export {
  type JournaledLmdbKeyValueStoreOptions,
  openJournaledLmdbKeyValueStore,
} from './key-value/journaled-lmdb/open.js';
export { openMemoryKeyValueStore } from './key-value/memory/open.js';
export { type Availability, availabilityOf, requireReadable } from './object-store/archive-state.js';
export type { LargestCommit } from './object-store/commit-meter.js';
export type { CopyInput, CopyOutcome } from './object-store/copy-types.js';
export type { DeleteOutcome } from './object-store/delete-objects.js';
export { type EtagFormat, ossEtagFormat } from './object-store/etag-format.js';
export type { VersionJudge } from './object-store/expire-version.js';
export type { GarbageDebt } from './object-store/garbage-meter.js';
export type { MigrationProgress } from './object-store/identify-blobs.js';
export type * from './object-store/live-channel-types.js';
export { MaintenanceLoop, type MaintenanceOptions } from './object-store/maintenance-loop.js';
export type { StoreDebt } from './object-store/measure-debt.js';
export type * from './object-store/multipart-types.js';
export {
  type DefaultRetention,
  OBJECT_WORM_CONFIGURATION,
  type ObjectWorm,
  objectWormOf,
} from './object-store/object-retention.js';
export { type ObjectStore, type ObjectStoreOptions, openObjectStore } from './object-store/object-store.js';
export { OVERWRITE_CONFIGURATION, type OverwriteRule } from './object-store/overwrite-rules.js';
export type { Quota, QuotaTable, StoreQuotas } from './object-store/quota-ledger.js';
export type { RestoreInput, RestoreOutcome } from './object-store/restore-object.js';
export { RETENTION_CONFIGURATION, type RetentionPolicy, retentionOf } from './object-store/retention.js';
export type { RewrapInput, RewrapProgress } from './object-store/rewrap-contents.js';
export { ObjectsOfBlobs, RowSelection } from './object-store/row-selection.js';
export type { ScrubFinding, ScrubInput, ScrubStep } from './object-store/scrub-contents.js';
export {
  buildObjectStoreSettings,
  defaultObjectStoreSettings,
  type ObjectStoreSettings,
  type ObjectStoreSettingsChange,
} from './object-store/settings.js';
export type { Clock, RandomBytes } from './object-store/store-context.js';
export * from './object-store/store-failure.js';
export { isFormatKey, STORE_FORMAT_VERSION, StoreImport } from './object-store/store-import.js';
export type { SnapshotBlob, SnapshotBlobPage, StoreSnapshot } from './object-store/store-snapshot.js';
export type { SweepProgress } from './object-store/sweep-garbage.js';
export type { OrphanProgress } from './object-store/sweep-orphan-blobs.js';
export type * from './object-store/types.js';
export { isVersionId, NULL_VERSION_ID } from './object-store/version-id.js';
export type { BrakeStatistics, Delay } from './object-store/write-brake.js';
export type * from './vocabulary/encryption.js';
