/**
 * Ids of multipart uploads, and the numbers of their parts. Outside an id has upper-case digits, as those of the public
 * service.
 */
import { parsePartNumber } from '@annals/protocol';
import type { UploadTarget } from '@annals/store';
import type { OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireObject } from '../../request/request-target.js';

/** Reads bucket, key and upload of a request. Whether there is such an upload is for the store to say. */
export function readUploadTarget(request: OperationRequest): UploadTarget {
  return { ...requireObject(request), uploadId: (request.query.get('uploadId') ?? '').toLowerCase() };
}

/**
 * Asks whether there is the upload of a request, where the operation on it is not reached or must not be reached first.
 * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`.
 */
export async function requireUpload(request: OperationRequest, { store }: OperationContext): Promise<void> {
  await store.getUpload(readUploadTarget(request));
}

/** Writes an id. */
export function formatUploadId(uploadId: string): string {
  return uploadId.toUpperCase();
}

/**
 * Reads the number of a part.
 * @throws {OssError} `InvalidArgument` for anything but 1 to 10,000.
 */
export function readPartNumber({ query }: OperationRequest): number {
  return parsePartNumber(query.get('partNumber'));
}
