/** Put-, Get- and DeleteBucketWebsite: `?website`. Pages are served by `../bucket-rules/website.ts`. */
import { parseWebsiteConfiguration, renderWebsiteConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from './stored-configuration.js';

export const putBucketWebsite = putConfiguration('PutBucketWebsite', 'website', (document) =>
  parseWebsiteConfiguration(document),
);

export const getBucketWebsite = getConfiguration(
  'GetBucketWebsite',
  'website',
  renderWebsiteConfiguration,
  'NoSuchWebsiteConfiguration',
);

export const deleteBucketWebsite = deleteConfiguration('DeleteBucketWebsite', 'website');
