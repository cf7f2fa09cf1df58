/**
 * ConvertObject, an extension: `POST /KEY?convert&type=appendable|normal`. Changes what an object is, in place; its
 * bytes, metadata, ACL, tags and version id stay.
 */
import { invalidArgument, OssError, parseAppendStorageClass, requireOnce } from '@annals/protocol';
import type { ConvertInput, ObjectHead } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireObject } from '../../request/request-target.js';
import { identityHeaders, objectTypeName } from '../answering/object-response-headers.js';
import { checkPreconditions } from '../answering/preconditions.js';
import { refuseVersionId } from '../reading/version-id.js';

/** Makes an object appendable, or an appendable one normal: `ConvertObject`. */
export const convertObject = defineOperation<'ConvertObject', ConvertInput, ObjectHead>({
  name: 'ConvertObject',
  effect: 'works',
  anonymous: 'if granted',
  extensions: ['convert'],
  remark: '[extensions.md](extensions.md) describes it.',
  permissions: ownAction('write'),
  parse(request) {
    refuseVersionId(request);
    const type = readType(request);
    return { ...requireObject(request), type, check: (head) => checkObject(request, head, type) };
  },
  handle: (input, { store }) => store.convertObject(input),
  render: (head) => ({
    status: 200,
    headers: {
      ...identityHeaders(head),
      'x-oss-object-type': objectTypeName(head),
      'x-oss-storage-class': head.storageClass,
      ...(head.type === 'appendable' && { 'x-oss-next-append-position': String(head.length) }),
    },
  }),
});

function readType({ query }: OperationRequest): ConvertInput['type'] {
  requireOnce(query, ['convert', 'type']);
  const extra = query.get('convert') ?? '';
  if (extra !== '') throw invalidArgument('convert', extra, 'convert takes no value.');
  for (const name of ['position', 'wait']) {
    const value = query.get(name);
    if (value !== undefined) throw invalidArgument(name, value, `${name} cannot be used with convert.`);
  }
  const type = query.get('type');
  if (type === 'appendable' || type === 'normal') return type;
  if (type === undefined) throw new OssError('MissingArgument', { details: { ArgumentName: 'type' } });
  throw invalidArgument('type', type, 'type must be appendable or normal.');
}

/** @throws {OssError} `PreconditionFailed`; `InvalidArgument` for a class that cannot be appended to. */
function checkObject(request: OperationRequest, head: ObjectHead, type: ConvertInput['type']): void {
  if (checkPreconditions(request, head) === 'not-modified') {
    const isByEtag = request.headers.has('if-none-match');
    throw new OssError('PreconditionFailed', {
      details: { Condition: isByEtag ? 'If-None-Match' : 'If-Modified-Since' },
    });
  }
  if (type === 'appendable' && head.type !== 'symlink') parseAppendStorageClass(head.storageClass);
}
