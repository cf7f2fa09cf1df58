/** Put-, Get- and DeleteBucketCors: `?cors`. Answers follow it in `../../bucket-rules/cross-origin.ts`. */
import { parseCorsConfiguration, renderCorsConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Sets the rules by which pages of other origins may call: `PutBucketCors`. */
export const putBucketCors = putConfiguration(
  {
    name: 'PutBucketCors',
    effect: 'works',
    remark:
      'The headers that a page needs to append and follow are always exposed: [extensions.md](extensions.md#browsers).',
  },
  'cors',
  (document) => parseCorsConfiguration(document),
);

/** Shows these rules: `GetBucketCors`. */
export const getBucketCors = getConfiguration(
  { name: 'GetBucketCors', effect: 'works' },
  'cors',
  // The flag is shown whether or not it was given.
  (cors) => renderCorsConfiguration({ ...cors, responseVary: cors.responseVary ?? false }),
  'NoSuchCORSConfiguration',
);

/** Removes these rules: `DeleteBucketCors`. */
export const deleteBucketCors = deleteConfiguration({ name: 'DeleteBucketCors', effect: 'works' }, 'cors');
