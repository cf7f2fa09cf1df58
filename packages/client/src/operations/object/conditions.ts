/** Conditions of reads and copies: what callers say, and the headers that say it. Leaves out judging by them. */
import { type COPY_SOURCE_CONDITION_PREFIX, formatHttpDate, quoteEtag } from '@annals/protocol';

/** A read or copy goes on only if the object is still the one that is meant; otherwise `PreconditionFailed`. */
export interface MatchConditions {
  /** The etag that the object must have, without quotes. */
  readonly ifMatch?: string;
  /** The object must not be modified after this time; milliseconds since 1970, whole seconds count. */
  readonly ifUnmodifiedSinceMs?: number;
}

/** A read or copy goes on only if the object is another than the one that is known. */
export interface ChangeConditions {
  /** The etag of the object that is known, without quotes. */
  readonly ifNoneMatch?: string;
  /** The time of the object that is known; milliseconds since 1970, whole seconds count. */
  readonly ifModifiedSinceMs?: number;
}

/**
 * Writes conditions as headers.
 * @param prefix Of the headers' names: none for the object itself.
 */
export function conditionHeaders(
  conditions: MatchConditions & ChangeConditions,
  prefix: '' | typeof COPY_SOURCE_CONDITION_PREFIX = '',
): Record<string, string> {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  return {
    ...(ifMatch !== undefined && { [`${prefix}if-match`]: formatEtag(ifMatch) }),
    ...(ifNoneMatch !== undefined && { [`${prefix}if-none-match`]: formatEtag(ifNoneMatch) }),
    ...(ifModifiedSinceMs !== undefined && { [`${prefix}if-modified-since`]: formatHttpDate(ifModifiedSinceMs) }),
    ...(ifUnmodifiedSinceMs !== undefined && { [`${prefix}if-unmodified-since`]: formatHttpDate(ifUnmodifiedSinceMs) }),
  };
}

/** Whether anything is asked for at all. */
export function hasConditions(conditions: MatchConditions & ChangeConditions): boolean {
  return Object.keys(conditionHeaders(conditions)).length > 0;
}

/** `*` means any object. */
function formatEtag(etag: string): string {
  return etag === '*' ? etag : quoteEtag(etag);
}
