/** DeleteObject: `DELETE /KEY[?versionId=ID]`. Deleting what is not there succeeds too. */
import type { DeleteResult, VersionTarget } from '@annals/store';
import { deletionPermission } from './deletion-permission.js';
import { defineOperation } from './operation.js';
import { readVersionTarget } from './version-id.js';

export const deleteObject = defineOperation<VersionTarget, DeleteResult>({
  name: 'DeleteObject',
  permissions: ({ query }) => [deletionPermission(query.has('versionId'))],
  parse: readVersionTarget,
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
