/**
 * Names of resources, `acs:service:region:owner:name`, and patterns for them. Compared field by field, so that a `*`
 * for the owner cannot swallow the name of a bucket.
 */
import { matchesWildcard } from './wildcard.js';

/** What a request is about. */
export interface ResourceName {
  /** `oss`, `sts`, `ram`. */
  readonly service: string;
  /** Of the server; `undefined` when it has none and answers to all. */
  readonly region: string | undefined;
  /** Account that owns the resource. */
  readonly ownerId: string;
  /** `bucket`, `bucket/key`, `role/name`, or `*` for the service as a whole. */
  readonly name: string;
}

/** What a statement is about; every field may hold wildcards. */
export interface ResourcePattern {
  readonly service: string;
  readonly region: string;
  readonly ownerId: string;
  readonly name: string;
}

/** Every resource there is. */
const EVERY_RESOURCE: ResourcePattern = { service: '*', region: '*', ownerId: '*', name: '*' };

const FIELD = /^[A-Za-z0-9*?_-]*$/;

/**
 * Reads a pattern.
 * @param text `acs:oss:*:*:bucket/prefix/*`, or `*`.
 * @returns `undefined` if it is none. Region and owner may be empty, which means any.
 */
export function parseResourcePattern(text: string): ResourcePattern | undefined {
  if (text === '*') return EVERY_RESOURCE;
  const [scheme, service = '', region = '', ownerId = '', ...rest] = text.split(':');
  // A key may hold colons.
  const name = rest.join(':');
  if (scheme !== 'acs' || service === '' || name === '') return undefined;
  if (!FIELD.test(service) || !FIELD.test(region) || !FIELD.test(ownerId)) return undefined;
  return { service, region: region || '*', ownerId: ownerId || '*', name };
}

/** Tells whether a pattern means a resource. */
export function matchesResource(pattern: ResourcePattern, resource: ResourceName): boolean {
  return (
    matchesWildcard(pattern.service, resource.service) &&
    matchesRegion(pattern.region, resource.region) &&
    matchesWildcard(pattern.ownerId, resource.ownerId) &&
    matchesWildcard(pattern.name, resource.name)
  );
}

/** Regions are written with and without `oss-`. */
function matchesRegion(pattern: string, region: string | undefined): boolean {
  if (region === undefined || pattern === '*') return true;
  return matchesWildcard(pattern.replace(/^oss-/, ''), region.replace(/^oss-/, ''));
}
