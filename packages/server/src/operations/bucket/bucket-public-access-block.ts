/** Get-, Put- and DeleteBucketPublicAccessBlock: `?publicAccessBlock` on a bucket. Access control follows it. */
import { parsePublicAccessBlock, renderPublicAccessBlock } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Says whether a bucket blocks public access: `PutBucketPublicAccessBlock`. */
export const putBucketPublicAccessBlock = putConfiguration(
  { name: 'PutBucketPublicAccessBlock', effect: 'works' },
  'publicAccessBlock',
  (document) => parsePublicAccessBlock(document),
);

/** Whether a bucket blocks public access: `GetBucketPublicAccessBlock`. */
export const getBucketPublicAccessBlock = getConfiguration(
  { name: 'GetBucketPublicAccessBlock', effect: 'works' },
  'publicAccessBlock',
  renderPublicAccessBlock,
  () => renderPublicAccessBlock(false),
);

/** Lets a bucket follow its account again: `DeleteBucketPublicAccessBlock`. */
export const deleteBucketPublicAccessBlock = deleteConfiguration(
  { name: 'DeleteBucketPublicAccessBlock', effect: 'works' },
  'publicAccessBlock',
);
