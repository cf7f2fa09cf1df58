/** The right to delete an object, alone or in a batch. */
import { actionOf } from '@annals/protocol';
import type { RequiredPermission } from '../../request/required-permission.js';

/**
 * Returns the right that a deletion needs. A deletion that names a version destroys it, also where the bucket keeps
 * versions; so no ACL grants it: an owner that opens a versioned bucket to all writers relies on getting everything
 * back.
 * @param hasVersionId Whether the request names a version.
 */
export function deletionPermission(hasVersionId: boolean): RequiredPermission {
  return { action: actionOf('DeleteObject', hasVersionId), access: hasVersionId ? 'owner' : 'write' };
}
