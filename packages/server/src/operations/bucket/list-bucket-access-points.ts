/** ListAccessPoints of one bucket: `GET /?accessPoint`. */
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import {
  type ListAccessPointsInput,
  type ListAccessPointsOutput,
  listed,
  OF_BUCKET_COUNT_MAX,
  pageOf,
  readListing,
  renderListing,
} from '../answering/access-point-listing.js';

/** Lists the access points of one bucket, the same operation asked of a bucket: `ListAccessPoints`. */
export const listBucketAccessPoints = defineOperation<
  'ListBucketAccessPoints',
  ListAccessPointsInput & { readonly bucket: string },
  ListAccessPointsOutput
>({
  name: 'ListBucketAccessPoints',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'ListAccessPoints of one bucket; needs `oss:ListAccessPoints`. A page has 100 unless `max-keys` says less.',
  permissions: ownAction('owner'),
  parse: (request) => ({ ...readListing(request, OF_BUCKET_COUNT_MAX), bucket: requireBucket(request) }),
  async handle(input, { store }) {
    const record = await store.getBucket(input.bucket);
    return { accountId: record.ownerId, found: pageOf(listed(record), input) };
  },
  render: renderListing,
});
