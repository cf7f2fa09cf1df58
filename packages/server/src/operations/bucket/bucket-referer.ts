/** Put- and GetBucketReferer: `?referer`. Requests are judged by `../../bucket-rules/referer.ts`. */
import { parseRefererConfiguration, type RefererConfiguration, renderRefererConfiguration } from '@annals/protocol';
import { getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** What holds for a bucket that was told nothing: everybody may come from everywhere. */
const NO_RESTRICTION: RefererConfiguration = {
  allowEmptyReferer: true,
  allowTruncateQueryString: true,
  truncatePath: false,
  referers: [],
};

/** Sets which pages may link to a bucket: `PutBucketReferer`. */
export const putBucketReferer = putConfiguration(
  {
    name: 'PutBucketReferer',
    effect: 'works',
    remark: 'A pattern without wildcards fits the page and what lies below it, never a longer host name.',
  },
  'referer',
  (document) => parseRefererConfiguration(document),
);

/** Shows which pages may link to a bucket: `GetBucketReferer`. */
export const getBucketReferer = getConfiguration(
  { name: 'GetBucketReferer', effect: 'works' },
  'referer',
  renderRefererConfiguration,
  () => renderRefererConfiguration(NO_RESTRICTION),
);
