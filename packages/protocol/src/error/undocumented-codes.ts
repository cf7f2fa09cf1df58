/**
 * Codes of the error table without a detailed error code (EC), or with one in some situations only: what neither the
 * public service's pages nor reports of its answers name. A code is here or has an EC of its own, and a test walks
 * every place that makes an error to see it. Leaves out which situations have one (the server's `detailed-codes.ts`).
 */
import type { ErrorCode } from './error-table.js';

/** Why a code has no EC. */
export type UndocumentedReason =
  /** No page of the public service and no report names one. */
  | 'no page'
  /** Some situations have one; no page is about the others. */
  | 'some situations'
  /** Only requests for an extension of this server, or for its own interfaces, meet it. */
  | 'ours'
  /** The answer has no document to say it in. */
  | 'no document'
  /** This server never says it; clients understand it. */
  | 'never said';

/** Codes without an EC of their own, and why. */
export const UNDOCUMENTED_CODES: Readonly<Partial<Record<ErrorCode, UndocumentedReason>>> = {
  NoSuchVersion: 'some situations',
  SymlinkTargetNotExist: 'no page',
  NoSuchLifecycle: 'no page',
  NoSuchWebsiteConfiguration: 'no page',
  NoSuchServerSideEncryptionRule: 'no page',
  NoSuchInventory: 'no page',
  NoSuchReplicationConfiguration: 'no page',
  NoSuchReplicationRule: 'no page',
  NoSuchTransferAccelerationConfiguration: 'no page',
  NoSuchCname: 'never said',
  NoSuchStyle: 'no page',
  NoSuchConfiguration: 'no page',
  NoSuchAccessPoint: 'no page',
  NoSuchAccessPointPolicy: 'no page',
  BucketDataRedundancyTransitionTaskNotExist: 'no page',
  MetaQueryNotExist: 'no page',
  AccessPointAlreadyExists: 'no page',
  BucketDataRedundancyTransitionTaskStatusConflict: 'no page',
  NeedVerifyDomainOwnership: 'no page',
  CnameAlreadyExists: 'no page',
  NoSuchObjectWormConfiguration: 'no page',
  NoSuchObjectRetentionConfiguration: 'no page',
  NoSuchObjectLegalHoldConfiguration: 'no page',
  NoSuchWORMConfiguration: 'some situations',
  BucketReplicationAlreadyExist: 'no page',
  ObjectAlreadyExists: 'never said',
  FileImmutable: 'no page',
  AppendSealedObjectNotAllowed: 'no page',
  WORMConfigurationAlreadyExists: 'no page',
  InvalidSecurityToken: 'no page',
  SecurityTokenExpired: 'no page',
  AccessKeyIdAndSecurityTokenNotMatch: 'no page',
  SecurityTokenNotSupported: 'never said',
  SecondLevelDomainForbidden: 'never said',
  AccessForbidden: 'no page',
  InvalidObjectState: 'no page',
  KmsServiceNotEnabled: 'some situations',
  WORMConfigurationLocked: 'no page',
  InvalidArgument: 'some situations',
  MissingArgument: 'some situations',
  InvalidRequest: 'some situations',
  BadRequest: 'some situations',
  TooManyBuckets: 'never said',
  InvalidLocationConstraint: 'no page',
  MalformedXML: 'some situations',
  InvalidCRC64: 'no page',
  IncompleteBody: 'no page',
  RequestTimeout: 'no page',
  EntityTooLarge: 'some situations',
  EntityTooSmall: 'some situations',
  InlineDataTooLarge: 'never said',
  InvalidPart: 'no page',
  FilePartNotExist: 'never said',
  FilePartStale: 'never said',
  PartNotSequential: 'no page',
  OperationNotSupported: 'some situations',
  InvalidDataEncryptionAlgorithmError: 'some situations',
  InvalidTag: 'some situations',
  InvalidTaggingKey: 'never said',
  TooManyTags: 'no page',
  InvalidPolicyDocument: 'some situations',
  InvalidWORMConfiguration: 'no page',
  CORSRuleBeyondLimit: 'no page',
  RequestIsNotMultiPartContent: 'no page',
  FieldItemTooLong: 'no page',
  NotImplemented: 'no page',
  NotModified: 'no document',
  QuotaExceeded: 'ours',
  InvalidRange: 'no page',
  MirrorFailed: 'never said',
  InternalError: 'no page',
  ServiceUnavailable: 'no page',
  SlowDown: 'ours',
  DownloadTrafficRateLimitExceeded: 'never said',
  UploadTrafficRateLimitExceeded: 'never said',
  MetaOperationQpsLimitExceeded: 'never said',
  TotalQpsLimitExceeded: 'never said',
  ActiveRequestLimitExceeded: 'never said',
  CpuLimitExceeded: 'never said',
  AppendIdConflict: 'ours',
  WriterFenced: 'ours',
  AppendMaxLengthExceeded: 'ours',
};
