/**
 * SealAppendObject: `POST /KEY?seal&position=N`. Ends an appendable object; repeating it answers the time of the first
 * seal.
 */

import { formatHttpDate, parsePosition } from '@annals/protocol';
import type { ObjectHead, SealInput } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { requireObject } from '../../request/request-target.js';
import { identityHeaders, objectTypeName } from '../answering/object-response-headers.js';
import { refuseVersionId } from '../reading/version-id.js';

/** Ends an appendable object: no more can be added: `SealAppendObject`. */
export const sealAppendObject = defineOperation<'SealAppendObject', SealInput, ObjectHead>({
  name: 'SealAppendObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'On by default, without a ticket. The answer has `Content-Length: 0`. Sealing again with the right position ' +
    'is idempotent.',
  permissions: () => [{ action: 'oss:SealAppendObject', access: 'write' }],
  parse(request) {
    refuseVersionId(request);
    return { ...requireObject(request), position: parsePosition(request.query.get('position')) };
  },
  handle: (input, { store }) => store.sealObject(input),
  render(head) {
    return {
      status: 200,
      headers: {
        ...identityHeaders(head),
        'x-oss-object-type': objectTypeName(head),
        'x-oss-storage-class': head.storageClass,
        'x-oss-next-append-position': String(head.length),
        'x-oss-sealed-time': formatHttpDate(head.sealedAtMs ?? head.lastModifiedAtMs),
      },
    };
  },
});
