/**
 * GetObjectMeta: `HEAD /KEY?objectMeta`, also as GET. Only length, etag, time, CRC-64 and version; knows no conditional
 * headers.
 */
import type { ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { identityHeaders } from '../answering/object-response-headers.js';
import { readVersionTarget } from '../reading/version-id.js';

/** Length, ETag and time of an object and nothing else: `GetObjectMeta`. */
export const getObjectMeta = defineOperation<'GetObjectMeta', VersionTarget, ObjectHead>({
  name: 'GetObjectMeta',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Also answered to GET, without a body. Times of access and transition are not kept.',
  permissions: ownAction('read'),
  parse: readVersionTarget,
  handle: (target, { store }) => store.headObject(target),
  render(head, _target, request) {
    const headers = identityHeaders(head);
    // Only HEAD can state the length of bytes that do not follow.
    return {
      status: 200,
      headers: request.method === 'HEAD' ? { ...headers, 'Content-Length': String(head.length) } : headers,
    };
  },
});
