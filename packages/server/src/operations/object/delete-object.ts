/** DeleteObject: `DELETE /KEY[?versionId=ID]`. Deleting what is not there succeeds too. */
import { readBypassGovernance } from '@annals/protocol';
import type { DeleteResult, DeletionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { bypassPermissions } from '../reading/bypass-governance.js';
import { deletionPermission } from '../reading/deletion-permission.js';
import { readVersionTarget } from '../reading/version-id.js';

/** Removes an object, or hides it behind a delete marker: `DeleteObject`. */
export const deleteObject = defineOperation<'DeleteObject', DeletionTarget, DeleteResult>({
  name: 'DeleteObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'The bytes are freed in the background. In a versioned bucket each deletion without a version id makes a ' +
    'delete marker, also of a key that is hidden or was never there. Deleting a version by its id takes the ' +
    'owner or a policy with `oss:DeleteObjectVersion`: no ACL grants it.',
  permissions: (request) => [deletionPermission(request.query.has('versionId')), ...bypassPermissions(request)],
  parse: (request) => ({
    ...readVersionTarget(request),
    bypassesGovernance: readBypassGovernance(request.headers),
  }),
  handle: (target, { store }) => store.deleteObject(target),
  render({ deleteMarker, versionId }) {
    return {
      status: 204,
      headers: {
        ...(deleteMarker && { 'x-oss-delete-marker': 'true' }),
        ...(versionId !== undefined && { 'x-oss-version-id': versionId }),
      },
    };
  },
});
