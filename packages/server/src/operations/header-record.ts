/** Request headers in the form that protocol's readers take. */
import type { RequestHeaders } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

/** Gives all headers of a request by lower-case name. */
export function headerRecord(request: OperationRequest): RequestHeaders {
  return Object.fromEntries(request.headers);
}
