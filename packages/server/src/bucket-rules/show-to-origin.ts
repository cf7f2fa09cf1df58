/** Adds to an answer what its bucket lets pages of the request's origin see of it. */
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import type { OperationResponse } from '../response.js';
import { crossOriginHeaders } from './cross-origin.js';

/** Of a request, what an answer to another origin depends on. */
interface AskedFromOrigin {
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Never throws: that the store fails now must not make the answer of what is done another one. The browser then keeps
 * it from the page.
 */
export async function showToOrigin(
  response: OperationResponse,
  request: AskedFromOrigin,
  readBucket: () => Promise<BucketRecord | undefined>,
): Promise<OperationResponse> {
  try {
    const bucket = await readBucket();
    return bucket === undefined ? response : showFrom(bucket, response, request);
  } catch {
    return response;
  }
}

/** The same for a bucket whose row has been read. Never throws. */
export function showFrom(
  bucket: BucketRecord,
  response: OperationResponse,
  { method, headers }: AskedFromOrigin,
): OperationResponse {
  try {
    const { cors } = configurationsOf(bucket);
    if (cors === undefined) return response;
    const shown = crossOriginHeaders(cors, method, headers);
    const { Vary: before } = response.headers;
    const { Vary: added } = shown;
    const vary = before !== undefined && added !== undefined && before !== added ? { Vary: `${before}, ${added}` } : {};
    return { ...response, headers: { ...response.headers, ...shown, ...vary } };
  } catch {
    return response;
  }
}
