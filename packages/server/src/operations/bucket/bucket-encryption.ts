/** Put-, Get- and DeleteBucketEncryption: `?encryption`, for objects whose writers say nothing of encryption. */
import { parseEncryptionRule, renderEncryptionRule } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';
import { kmsPermissions } from '../reading/put-object-permissions.js';

/** Sets how new objects are encrypted when a request does not say: `PutBucketEncryption`. */
export const putBucketEncryption = putConfiguration(
  {
    name: 'PutBucketEncryption',
    effect: 'works',
    remark:
      'Holds for objects whose writers ask for nothing. A key id beside AES256 is dropped. SM4 is stored; writing ' +
      'under such a rule is answered with 501, and with a KMS key that is not there with 403 ' +
      '`KmsServiceNotEnabled`.',
  },
  'encryption',
  (document) => parseEncryptionRule(document),
  // A key that a caller names here is used for all writers of the bucket.
  (rule) => (rule?.kmsMasterKeyId === undefined ? [] : kmsPermissions(rule.kmsMasterKeyId)),
);

/** Shows the default encryption: `GetBucketEncryption`. */
export const getBucketEncryption = getConfiguration(
  { name: 'GetBucketEncryption', effect: 'works' },
  'encryption',
  renderEncryptionRule,
  'NoSuchServerSideEncryptionRule',
);

/** Removes the default encryption; stored objects stay as they are: `DeleteBucketEncryption`. */
export const deleteBucketEncryption = deleteConfiguration(
  { name: 'DeleteBucketEncryption', effect: 'works' },
  'encryption',
);
