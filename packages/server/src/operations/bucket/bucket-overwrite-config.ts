/**
 * Put-, Get- and DeleteBucketOverwriteConfig: `?overwriteConfig`. The store follows the rules in the commit of whatever
 * would overwrite.
 */
import { randomUUID } from 'node:crypto';
import { parseOverwriteConfiguration, renderOverwriteConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Sets rules that forbid overwriting objects: `PutBucketOverwriteConfig`. */
export const putBucketOverwriteConfig = putConfiguration(
  {
    name: 'PutBucketOverwriteConfig',
    effect: 'works',
    remark:
      'Holds in buckets that keep no versions, as `x-oss-forbid-overwrite`. Rules about some principals only are ' +
      'refused with `NotImplemented`.',
  },
  'overwrite',
  (document) =>
    parseOverwriteConfiguration(document).map((rule) => (rule.id === '' ? { ...rule, id: randomUUID() } : rule)),
);

/** Shows the rules that forbid overwriting: `GetBucketOverwriteConfig`. */
export const getBucketOverwriteConfig = getConfiguration(
  { name: 'GetBucketOverwriteConfig', effect: 'works' },
  'overwrite',
  renderOverwriteConfiguration,
  'NoSuchConfiguration',
);

/** Removes the rules that forbid overwriting: `DeleteBucketOverwriteConfig`. */
export const deleteBucketOverwriteConfig = deleteConfiguration(
  { name: 'DeleteBucketOverwriteConfig', effect: 'works' },
  'overwrite',
);
