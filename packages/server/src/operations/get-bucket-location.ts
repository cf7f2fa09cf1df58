/** GetBucketLocation: `GET /?location` on a bucket. */
import { renderLocationConstraint } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { requireBucket } from '../request/request-target.js';
import { locationOf } from './bucket-endpoint.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { xmlResponse } from './xml-response.js';

export const getBucketLocation = defineOperation<'GetBucketLocation', string, BucketRecord>({
  name: 'GetBucketLocation',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (_bucket, _name, _request, { settings }) => xmlResponse(renderLocationConstraint(locationOf(settings))),
});
