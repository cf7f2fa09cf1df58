/**
 * Bucket and key of a request whose operation has them by definition; their absence would be a fault of the pipeline,
 * not of the caller.
 */
import type { OperationRequest } from './operation-request.js';

/**
 * Gives the bucket of a bucket- or object-scope request.
 * @throws {Error} There is none: a fault of the operation table.
 */
export function requireBucket(request: OperationRequest): string {
  if (request.bucket === undefined) throw new Error(`${request.operation} reached its handler without a bucket`);
  return request.bucket;
}

/**
 * Gives bucket and key of an object-scope request.
 * @throws {Error} There is none: a fault of the operation table.
 */
export function requireObject(request: OperationRequest): { readonly bucket: string; readonly key: string } {
  if (request.key === undefined) throw new Error(`${request.operation} reached its handler without a key`);
  return { bucket: requireBucket(request), key: request.key };
}
