/** The rights that every operation needs which creates or extends an object. */
import type { OperationRequest, RequiredPermission } from './operation.js';

/** What it takes to make an object that has tags. */
export const PUT_TAGS: RequiredPermission = { action: 'oss:PutObjectTagging', access: 'write' };

/** `oss:PutObject`, and `oss:PutObjectTagging` when tags are given. */
export function putObjectPermissions(request: OperationRequest): readonly RequiredPermission[] {
  const put: RequiredPermission = { action: 'oss:PutObject', access: 'write' };
  if (!request.headers.has('x-oss-tagging')) return [put];
  return [put, PUT_TAGS];
}
