/** Adds to an answer what its bucket lets pages of the request's origin see of it. */
import type { ObjectStore } from '@annals/store';
import type { OperationResponse } from '../operations/operation.js';
import { configurationsOf } from './bucket-configurations.js';
import { findBucket } from './check-bucket-rules.js';
import { crossOriginHeaders } from './cross-origin.js';

/** Never throws: that the store fails now must not make the answer of what is done another one. The browser then keeps it from the page. */
export async function showToOrigin(
  response: OperationResponse,
  bucketName: string,
  { method, headers }: { readonly method: string; readonly headers: ReadonlyMap<string, string> },
  store: ObjectStore,
): Promise<OperationResponse> {
  try {
    const bucket = await findBucket(store, bucketName);
    if (bucket === undefined) return response;
    const shown = crossOriginHeaders(configurationsOf(bucket).cors, method, headers);
    return { ...response, headers: { ...response.headers, ...shown } };
  } catch {
    return response;
  }
}
