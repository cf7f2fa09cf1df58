/** Request headers in the form that protocol's readers take. */
import type { RequestHeaders } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

/** Several readers look at the headers of one request; the record is made for the first of them. */
const records = new WeakMap<OperationRequest['headers'], RequestHeaders>();

/** Gives all headers of a request by lower-case name. */
export function headerRecord({ headers }: OperationRequest): RequestHeaders {
  let record = records.get(headers);
  if (record === undefined) {
    const own: Record<string, string> = {};
    for (const [name, value] of headers) own[name] = value;
    record = own;
    records.set(headers, record);
  }
  return record;
}
