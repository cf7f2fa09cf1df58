/**
 * The conformance suite of the object store: named cases over a narrow driver, run over every pair of engines and again
 * through a client and a server. Uses nothing but assertions, so that any test runner (or none) can drive it.
 */

import { appendCases } from './object-store-append.js';
import { appendExtensionCases } from './object-store-append-extensions.js';
import { bucketCases } from './object-store-buckets.js';
import { concurrencyCases } from './object-store-concurrency.js';
import { copyCases } from './object-store-copy.js';
import type { ObjectStoreCase } from './object-store-driver.js';
import { followCases } from './object-store-follow.js';
import { listingCases } from './object-store-listing.js';
import { liveChannelCases } from './object-store-live-channels.js';
import { multipartCases } from './object-store-multipart.js';
import { objectCases } from './object-store-objects.js';
import { versioningCases } from './object-store-versioning.js';

export * from './object-store-bodies.js';
export * from './object-store-driver.js';
export * from './object-store-engine-pairs.js';
export * from './object-store-key-wrapping.js';
export type * from './object-store-live-channel-driver.js';
export { openStoreDriver } from './object-store-local-driver.js';
export type * from './object-store-upload-driver.js';

/** All cases of the object store. */
export const objectStoreCases: readonly ObjectStoreCase[] = [
  ...appendCases,
  ...appendExtensionCases,
  ...concurrencyCases,
  ...objectCases,
  ...listingCases,
  ...bucketCases,
  ...multipartCases,
  ...liveChannelCases,
  ...copyCases,
  ...versioningCases,
  ...followCases,
];
