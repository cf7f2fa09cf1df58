/** GetObjectAcl: `GET /KEY?acl[&versionId=ID]`. */
import { renderAccessControlPolicy } from '@annals/protocol';
import type { ObjectHead, VersionTarget } from '@annals/store';
import { ownerOf } from './listing-input.js';
import { versionHeaders } from './object-response-headers.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { readVersionTarget } from './version-id.js';
import { xmlResponse } from './xml-response.js';

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
