/**
 * Headers that ask for nothing when they are empty: SDKs and forms send every option they know, set or not. Empty ones
 * of other names keep their meaning or are refused: an empty storage class, encryption, digest, directive, limit,
 * protection, condition or extension is a value that was lost on its way.
 */
import { REQUEST_HEADERS, type RequestHeaders } from '../headers.js';

/** Options that count as absent when they are empty. */
export const EMPTY_OPTIONS: ReadonlySet<string> = new Set([
  REQUEST_HEADERS.acl,
  REQUEST_HEADERS.bypassGovernance,
  REQUEST_HEADERS.callback,
  REQUEST_HEADERS.callbackVariables,
  REQUEST_HEADERS.completeAll,
  REQUEST_HEADERS.copySourceRange,
  REQUEST_HEADERS.multiRangeBehavior,
  REQUEST_HEADERS.objectAcl,
  REQUEST_HEADERS.rangeBehavior,
  'x-oss-allow-same-action-overlap',
  'x-oss-hns-status',
  'x-oss-request-payer',
]);

/**
 * Leaves out the options that are empty.
 * @param headers By lower-case name.
 * @returns The same map when there are none.
 */
export function withoutEmptyOptions(headers: RequestHeaders): RequestHeaders {
  let kept: Map<string, string> | undefined;
  for (const [name, value] of headers) {
    if (value !== '' || !EMPTY_OPTIONS.has(name)) continue;
    kept ??= new Map(headers);
    kept.delete(name);
  }
  return kept ?? headers;
}
