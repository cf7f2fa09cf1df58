/** Conditional reads: `If-Match` and its three companions on GetObject and HeadObject. */
import { evaluateConditions, OssError, readConditions } from '@annals/protocol';
import type { ObjectHead } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';
import { identityHeaders } from './object-response-headers.js';

/** What is left to do when the conditions were no obstacle. */
export type PreconditionOutcome = 'proceed' | 'not-modified';

/**
 * Holds the conditions of a request against an object.
 * @throws {OssError} `PreconditionFailed` (412).
 */
export function checkPreconditions(request: OperationRequest, head: ObjectHead): PreconditionOutcome {
  const conditions = readConditions(request.headers);
  const outcome = evaluateConditions(conditions, { etag: head.etag, lastModifiedMs: head.lastModifiedAtMs });
  if (outcome !== 'precondition-failed') return outcome;
  // The etag decides when both are there, see `evaluateConditions`.
  const condition = conditions.ifMatch === undefined ? 'If-Unmodified-Since' : 'If-Match';
  throw new OssError('PreconditionFailed', { details: { Condition: condition } });
}

/** Headers that a cache takes from a 304 as from the answer it stands for. RFC 9110, 15.4.5. */
const KEPT_HEADERS = ['Cache-Control', 'Expires', 'Vary'];

/**
 * The answer to a reader that has the object already: no body, what tells that it is the same, and what caches go by.
 * @param headers Of the answer that this one stands for.
 */
export function notModifiedResponse(head: ObjectHead, headers: Readonly<Record<string, string>>): OperationResponse {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.includes(name));
  return { status: 304, headers: { ...identityHeaders(head), ...Object.fromEntries(kept) } };
}
