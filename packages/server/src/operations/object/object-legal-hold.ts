/** Put- and GetObjectLegalHold: `?legalHold[&versionId=ID]` on an object. */
import { OssError, parseLegalHold, renderLegalHold } from '@annals/protocol';
import type { ObjectHead, SetLegalHoldInput, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { readVersionTarget } from '../reading/version-id.js';

/** Sets or lifts the legal hold of a version: `PutObjectLegalHold`. */
export const putObjectLegalHold = defineOperation<'PutObjectLegalHold', SetLegalHoldInput, ObjectHead>({
  name: 'PutObjectLegalHold',
  effect: 'works',
  anonymous: 'if granted',
  changesRules: true,
  remark: 'Holds with or without a retention; only `OFF` ends it.',
  permissions: ownAction('owner'),
  async parse(request) {
    const target = readVersionTarget(request);
    return { ...target, legalHold: parseLegalHold(await readConfigurationDocument(request)) };
  },
  handle: (input, { store }) => store.setLegalHold(input),
  render: (head) => ({ status: 200, headers: versionHeaders(head) }),
});

interface FoundLegalHold {
  readonly head: ObjectHead;
  readonly legalHold: boolean;
}

/** Shows the legal hold of a version: `GetObjectLegalHold`. */
export const getObjectLegalHold = defineOperation<'GetObjectLegalHold', VersionTarget, FoundLegalHold>({
  name: 'GetObjectLegalHold',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Never set: 404 `NoSuchObjectLegalHoldConfiguration`.',
  permissions: ownAction('owner'),
  parse: readVersionTarget,
  async handle(target, { store }) {
    const head = await store.headObject(target);
    const { legalHold } = head;
    if (legalHold === undefined) {
      throw new OssError('NoSuchObjectLegalHoldConfiguration', { details: { Key: target.key } });
    }
    return { head, legalHold };
  },
  render: ({ head, legalHold }) => xmlResponse(renderLegalHold(legalHold), versionHeaders(head)),
});
