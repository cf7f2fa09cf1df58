/** GetBucketLocation: `GET /?location` on a bucket. */
import { renderLocationConstraint } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { locationOf } from '../answering/bucket-endpoint.js';
import { xmlResponse } from '../answering/xml-response.js';

/** Shows the region of a bucket: `GetBucketLocation`. */
export const getBucketLocation = defineOperation<'GetBucketLocation', string, BucketRecord>({
  name: 'GetBucketLocation',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (_bucket, _name, _request, { settings }) => xmlResponse(renderLocationConstraint(locationOf(settings))),
});
