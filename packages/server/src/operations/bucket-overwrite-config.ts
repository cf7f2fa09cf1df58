/** Put-, Get- and DeleteBucketOverwriteConfig: `?overwriteConfig`. The store follows the rules in the commit of whatever would overwrite. */
import { randomUUID } from 'node:crypto';
import { parseOverwriteConfiguration, renderOverwriteConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from './stored-configuration.js';

export const putBucketOverwriteConfig = putConfiguration('PutBucketOverwriteConfig', 'overwrite', (document) =>
  parseOverwriteConfiguration(document).map((rule) => (rule.id === '' ? { ...rule, id: randomUUID() } : rule)),
);

export const getBucketOverwriteConfig = getConfiguration(
  'GetBucketOverwriteConfig',
  'overwrite',
  renderOverwriteConfiguration,
  'NoSuchConfiguration',
);

export const deleteBucketOverwriteConfig = deleteConfiguration('DeleteBucketOverwriteConfig', 'overwrite');
