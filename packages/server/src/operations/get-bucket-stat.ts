/** GetBucketStat: `GET /?stat`. The counters are kept up with every commit, so the numbers are exact. */
import { renderBucketStat } from '@annals/protocol';
import type { BucketStatistics } from '@annals/store';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';
import { xmlResponse } from './xml-response.js';

export const getBucketStat = defineOperation<string, BucketStatistics>({
  name: 'GetBucketStat',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.bucketStatistics(bucket),
  render: ({ objectCount, lengthBytes }, _bucket, _request, { clock }) =>
    xmlResponse(
      renderBucketStat({
        storageBytes: lengthBytes,
        objectCount,
        multipartUploadCount: 0,
        multipartPartCount: 0,
        deleteMarkerCount: 0,
        lastModifiedMs: clock(),
      }),
    ),
});
