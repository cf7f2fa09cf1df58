/**
 * The source of CopyObject and UploadPartCopy: where it is, who may read it, and under which conditions it is copied.
 */
import {
  actionOf,
  COPY_SOURCE_CONDITION_PREFIX,
  evaluateConditions,
  OssError,
  parseCopySource,
  REQUEST_HEADERS,
  readConditions,
} from '@annals/protocol';
import { type ObjectHead, StoreFailure, type VersionTarget } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { validateVersionId } from '../reading/version-id.js';
import { identityHeaders } from './object-response-headers.js';

/**
 * Reads `x-oss-copy-source`.
 * @throws {OssError} `InvalidArgument`, `InvalidBucketName` or `InvalidObjectName`.
 */
export function readCopySource({ headers }: OperationRequest): VersionTarget {
  const source = parseCopySource(headers.get(REQUEST_HEADERS.copySource) ?? '');
  if (source.versionId !== undefined) validateVersionId(source.versionId);
  return source;
}

/** The right to read the source. */
export function copySourcePermission(request: OperationRequest): RequiredPermission {
  const source = readCopySource(request);
  const action = source.versionId === undefined ? 'oss:GetObject' : 'oss:GetObjectVersion';
  return { action, access: 'read', ...source };
}

/** The right to read the source's tags, which a copy takes along unless it is told not to. No ACL grants it. */
export function copySourceTagsPermission(request: OperationRequest): RequiredPermission {
  const source = readCopySource(request);
  return { action: actionOf('GetObjectTagging', source.versionId !== undefined), access: 'owner', ...source };
}

/**
 * Holds the conditions on the source, `x-oss-copy-source-if-match` and its three companions, against it.
 * @throws {OssError} `PreconditionFailed` (412), or `NotModified` (304).
 */
export function checkCopyConditions(request: OperationRequest, source: ObjectHead): void {
  const conditions = readConditions(request.headers, COPY_SOURCE_CONDITION_PREFIX);
  const outcome = evaluateConditions(conditions, { etag: source.etag, lastModifiedMs: source.lastModifiedAtMs });
  if (outcome === 'not-modified') throw new OssError('NotModified', { headers: identityHeaders(source) });
  if (outcome === 'precondition-failed') {
    const condition = conditions.ifMatch === undefined ? 'If-Unmodified-Since' : 'If-Match';
    throw new OssError('PreconditionFailed', { details: { Condition: condition } });
  }
}

/** The version that was copied, absent while its bucket was never versioned. */
export function copySourceHeaders({ versionId }: ObjectHead): Record<string, string> {
  return versionId === undefined ? {} : { 'x-oss-copy-source-version-id': versionId };
}

/**
 * Runs a copy; a source that is a delete marker, named by its id, is refused as what it is: a wrong argument.
 * @throws {OssError} `InvalidArgument`.
 */
export async function refuseDeleteMarkerSource<Result>(copying: Promise<Result>): Promise<Result> {
  try {
    return await copying;
  } catch (error) {
    if (!(error instanceof StoreFailure) || error.reason.kind !== 'version-is-delete-marker') throw error;
    throw new OssError('InvalidArgument', {
      message: 'The source of a copy request may not specifically refer to a delete marker by version id.',
      details: { ArgumentName: 'versionId', ArgumentValue: error.reason.versionId },
      cause: error,
    });
  }
}
