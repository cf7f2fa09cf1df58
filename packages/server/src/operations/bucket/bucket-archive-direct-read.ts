/** Put- and GetBucketArchiveDirectRead: `?bucketArchiveDirectRead`. The store lets objects of the class Archive be read then. */
import { requirePlainValue } from '@annals/protocol';
import { getPlainConfiguration, putPlainConfiguration } from '../configuring/stored-configuration.js';
import { FLAG } from '../reading/flag.js';

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

export const getBucketArchiveDirectRead = getPlainConfiguration(
  { name: 'GetBucketArchiveDirectRead', effect: 'works' },
  'archiveDirectRead',
  'ArchiveDirectReadConfiguration',
  { Enabled: false },
);
