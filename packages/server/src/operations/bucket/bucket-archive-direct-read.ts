/**
 * Put- and GetBucketArchiveDirectRead: `?bucketArchiveDirectRead`. The store lets objects of the class Archive be read
 * then.
 */
import { requirePlainValue } from '@annals/protocol';
import { getPlainConfiguration, putPlainConfiguration } from '../configuring/stored-configuration.js';
import { FLAG } from '../reading/flag.js';

/** Says whether archived objects may be read without a restore: `PutBucketArchiveDirectRead`. */
export const putBucketArchiveDirectRead = putPlainConfiguration(
  {
    name: 'PutBucketArchiveDirectRead',
    effect: 'works',
    remark: 'Objects of the class Archive are then read without restoration.',
  },
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  (content) => requirePlainValue(content, 'Enabled', FLAG),
);

/** Shows whether archived objects may be read without a restore: `GetBucketArchiveDirectRead`. */
export const getBucketArchiveDirectRead = getPlainConfiguration(
  { name: 'GetBucketArchiveDirectRead', effect: 'works' },
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  { Enabled: false },
);
