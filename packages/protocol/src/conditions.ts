/**
 * Conditional requests: whether a read or a copy goes on, given the object's etag and time.
 * Leaves out reading the object and answering.
 */
import { unquoteEtag } from './etag.js';
import type { RequestHeaders } from './headers.js';
import { parseHttpDate } from './http-date.js';

/** The four conditions of a request, as its headers have them. */
export interface Conditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifUnmodifiedSince?: string;
}

/** What the conditions are held against. */
export interface EntityState {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** `not-modified` is answered with 304, `precondition-failed` with 412. */
export type ConditionOutcome = 'proceed' | 'not-modified' | 'precondition-failed';

/** Prefix of the condition headers that a copy puts on its source. */
export const COPY_SOURCE_CONDITION_PREFIX = 'x-oss-copy-source-';

/**
 * Collects the condition headers of a request.
 * @param prefix `''` for the object itself, `COPY_SOURCE_CONDITION_PREFIX` for the source of a copy.
 */
export function readConditions(headers: RequestHeaders, prefix = ''): Conditions {
  const ifMatch = headers.get(`${prefix}if-match`);
  const ifNoneMatch = headers.get(`${prefix}if-none-match`);
  const ifModifiedSince = headers.get(`${prefix}if-modified-since`);
  const ifUnmodifiedSince = headers.get(`${prefix}if-unmodified-since`);
  return {
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(ifModifiedSince !== undefined && { ifModifiedSince }),
    ...(ifUnmodifiedSince !== undefined && { ifUnmodifiedSince }),
  };
}

/**
 * Holds conditions against an object, in the order of RFC 9110 section 13.2.2: an etag condition replaces the time
 * condition of its pair, because two appends within a second differ in etag but not in Last-Modified. Failing
 * `If-Match` goes before matching `If-None-Match`. A malformed date counts as absent.
 *
 * @param conditions Conditions of the request.
 * @param state The object as it is.
 */
export function evaluateConditions(conditions: Conditions, state: EntityState): ConditionOutcome {
  // Headers have whole seconds; the fraction would make an object look newer than its own Last-Modified.
  const lastModifiedMs = Math.floor(state.lastModifiedMs / 1000) * 1000;
  const modifiedSinceMs =
    conditions.ifModifiedSince === undefined ? undefined : parseHttpDate(conditions.ifModifiedSince);
  const unmodifiedSinceMs =
    conditions.ifUnmodifiedSince === undefined ? undefined : parseHttpDate(conditions.ifUnmodifiedSince);

  if (conditions.ifMatch !== undefined) {
    if (!listHasEtag(conditions.ifMatch, state.etag, 'strong')) return 'precondition-failed';
  } else if (unmodifiedSinceMs !== undefined && lastModifiedMs > unmodifiedSinceMs) {
    return 'precondition-failed';
  }
  if (conditions.ifNoneMatch !== undefined) {
    if (listHasEtag(conditions.ifNoneMatch, state.etag, 'weak')) return 'not-modified';
  } else if (modifiedSinceMs !== undefined && lastModifiedMs <= modifiedSinceMs) {
    return 'not-modified';
  }
  return 'proceed';
}

/**
 * Tells whether the `Range` beside an `If-Range` counts (RFC 9110 section 13.1.5). Where it does not, the client gets
 * the whole object and never joins parts of two states.
 * @param header The `If-Range` header; without one the range counts.
 * @param state The object as it is.
 * @returns `true` for the object's own etag, not weak, and for exactly the time of its last modification.
 */
export function isRangeWanted(header: string | undefined, state: EntityState): boolean {
  if (header === undefined) return true;
  const text = header.trim();
  if (text.startsWith('"')) return /^"[^"]*"$/.test(text) && unquoteEtag(text) === state.etag;
  const atMs = parseHttpDate(text);
  if (atMs !== undefined) return atMs === Math.floor(state.lastModifiedMs / 1000) * 1000;
  // SDKs hand etags on without their quotes.
  return text === state.etag;
}

function listHasEtag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  for (const item of list.split(',')) {
    const text = item.trim();
    if (text === '*') return true;
    const isWeak = text.startsWith('W/');
    if (isWeak && comparison === 'strong') continue;
    if (unquoteEtag(isWeak ? text.slice(2) : text) === etag) return true;
  }
  return false;
}
