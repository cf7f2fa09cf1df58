/** DeleteObject: `DELETE /KEY[?versionId=ID]`. Deleting what is not there succeeds too. */
import type { DeleteResult, VersionTarget } from '@annals/store';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { readVersionTarget } from './version-id.js';

export const deleteObject = defineOperation<VersionTarget, DeleteResult>({
  name: 'DeleteObject',
  permissions: ownAction('write'),
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
