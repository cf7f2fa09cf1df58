/** DeleteBucket: `DELETE /` on a bucket. Only an empty bucket can be deleted. */

import { requireBucket } from '../request/request-target.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';

export const deleteBucket = defineOperation<'DeleteBucket', string, void>({
  name: 'DeleteBucket',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.deleteBucket(bucket),
  render: () => ({ status: 204, headers: {} }),
});
