/** GetBucketStat: `GET /?stat`. The counters are kept up with every commit, so the numbers are exact. */
import { renderBucketStat } from '@annals/protocol';
import type { BucketStatistics } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';

/** Counts objects, bytes and uploads of a bucket, from counters: `GetBucketStat`. */
export const getBucketStat = defineOperation<'GetBucketStat', string, BucketStatistics>({
  name: 'GetBucketStat',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Exact as of the last commit, `LiveChannelCount` too. `LastModifiedTime` is the time of the answer.',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.bucketStatistics(bucket),
  render: (statistics, _bucket, _request, { clock }) =>
    xmlResponse(
      renderBucketStat({
        ...describe(statistics),
        storageClasses: {
          Standard: describe(statistics.storageClasses.Standard),
          IA: describe(statistics.storageClasses.IA),
          Archive: describe(statistics.storageClasses.Archive),
          ColdArchive: describe(statistics.storageClasses.ColdArchive),
          DeepColdArchive: describe(statistics.storageClasses.DeepColdArchive),
        },
        multipartUploadCount: statistics.uploadCount,
        multipartPartCount: statistics.partCount,
        liveChannelCount: statistics.liveChannelCount,
        deleteMarkerCount: statistics.deleteMarkerCount,
        lastModifiedMs: hasNothing(statistics) ? 0 : clock(),
      }),
    ),
});

/** The public service takes the numbers now and then; of a bucket in which it counted nothing yet it names no time. */
function hasNothing({
  objectCount,
  uploadCount,
  partCount,
  liveChannelCount,
  deleteMarkerCount,
}: BucketStatistics): boolean {
  return objectCount + uploadCount + partCount + liveChannelCount + deleteMarkerCount === 0;
}

function describe({ objectCount, lengthBytes }: { readonly objectCount: number; readonly lengthBytes: number }) {
  return { objectCount, storageBytes: lengthBytes };
}
