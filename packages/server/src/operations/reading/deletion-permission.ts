/** The right to delete an object, alone or in a batch. */
import { actionOf } from '@annals/protocol';
import type { RequiredPermission } from '../../request/required-permission.js';

/**
 * Says what a deletion takes. One that names a version destroys it, whatever versions the bucket keeps; so no ACL
 * grants it: whoever opens a bucket to all writers and keeps versions counts on getting everything back.
 * @param hasVersionId Whether the request names a version.
 */
export function deletionPermission(hasVersionId: boolean): RequiredPermission {
  return { action: actionOf('DeleteObject', hasVersionId), access: hasVersionId ? 'owner' : 'write' };
}
