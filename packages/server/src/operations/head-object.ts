/** HeadObject: `HEAD /KEY[?versionId=ID]`. All that GetObject says of an object, without its bytes. */
import type { ObjectHead, VersionTarget } from '@annals/store';
import { objectResponseHeaders } from './object-response-headers.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { checkPreconditions, notModifiedResponse, type PreconditionOutcome } from './preconditions.js';
import { readVersionTarget } from './version-id.js';

interface HeadObjectOutput {
  readonly head: ObjectHead;
  readonly outcome: PreconditionOutcome;
}

export const headObject = defineOperation<VersionTarget, HeadObjectOutput>({
  name: 'HeadObject',
  permissions: ownAction('read'),
  parse: readVersionTarget,
  async handle(target, { store }, request) {
    const head = await store.headObject(target);
    return { head, outcome: checkPreconditions(request, head) };
  },
  render({ head, outcome }) {
    if (outcome === 'not-modified') return notModifiedResponse(head);
    return { status: 200, headers: { ...objectResponseHeaders(head), 'Content-Length': String(head.length) } };
  },
});
