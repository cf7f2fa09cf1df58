/** Put-, Get- and DeleteBucketWebsite: `?website`. Pages are served by `../../website`. */
import { parseWebsiteConfiguration, renderWebsiteConfiguration } from '@annals/protocol';
import { deleteConfiguration, getConfiguration, putConfiguration } from '../configuring/stored-configuration.js';

/** Sets index, error page and routing rules of a static website: `PutBucketWebsite`. */
export const putBucketWebsite = putConfiguration(
  {
    name: 'PutBucketWebsite',
    effect: 'works',
    remark:
      'Serves unsigned readers. An anonymous root with parameters that name nothing (`utm_source`) is the index ' +
      'page, with those of a listing a listing. An `IndexDocument` without a name beside rules counts as absent; ' +
      'a rule without `RedirectType` is `External`; one of the type `Mirror` takes `HttpErrorCodeReturnedEquals` ' +
      '404. Routing rules of the types `Mirror` and `Internal` are configuration without effect: kept and given ' +
      'back; a request that meets one gets the error page, and nothing is fetched from anywhere.',
  },
  'website',
  (document) => parseWebsiteConfiguration(document),
);

/** Shows the settings of the static website: `GetBucketWebsite`. */
export const getBucketWebsite = getConfiguration(
  {
    name: 'GetBucketWebsite',
    effect: 'works',
    remark:
      'Shows what was put: without an error page no `ErrorDocument`, which the C# SDK V1 reads without asking, so ' +
      'that it fails in its own parser. An empty one would not come back: SDKs that change what they read would ' +
      'put it, and an `ErrorDocument` without `Key` is refused.',
  },
  'website',
  renderWebsiteConfiguration,
  'NoSuchWebsiteConfiguration',
);

/** Turns the static website off: `DeleteBucketWebsite`. */
export const deleteBucketWebsite = deleteConfiguration({ name: 'DeleteBucketWebsite', effect: 'works' }, 'website');
