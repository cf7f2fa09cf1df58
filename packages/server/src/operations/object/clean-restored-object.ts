/** CleanRestoredObject: `POST /KEY?cleanRestoredObject`. A restored object is archived again at once. */
import { OssError } from '@annals/protocol';
import { type ObjectHead, StoreFailure, type VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { readVersionTarget } from '../reading/version-id.js';

/** Ends the time in which a restored object can be read: `CleanRestoredObject`. */
export const cleanRestoredObject = defineOperation<'CleanRestoredObject', VersionTarget, ObjectHead>({
  name: 'CleanRestoredObject',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'An object that is not restored is left as it is (200).',
  permissions: ownAction('write'),
  parse: readVersionTarget,
  async handle(target, { store }) {
    try {
      return await store.cleanRestoredObject(target);
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.reason.kind !== 'restore-in-progress') throw error;
      throw new OssError('ArchiveRestoreNotFinished', { cause: error });
    }
  },
  render: (head) => ({ status: 200, headers: versionHeaders(head) }),
});
