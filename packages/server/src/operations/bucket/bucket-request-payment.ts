/**
 * Put- and GetBucketRequestPayment: `?requestPayment`. Requests are judged by `../../bucket-rules/request-payment.ts`.
 */
import { parseRequestPayment, renderRequestPayment } from '@annals/protocol';
import { getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Says who pays for requests; payers other than the owner must say so: `PutBucketRequestPayment`. */
export const putBucketRequestPayment = putConfiguration(
  {
    name: 'PutBucketRequestPayment',
    effect: 'works',
    remark:
      'The server bills no caller; a caller other than the owner must send `x-oss-request-payer`, and unsigned requests are ' +
      'refused.',
  },
  'requestPayment',
  (document) => parseRequestPayment(document),
);

/** Shows who pays for requests: `GetBucketRequestPayment`. */
export const getBucketRequestPayment = getConfiguration(
  { name: 'GetBucketRequestPayment', effect: 'works' },
  'requestPayment',
  renderRequestPayment,
  () => renderRequestPayment('BucketOwner'),
);
