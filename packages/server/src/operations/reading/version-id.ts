/** `versionId` of a request: which version of an object is meant. */
import { invalidArgument, OssError } from '@annals/protocol';
import type { VersionTarget } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireObject } from '../../request/request-target.js';

/** Every id this server makes, and every id of the public service, is of these characters; the length bound is ours. */
const VERSION_ID = /^[A-Za-z0-9+/=_-]{1,256}$/;

/**
 * Reads bucket, key and version of an object-scope request.
 * @throws {OssError} `InvalidArgument` for a version id that cannot be one.
 */
export function readVersionTarget(request: OperationRequest): VersionTarget {
  const target = requireObject(request);
  const versionId = request.query.get('versionId');
  if (versionId === undefined) return target;
  validateVersionId(versionId);
  return { ...target, versionId };
}

/**
 * Refuses a version id where only the current version can be meant. Ignoring it would change another version than the
 * one named.
 * @param ec Detailed error code, where there is one.
 * @throws {OssError} `InvalidArgument`.
 */
export function refuseVersionId({ query, operation }: OperationRequest, ec?: string): void {
  const versionId = query.get('versionId');
  if (versionId !== undefined)
    throw invalidArgument('versionId', versionId, `${operation} does not take a version id.`, ec);
}

/**
 * Refuses a text that cannot be a version id. `null` can: it names the version from before or during suspension.
 * @throws {OssError} `InvalidArgument`.
 */
export function validateVersionId(versionId: string): void {
  if (VERSION_ID.test(versionId)) return;
  throw new OssError('InvalidArgument', {
    message: versionId === '' ? 'Version id can not be the empty string.' : 'Invalid version id specified.',
    details: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
}
