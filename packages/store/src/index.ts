/** Keeps buckets, objects and appends: the object store, and the contracts and engines under it. */

export { checkBlobs } from './blob/checked-blob-store.js';
export { type FileSystemBlobStoreOptions, openFileSystemBlobStore } from './blob/file-system/open.js';
export { type MemoryBlobStoreOptions, openMemoryBlobStore } from './blob/memory/open.js';
export { checkRadosPlace, openRadosBlobStore } from './blob/rados/load-rados.js';
export type { RadosBlobStoreOptions, RadosBlobs } from './blob/rados/open.js';
export { LibradosMissing, type RadosPlace } from './blob/rados/rados-place.js';
export { checkS3Place } from './blob/s3/check-s3-place.js';
export { openS3BlobStore, type S3BlobStoreOptions, type S3Blobs } from './blob/s3/open.js';
export type { S3Credentials, S3Place, S3Timing } from './blob/s3/s3-place.js';
export { applyRepair, reverseOf } from './check/apply-repair.js';
export type { CallerChecks, CheckedRow } from './check/caller-checks.js';
export type { CheckProgress } from './check/check-context.js';
export { type CheckStoreOptions, type CheckSummary, checkStore } from './check/check-store.js';
export type * from './check/finding.js';
export { type RowScrubInput, type RowScrubStep, rowScrubProgress } from './check/scrub-rows.js';
export type { BlobPlace } from './contract/blob-place.js';
export * from './contract/blob-store.js';
export * from './contract/engine-failure.js';
export * from './contract/key-value-store.js';
export type { KeyWrapping } from './contract/key-wrapping.js';
export type { PlaceFinding } from './contract/place-finding.js';
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
export type { FailureReviver } from './key-value/journaled-lmdb/mirrors/mirror-messages.js';
export {
  type MirroredKeyValueStoreOptions,
  type MirroredRows,
  openMirroredKeyValueStore,
} from './key-value/journaled-lmdb/mirrors/mirrored-key-value-store.js';
export {
  type MirrorNotes,
  RowMirrors,
  type RowMirrorsOptions,
} from './key-value/journaled-lmdb/mirrors/row-mirrors.js';
export {
  type JournaledLmdbKeyValueStoreOptions,
  openJournaledLmdbKeyValueStore,
} from './key-value/journaled-lmdb/open.js';
export { openMemoryKeyValueStore } from './key-value/memory/open.js';
export { checkDatabasePlace, type DatabasePlace } from './key-value/postgres/check-database-place.js';
export { openPostgresKeyValueStore, type PostgresKeyValueStoreOptions } from './key-value/postgres/open.js';
export type * from './object-store/append-types.js';
export type { SweptElsewhere } from './object-store/context/build-context.js';
export type { LargestCommit } from './object-store/context/commit-meter.js';
export { type EtagFormat, ossEtagFormat } from './object-store/context/etag-format.js';
export type { GarbageDebt } from './object-store/context/garbage-meter.js';
export type { Quota, QuotaTable, StoreQuotas } from './object-store/context/quota-ledger.js';
export {
  buildObjectStoreSettings,
  defaultObjectStoreSettings,
  type ObjectStoreSettings,
  type ObjectStoreSettingsChange,
} from './object-store/context/settings.js';
export type { Clock, RandomBytes } from './object-store/context/store-context.js';
export type { BrakeStatistics, Delay } from './object-store/context/write-brake.js';
export type { CopyInput, CopyOutcome } from './object-store/copy/copy-types.js';
export { findLiveGateways, type LookForGateways } from './object-store/gateways/find-live-gateways.js';
export type { GatewaySettings } from './object-store/gateways/gateway-settings.js';
export type * from './object-store/live-channel-types.js';
export {
  claimBlobPlace,
  readBlobPlace,
  readStoreId,
  verifyBlobPlace,
  type WantedPlace,
  WrongBlobPlace,
} from './object-store/maintenance/claim-blob-place.js';
export type { MigrationProgress } from './object-store/maintenance/identify-blobs.js';
export { MaintenanceLoop, type MaintenanceOptions } from './object-store/maintenance/maintenance-loop.js';
export type { StoreDebt } from './object-store/maintenance/measure-debt.js';
export { readFormatVersion } from './object-store/maintenance/prepare-format.js';
export type { RewrapInput, RewrapProgress } from './object-store/maintenance/rewrap-contents.js';
export { ObjectsOfBlobs, RowSelection } from './object-store/maintenance/row-selection.js';
export type { ScrubFinding, ScrubInput, ScrubStep } from './object-store/maintenance/scrub-contents.js';
export { isFormatKey, STORE_FORMAT_VERSION, StoreImport } from './object-store/maintenance/store-import.js';
export type { StoreMaintenance } from './object-store/maintenance/store-maintenance.js';
export type { SnapshotBlob, SnapshotBlobPage, StoreSnapshot } from './object-store/maintenance/store-snapshot.js';
export type { SweepProgress } from './object-store/maintenance/sweep-garbage.js';
export type { OrphanProgress } from './object-store/maintenance/sweep-orphan-blobs.js';
export {
  CannotMigrate,
  type MigratedStore,
  type MigrateStoreInput,
  type MigrationSide,
  type MigrationStage,
  migrateStore,
  requireMovable,
} from './object-store/migration/migrate-store.js';
export { MigrationOvertaken } from './object-store/migration/migration-notes.js';
export type * from './object-store/multipart-types.js';
export {
  type ExclusiveStore,
  type ExclusiveWork,
  type ObjectStore,
  type ObjectStoreOptions,
  type OpenedStore,
  openObjectStore,
} from './object-store/object-store.js';
export type * from './object-store/objects/follow-types.js';
export {
  bucketRuleChecks,
  OBJECT_WORM_CONFIGURATION,
  OVERWRITE_CONFIGURATION,
  RETENTION_CONFIGURATION,
} from './object-store/records/bucket-rules.js';
export type { Check, FieldChecks } from './object-store/records/checks.js';
export * as checks from './object-store/records/checks.js';
export { lengthInObjectRow } from './object-store/records/object-record.js';
export {
  type DecodedJson,
  decodeJson,
  decodeJsonRow,
  requireChecked,
  tryDecodeJson,
} from './object-store/records/row-decoder.js';
export { isVersionId, NULL_VERSION_ID } from './object-store/records/version-id.js';
export { type Availability, availabilityOf, requireReadable } from './object-store/rules/archive-state.js';
export { objectWormOf } from './object-store/rules/object-retention.js';
export { retentionOf } from './object-store/rules/retention.js';
export * from './object-store/store-failure.js';
export type * from './object-store/types.js';
export type { DeleteOutcome } from './object-store/versions/delete-objects.js';
export type { VersionJudge } from './object-store/versions/expire-version.js';
export type { RestoreInput, RestoreOutcome } from './object-store/versions/restore-object.js';
export type * from './vocabulary/encryption.js';
