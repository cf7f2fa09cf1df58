/**
 * What each stored configuration must be, before any code relies on its type: a check for every member, exact in the
 * fields that the server reads, indifferent to others. Rows of every earlier version pass: all fields that came later
 * may be absent. Leaves out reading (`bucket-configurations.ts`).
 */
import type {
  AccessPoint,
  BucketEncryptionRule,
  CnameRecord,
  CnameToken,
  CorsConfiguration,
  CorsMethod,
  CorsRule,
  LoggingTarget,
  Payer,
  RedundancyTransition,
  RefererConfiguration,
} from '@annals/protocol';
import { bucketRuleChecks, type Check, checks } from '@annals/store';
import type { BucketConfigurations } from './configuration-members.js';
import { contentCheck, namedDocumentsCheck } from './content-check.js';
import { lifecycleCheck, tagCheck } from './lifecycle-check.js';
import { websiteCheck } from './website-check.js';

const { count, exactly, fields, flag, listOf, oneOf, optional, text, time } = checks;

const corsRuleCheck = fields<CorsRule>({
  allowedOrigins: listOf(text),
  allowedMethods: listOf(oneOf<CorsMethod>({ GET: true, PUT: true, DELETE: true, POST: true, HEAD: true })),
  allowedHeaders: listOf(text),
  exposeHeaders: listOf(text),
  maxAgeSeconds: optional(count),
});

/** One check for each member: one that is missing does not compile. */
export const CONFIGURATION_CHECKS: {
  readonly [Name in keyof BucketConfigurations]-?: Check<NonNullable<BucketConfigurations[Name]>>;
} = {
  archiveDirectRead: contentCheck,
  cors: fields<CorsConfiguration>({ rules: listOf(corsRuleCheck), responseVary: optional(flag) }),
  encryption: fields<BucketEncryptionRule>({
    algorithm: oneOf<BucketEncryptionRule['algorithm']>({ AES256: true, KMS: true, SM4: true }),
    kmsMasterKeyId: optional(text),
    kmsDataEncryption: optional(exactly('SM4')),
  }),
  lifecycle: lifecycleCheck,
  logging: fields<LoggingTarget>({ targetBucket: text, targetPrefix: text, loggingRole: optional(text) }),
  objectWorm: bucketRuleChecks.objectWorm,
  overwrite: bucketRuleChecks.overwrite,
  policy: text,
  publicAccessBlock: flag,
  referer: fields<RefererConfiguration>({
    allowEmptyReferer: flag,
    allowTruncateQueryString: flag,
    truncatePath: flag,
    referers: listOf(text),
    refererBlacklist: optional(listOf(text)),
  }),
  requestPayment: oneOf<Payer>({ BucketOwner: true, Requester: true }),
  tags: listOf(tagCheck),
  website: websiteCheck,
  worm: bucketRuleChecks.worm,
  cnames: listOf(fields<CnameRecord>({ domain: text, lastModifiedAtMs: time })),
  cnameTokens: listOf(fields<CnameToken>({ bucket: text, domain: text, token: text, expiresAtMs: time })),

  accessMonitor: contentCheck,
  accessPoints: listOf(
    fields<AccessPoint>({
      name: text,
      networkOrigin: oneOf<AccessPoint['networkOrigin']>({ internet: true, vpc: true }),
      vpcId: optional(text),
      alias: text,
      createdAtMs: time,
      isPublicAccessBlocked: flag,
      policy: optional(text),
    }),
  ),
  httpsConfig: contentCheck,
  inventory: namedDocumentsCheck,
  metaQuery: contentCheck,
  qosInfo: contentCheck,
  redundancyTransition: fields<RedundancyTransition>({ taskId: text, createdAtMs: time }),
  replication: namedDocumentsCheck,
  requesterQosInfo: namedDocumentsCheck,
  resourceGroup: contentCheck,
  style: namedDocumentsCheck,
  transferAcceleration: contentCheck,
  userDefinedLogFields: contentCheck,
};
