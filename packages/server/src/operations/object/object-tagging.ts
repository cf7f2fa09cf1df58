/** Put-, Get- and DeleteObjectTagging: `?tagging[&versionId=ID]` on an object. Of a symlink the tags are its own. */
import { LIMITS, parseTagging, renderTagging, validateTags } from '@annals/protocol';
import type { ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { versionHeaders } from '../answering/object-response-headers.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { readVersionTarget } from '../reading/version-id.js';

interface PutObjectTaggingInput {
  readonly target: VersionTarget;
  readonly tags: Readonly<Record<string, string>>;
}

/** Replaces the tags of an object: `PutObjectTagging`. */
export const putObjectTagging = defineOperation<'PutObjectTagging', PutObjectTaggingInput, ObjectHead>({
  name: 'PutObjectTagging',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Only the bucket’s owner and policies allow it, never an ACL.',
  permissions: ownAction('owner'),
  async parse(request) {
    const target = readVersionTarget(request);
    const tags = parseTagging(await readConfigurationDocument(request));
    validateTags(tags, LIMITS.objectTagCountMax);
    return { target, tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) };
  },
  handle: ({ target, tags }, { store }) => store.setObjectTags(target, tags),
  render: (head) => ({ status: 200, headers: versionHeaders(head) }),
});

/** Shows the tags of an object: `GetObjectTagging`. */
export const getObjectTagging = defineOperation<'GetObjectTagging', VersionTarget, ObjectHead>({
  name: 'GetObjectTagging',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'As PutObjectTagging.',
  permissions: ownAction('owner'),
  parse: readVersionTarget,
  handle: (target, { store }) => store.headObject(target),
  render: (head) =>
    xmlResponse(renderTagging(Object.entries(head.tags).map(([key, value]) => ({ key, value }))), versionHeaders(head)),
});

/** Removes the tags of an object: `DeleteObjectTagging`. */
export const deleteObjectTagging = defineOperation<'DeleteObjectTagging', VersionTarget, ObjectHead>({
  name: 'DeleteObjectTagging',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'As PutObjectTagging.',
  permissions: ownAction('owner'),
  parse: readVersionTarget,
  handle: (target, { store }) => store.setObjectTags(target, {}),
  render: (head) => ({ status: 204, headers: versionHeaders(head) }),
});
