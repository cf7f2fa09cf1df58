/** GetObjectAcl: `GET /KEY?acl[&versionId=ID]`. */
import { renderAccessControlPolicy } from '@annals/protocol';
import type { ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { ownerOf } from '../answering/listing-input.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readVersionTarget } from '../reading/version-id.js';

/** Shows owner and ACL of an object: `GetObjectAcl`. */
export const getObjectAcl = defineOperation<'GetObjectAcl', VersionTarget, ObjectHead>({
  name: 'GetObjectAcl',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readVersionTarget,
  handle: (target, { store }) => store.headObject(target),
  render: (head) =>
    xmlResponse(renderAccessControlPolicy({ owner: ownerOf(head.ownerId), grant: head.acl }), versionHeaders(head)),
});
