/** Put-, Get- and DeleteBucketCors: `?cors`. Answers follow it in `../bucket-rules/cross-origin.ts`. */
import { parseCorsConfiguration, renderCorsConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from './stored-configuration.js';

export const putBucketCors = putConfiguration('PutBucketCors', 'cors', (document) => parseCorsConfiguration(document));

export const getBucketCors = getConfiguration(
  'GetBucketCors',
  'cors',
  // The flag is shown whether or not it was given.
  (cors) => renderCorsConfiguration({ ...cors, responseVary: cors.responseVary ?? false }),
  'NoSuchCORSConfiguration',
);

export const deleteBucketCors = deleteConfiguration('DeleteBucketCors', 'cors');
