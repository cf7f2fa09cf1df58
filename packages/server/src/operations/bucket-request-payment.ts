/** Put- and GetBucketRequestPayment: `?requestPayment`. Requests are judged by `../bucket-rules/request-payment.ts`. */
import { parseRequestPayment, renderRequestPayment } from '@annals/protocol';
import { getConfiguration, putConfiguration } from './stored-configuration.js';

export const putBucketRequestPayment = putConfiguration('PutBucketRequestPayment', 'requestPayment', (document) =>
  parseRequestPayment(document),
);

export const getBucketRequestPayment = getConfiguration(
  'GetBucketRequestPayment',
  'requestPayment',
  renderRequestPayment,
  () => renderRequestPayment('BucketOwner'),
);
