/** The right most operations need: their own action on their own bucket or object. */
import { actionOf } from '@annals/protocol';
import type { OperationRequest } from './operation-request.js';
import type { RequiredPermission } from './required-permission.js';

/**
 * Makes the `permissions` of a row that needs exactly its own action.
 * @param access Which half of an ACL decides when no policy does.
 */
export function ownAction(
  access: RequiredPermission['access'],
): (request: OperationRequest) => readonly RequiredPermission[] {
  return ({ operation, query }) => [{ action: actionOf(operation, query.has('versionId')), access }];
}
