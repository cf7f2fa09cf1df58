/** AbortMultipartUpload: `DELETE /KEY?uploadId=ID`. The bytes of the parts are freed in the background. */
import type { UploadTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { readUploadTarget } from '../reading/upload-id.js';

/** Gives up an upload and its parts: `AbortMultipartUpload`. */
export const abortMultipartUpload = defineOperation<'AbortMultipartUpload', UploadTarget, void>({
  name: 'AbortMultipartUpload',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'The bytes are freed in the background.',
  permissions: ownAction('write'),
  parse: readUploadTarget,
  handle: (target, { store }) => store.abortUpload(target),
  render: () => ({ status: 204, headers: {} }),
});
