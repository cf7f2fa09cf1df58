/** Put-, Get- and DeleteBucketEncryption: `?encryption`, for objects whose writers say nothing of encryption. */
import { parseEncryptionRule, renderEncryptionRule } from '@annals/protocol';
import { kmsPermissions } from './put-object-permissions.js';
import { deleteConfiguration, getConfiguration, putConfiguration } from './stored-configuration.js';

export const putBucketEncryption = putConfiguration(
  'PutBucketEncryption',
  'encryption',
  (document) => parseEncryptionRule(document),
  // Whoever names a key has it used for everybody who writes here.
  (rule) => (rule?.kmsMasterKeyId === undefined ? [] : kmsPermissions(rule.kmsMasterKeyId)),
);

export const getBucketEncryption = getConfiguration(
  'GetBucketEncryption',
  'encryption',
  renderEncryptionRule,
  'NoSuchServerSideEncryptionRule',
);

export const deleteBucketEncryption = deleteConfiguration('DeleteBucketEncryption', 'encryption');
