/** HeadObject: `HEAD /KEY[?versionId=ID]`. All that GetObject says of an object, without its bytes. */
import { Readable } from 'node:stream';
import type { ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { restoreHeaders } from '../answering/archived-object.js';
import { expirationHeaders } from '../answering/expiration-headers.js';
import { compressedHeaders, isSentCompressed, uncompressedHeaders } from '../answering/gzip-body.js';
import { objectResponseHeaders } from '../answering/object-response-headers.js';
import { headReadable } from '../answering/open-readable.js';
import { checkPreconditions, notModifiedResponse, type PreconditionOutcome } from '../answering/preconditions.js';
import { readVersionTarget } from '../reading/version-id.js';

interface HeadObjectOutput {
  readonly head: ObjectHead;
  readonly outcome: PreconditionOutcome;
  readonly expiration: Readonly<Record<string, string>>;
}

/** Everything about an object but its content: `HeadObject`. */
export const headObject = defineOperation<'HeadObject', VersionTarget, HeadObjectOutput>({
  name: 'HeadObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    '`Range` and `response-*` have no effect. What GetObject would compress has its headers and no length. ' +
    '`x-oss-expiration` as GetObject. `x-oss-request-charged`, `x-oss-process-status` and ' +
    '`x-oss-transition-time` are never sent: there is one account, there are no events, and times of ' +
    'transitions are not kept.',
  permissions: ownAction('read'),
  parse: readVersionTarget,
  async handle(target, context, request, requirePermission) {
    const head = await headReadable(target, context, requirePermission);
    const outcome = checkPreconditions(request, head);
    return { head, outcome, expiration: await expirationHeaders(request, head) };
  },
  render({ head, outcome, expiration }, _target, request, { clock }) {
    const headers = Object.assign(objectResponseHeaders(head), restoreHeaders(head, clock()), expiration);
    const answer = {
      acceptEncoding: request.headers.get('accept-encoding'),
      hasRange: request.headers.has('range'),
      lengthBytes: head.length,
      headers,
    };
    if (outcome === 'not-modified') return notModifiedResponse(head, uncompressedHeaders(answer));
    // What GetObject would say; how long the compressed bytes are is not known before they are made.
    if (isSentCompressed(answer)) {
      return {
        status: 200,
        headers: compressedHeaders(headers),
        body: { length: undefined, stream: Readable.from([]) },
      };
    }
    const shown = uncompressedHeaders(answer);
    shown['Content-Length'] = String(head.length);
    return { status: 200, headers: shown };
  },
});
