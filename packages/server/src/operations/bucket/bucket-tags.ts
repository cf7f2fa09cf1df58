/** Put-, Get- and DeleteBucketTags: `?tagging` on a bucket. `DELETE ?tagging=k1,k2` removes only those. */
import { LIMITS, parseTagging, renderTagging, validateTags } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Replaces the tags of a bucket: `PutBucketTags`. */
export const putBucketTags = putConfiguration({ name: 'PutBucketTags', effect: 'works' }, 'tags', (document) => {
  const tags = parseTagging(document);
  validateTags(tags, LIMITS.bucketTagCountMax);
  return tags;
});

/** Shows the tags of a bucket: `GetBucketTags`. */
export const getBucketTags = getConfiguration({ name: 'GetBucketTags', effect: 'works' }, 'tags', renderTagging, () =>
  renderTagging([]),
);

interface DeleteBucketTagsInput {
  readonly bucket: string;
  /** Empty: all of them. */
  readonly keys: readonly string[];
}

/** Removes all tags of a bucket, or those named: `DeleteBucketTags`. */
export const deleteBucketTags = defineOperation<'DeleteBucketTags', DeleteBucketTagsInput, BucketRecord>({
  name: 'DeleteBucketTags',
  effect: 'works',
  anonymous: 'if granted',
  remark: '`?tagging=k1,k2` removes only those.',
  permissions: ownAction('owner'),
  parse: (request) => ({
    bucket: requireBucket(request),
    keys: (request.query.get('tagging') ?? '').split(',').filter((key) => key !== ''),
  }),
  handle: ({ bucket, keys }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const left = configurationsOf(record).tags?.filter(({ key }) => keys.length > 0 && !keys.includes(key)) ?? [];
      return { configurations: { tags: left.length === 0 ? undefined : left } };
    }),
  render: () => ({ status: 204, headers: {} }),
});
