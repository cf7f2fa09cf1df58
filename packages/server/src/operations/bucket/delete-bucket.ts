/** DeleteBucket: `DELETE /` on a bucket. Only an empty bucket can be deleted. */

import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';

/** Removes an empty bucket: `DeleteBucket`. */
export const deleteBucket = defineOperation<'DeleteBucket', string, void>({
  name: 'DeleteBucket',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.deleteBucket(bucket),
  render: () => ({ status: 204, headers: {} }),
});
