/**
 * Put- and GetObjectRetention: `?retention[&versionId=ID]` on an object. What may be changed to what is the store's to
 * say.
 */
import { OssError, parseRetention, type Retention, readBypassGovernance, renderRetention } from '@annals/protocol';
import type { ObjectHead, SetRetentionInput, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { xmlResponse } from '../answering/xml-response.js';
import { bypassPermissions } from '../reading/bypass-governance.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { readVersionTarget } from '../reading/version-id.js';

const permissions = ownAction('owner');

/** Sets until when a version cannot be removed: `PutObjectRetention`. */
export const putObjectRetention = defineOperation<'PutObjectRetention', SetRetentionInput, ObjectHead>({
  name: 'PutObjectRetention',
  effect: 'works',
  anonymous: 'if granted',
  changesRules: true,
  remark:
    'Both modes. Shortening, or another mode, while one holds is 409 `FileImmutable`; `GOVERNANCE` is shortened ' +
    'with `x-oss-bypass-governance-retention: true` and `oss:BypassGovernanceRetention`, which DeleteObject and ' +
    'DeleteMultipleObjects take too. Dates are cut to whole seconds and lie 100 years ahead at most. Uploads ' +
    'take `x-oss-object-worm-*`, with `oss:PutObjectRetention` and `oss:PutObjectLegalHold`.',
  permissions: (request) => [...permissions(request), ...bypassPermissions(request)],
  async parse(request) {
    const target = readVersionTarget(request);
    const bypassesGovernance = readBypassGovernance(request.headers);
    const retention = parseRetention(await readConfigurationDocument(request), request.receivedAtMs);
    return { ...target, retention, bypassesGovernance };
  },
  handle: (input, { store }) => store.setObjectRetention(input),
  render: (head) => ({ status: 200, headers: versionHeaders(head) }),
});

interface FoundRetention {
  readonly head: ObjectHead;
  readonly retention: Retention;
}

/** Shows until when a version cannot be removed: `GetObjectRetention`. */
export const getObjectRetention = defineOperation<'GetObjectRetention', VersionTarget, FoundRetention>({
  name: 'GetObjectRetention',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Without one 404 `NoSuchObjectRetentionConfiguration`.',
  permissions,
  parse: readVersionTarget,
  async handle(target, { store }) {
    const head = await store.headObject(target);
    const { retention } = head;
    if (retention === undefined) {
      throw new OssError('NoSuchObjectRetentionConfiguration', { details: { Key: target.key } });
    }
    return { head, retention };
  },
  render: ({ head, retention }) => xmlResponse(renderRetention(retention), versionHeaders(head)),
});
