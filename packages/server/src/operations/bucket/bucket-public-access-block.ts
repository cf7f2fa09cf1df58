/** Get-, Put- and DeleteBucketPublicAccessBlock: `?publicAccessBlock` on a bucket. Access control follows it. */
import { parsePublicAccessBlock, renderPublicAccessBlock } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

export const putBucketPublicAccessBlock = putConfiguration(
  { name: 'PutBucketPublicAccessBlock', effect: 'works' },
  'publicAccessBlock',
  (document) => parsePublicAccessBlock(document),
);

export const getBucketPublicAccessBlock = getConfiguration(
  { name: 'GetBucketPublicAccessBlock', effect: 'works' },
  'publicAccessBlock',
  renderPublicAccessBlock,
  () => renderPublicAccessBlock(false),
);

export const deleteBucketPublicAccessBlock = deleteConfiguration(
  { name: 'DeleteBucketPublicAccessBlock', effect: 'works' },
  'publicAccessBlock',
);
