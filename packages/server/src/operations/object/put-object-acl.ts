/**
 * PutObjectAcl: `PUT /KEY?acl[&versionId=ID]` with the header `x-oss-object-acl`, which must not be missing or empty.
 */
import { OssError, parseObjectAcl } from '@annals/protocol';
import type { ObjectAcl, ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { readVersionTarget } from '../reading/version-id.js';

const NO_ACL_EC = '0017-00000105';

interface PutObjectAclInput {
  readonly target: VersionTarget;
  readonly acl: ObjectAcl;
}

/** Sets the ACL of an object: `PutObjectAcl`. */
export const putObjectAcl = defineOperation<'PutObjectAcl', PutObjectAclInput, ObjectHead>({
  name: 'PutObjectAcl',
  effect: 'works',
  anonymous: 'if granted',
  changesRules: true,
  remark: 'A missing or empty `x-oss-object-acl` is `MissingArgument` (EC 0017-00000105).',
  permissions: ownAction('owner'),
  parse(request) {
    const acl = parseObjectAcl(request.headers.get('x-oss-object-acl'));
    if (acl === undefined) {
      throw new OssError('MissingArgument', { ec: NO_ACL_EC, details: { ArgumentName: 'x-oss-object-acl' } });
    }
    return { target: readVersionTarget(request), acl };
  },
  handle: ({ target, acl }, { store }) => store.setObjectAcl(target, acl),
  render: (head) => ({ status: 200, headers: versionHeaders(head) }),
});
