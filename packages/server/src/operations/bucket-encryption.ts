/** Put-, Get- and DeleteBucketEncryption: `?encryption`, for objects whose writers say nothing of encryption. */
import { parseEncryptionRule, renderEncryptionRule } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from './stored-configuration.js';

export const putBucketEncryption = putConfiguration('PutBucketEncryption', 'encryption', (document) =>
  parseEncryptionRule(document),
);

export const getBucketEncryption = getConfiguration(
  'GetBucketEncryption',
  'encryption',
  renderEncryptionRule,
  'NoSuchServerSideEncryptionRule',
);

export const deleteBucketEncryption = deleteConfiguration('DeleteBucketEncryption', 'encryption');
