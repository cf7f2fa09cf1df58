/**
 * OpenMetaQuery, GetMetaQueryStatus and CloseMetaQuery: `?metaQuery`. Without effect: there is no index, and queries
 * answer 501.
 */
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { getPlainConfiguration } from '../configuring/stored-configuration.js';

/** Starts what no query can ask yet, so that programs that open it first can go on. */
export const openMetaQuery = defineOperation<'OpenMetaQuery', string, BucketRecord>({
  name: 'OpenMetaQuery',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Queries answer 501.',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store, clock }) =>
    store.updateBucket(bucket, (record) => {
      const existing = configurationsOf(record).metaQuery;
      const atTime = new Date(clock()).toISOString();
      return {
        configurations: {
          metaQuery: existing ?? { State: 'Running', Phase: 'FullScanning', CreateTime: atTime, UpdateTime: atTime },
        },
      };
    }),
  render: () => ({ status: 200, headers: {} }),
});

/** Shows whether the metadata index is on: `GetMetaQueryStatus`. */
export const getMetaQueryStatus = getPlainConfiguration(
  { name: 'GetMetaQueryStatus', effect: 'kept' },
  'metaQuery',
  'MetaQueryStatus',
  'MetaQueryNotExist',
);

/** Turns the metadata index off: `CloseMetaQuery`. */
export const closeMetaQuery = defineOperation<'CloseMetaQuery', string, BucketRecord>({
  name: 'CloseMetaQuery',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.updateBucket(bucket, { configurations: { metaQuery: undefined } }),
  render: () => ({ status: 200, headers: {} }),
});
