/** Put-, Get- and DeleteBucketCors: `?cors`. Answers follow it in `../../bucket-rules/cross-origin.ts`. */
import { parseCorsConfiguration, renderCorsConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

export const putBucketCors = putConfiguration(
  {
    name: 'PutBucketCors',
    effect: 'works',
    remark: '`x-oss-next-append-position`, `x-oss-hash-crc64ecma`, `ETag` and `x-oss-request-id` are always exposed.',
  },
  'cors',
  (document) => parseCorsConfiguration(document),
);

export const getBucketCors = getConfiguration(
  { name: 'GetBucketCors', effect: 'works' },
  'cors',
  // The flag is shown whether or not it was given.
  (cors) => renderCorsConfiguration({ ...cors, responseVary: cors.responseVary ?? false }),
  'NoSuchCORSConfiguration',
);

export const deleteBucketCors = deleteConfiguration({ name: 'DeleteBucketCors', effect: 'works' }, 'cors');
