/** What a bucket's descriptions say about where it is. */

import type { OperationRequest } from '../../request/operation-request.js';
import type { ServerSettings } from '../../settings.js';

/** Region of a server that was given none: clients insist on reading one. */
const REGION_DEFAULT = 'annals';

/** Region of all buckets of this server. */
export function regionOf(settings: ServerSettings): string {
  return settings.region ?? REGION_DEFAULT;
}

/** Location of all buckets of this server, such as `oss-annals`. */
export function locationOf(settings: ServerSettings): string {
  return `oss-${regionOf(settings)}`;
}

/**
 * Gives the endpoint a client reaches this server at: the host it used just now, port included, without the bucket's
 * name in front. It is the one address known to work for that client, whatever proxies and names lie between.
 */
export function endpointOf({ host, bucket }: OperationRequest): string {
  return bucket !== undefined && host.startsWith(`${bucket}.`) ? host.slice(bucket.length + 1) : host;
}
