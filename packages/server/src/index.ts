/** Turns HTTP requests into store calls and results into responses: builds and runs a server over an opened store. */
export { type AccountDirectory, openAccountDirectory } from './accounts/account-directory.js';
export { agreeOnMasterKeys, MasterKeysDiffer } from './accounts/agree-on-master-keys.js';
export { loadMasterKeys, MASTER_KEY_FILE_NAME, MasterKeyUnavailable } from './accounts/load-master-keys.js';
export { MasterKeyRing } from './accounts/master-key.js';
export {
  type RootAccessKeyPair,
  type RootAccessKeys,
  type RootKeyKeeper,
  RootKeyRing,
} from './accounts/root-key-ring.js';
export {
  DEFAULT_ACCOUNT_ID,
  type ServerAccounts,
  type ServerDependencies,
  type WorkerRole,
} from './assembly/server-dependencies.js';
export { AUDIT_FOLDER_NAME } from './audit/audit-files.js';
export { AUDIT_FILE_LENGTH_BYTES_MAX, AuditLog, AuditUnavailable } from './audit/audit-log.js';
export type { AuditActor, AuditEvent, AuditHead, AuditRecord } from './audit/audit-record.js';
export type { AuditSink } from './audit/audit-trail.js';
export { isAlwaysAudited } from './audit/audited-operations.js';
export { type AuditVerification, readAuditRecords, verifyAuditLog } from './audit/verify-audit-log.js';
export { CallbackKey } from './callback/callback-key.js';
export type { AddressLookup, CallbackSettings } from './callback/callback-sender.js';
export { storedRowChecks } from './check-stored-rows.js';
export { ServerKeyWrapping } from './encryption/key-wrapping.js';
export { addKeyVersion, KMS_FOLDER_NAME, type KmsKeys, kmsKeyPath, loadKmsKeys } from './encryption/kms-keys.js';
export { connectionCountsThatFit } from './limits/descriptor-limit.js';
export { type DamagePlace, DamageReports } from './observe/damage-reports.js';
export {
  type CountedMetrics,
  type CountedRequest,
  createMetrics,
  type DamageFinder,
  type DamageKind,
  type ServerMetrics,
} from './observe/metrics.js';
export { createLog, type OpenLog, openLog } from './observe/request-log.js';
export type { OperationRow, OperationRows } from './operation-row/operation-row.js';
export { OPERATION_ROWS } from './operations/table.js';
export type { Caller } from './request/caller.js';
export {
  AnnalsServer,
  createServer,
  type DoorName,
  type ForwardedAnswer,
  type ForwardedRequest,
  type ListenOptions,
  type OpenDoors,
  openDoors,
} from './server.js';
export { defaultSettings, type ServerSettings, type StoragePlaces } from './settings.js';
