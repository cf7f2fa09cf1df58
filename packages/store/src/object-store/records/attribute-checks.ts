/** What rows of versions and of uploads both hold: the attributes of an object. */
import type { Encryption } from '../../vocabulary/encryption.js';
import type { ObjectAcl, ObjectAttributes, ObjectRetention, StorageClass, SystemMetadata } from '../types.js';
import {
  type Check,
  exactly,
  type FieldChecks,
  fields,
  flag,
  oneOf,
  optional,
  recordOf,
  text,
  time,
} from './checks.js';

/** An ACL of an object. */
const aclCheck = oneOf<ObjectAcl>({
  default: true,
  private: true,
  'public-read': true,
  'public-read-write': true,
});
/** A storage class. */
export const storageClassCheck = oneOf<StorageClass>({
  Standard: true,
  IA: true,
  Archive: true,
  ColdArchive: true,
  DeepColdArchive: true,
});

/** How a writer asked for encryption. */
export const encryptionCheck: Check<Encryption> = fields<Encryption>({
  algorithm: oneOf<Encryption['algorithm']>({ AES256: true, KMS: true, SM4: true }),
  dataAlgorithm: optional(exactly('SM4')),
  keyId: optional(text),
});

/** A retention of a version's own. */
const retentionCheck: Check<ObjectRetention> = fields<ObjectRetention>({
  mode: oneOf<ObjectRetention['mode']>({ GOVERNANCE: true, COMPLIANCE: true }),
  untilMs: time,
});

const systemCheck = fields<SystemMetadata>({
  contentType: optional(text),
  cacheControl: optional(text),
  contentDisposition: optional(text),
  contentEncoding: optional(text),
  contentLanguage: optional(text),
  expires: optional(text),
});

/** Checks of the fields of {@link ObjectAttributes}. */
export const attributeChecks: FieldChecks<ObjectAttributes> = {
  system: systemCheck,
  user: recordOf(text),
  acl: aclCheck,
  storageClass: storageClassCheck,
  tags: recordOf(text),
  encryption: optional(encryptionCheck),
  retention: optional(retentionCheck),
  legalHold: optional(flag),
};
