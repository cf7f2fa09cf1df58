/**
 * PutSymlink: `PUT /KEY?symlink` with the header `x-oss-symlink-target`. Whether the target exists shows when the link
 * is read.
 */
import {
  OssError,
  parseForbidOverwrite,
  percentDecode,
  REQUEST_HEADERS,
  refuseConditionalWrite,
  validateObjectKey,
} from '@annals/protocol';
import type { ObjectHead, PutSymlinkInput } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { versionHeaders, writtenObjectHeaders } from '../answering/object-response-headers.js';
import { readNewObject } from '../reading/new-object.js';
import { putObjectPermissions } from '../reading/put-object-permissions.js';
import { refuseVersionId } from '../reading/version-id.js';

/** Makes a symbolic link to an object: `PutSymlink`. */
export const putSymlink = defineOperation<'PutSymlink', PutSymlinkInput, ObjectHead>({
  name: 'PutSymlink',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'The target is a key of the same bucket and is not looked at. Onto an appendable object as PutObject. The ' +
    'etag is the MD5 of the target’s name. Without `x-oss-symlink-target`: `MissingArgument`.',
  permissions: putObjectPermissions,
  parse: parsePutSymlink,
  handle: (input, { store }) => store.putSymlink(input),
  render: (head) => ({
    status: 200,
    headers: { ETag: writtenObjectHeaders(head).ETag ?? '', ...versionHeaders(head) },
  }),
});

async function parsePutSymlink(request: OperationRequest): Promise<PutSymlinkInput> {
  refuseVersionId(request);
  refuseConditionalWrite(request.headers);
  const symlinkTarget = readSymlinkTarget(request);
  const forbidOverwrite = parseForbidOverwrite(request.headers.get(REQUEST_HEADERS.forbidOverwrite));
  const object = await readNewObject(request);
  // A link has no bytes to encrypt.
  const { encryption: _encryption, ...attributes } = object.attributes;
  return { ...object, attributes, forbidOverwrite, symlinkTarget };
}

function readSymlinkTarget({ headers }: OperationRequest): string {
  const value = headers.get(REQUEST_HEADERS.symlinkTarget);
  if (value === undefined || value === '') {
    throw new OssError('MissingArgument', { details: { ArgumentName: REQUEST_HEADERS.symlinkTarget } });
  }
  const decoded = percentDecode(value);
  if (!('text' in decoded)) {
    throw new OssError('InvalidArgument', {
      details: { ArgumentName: REQUEST_HEADERS.symlinkTarget, ArgumentValue: value },
    });
  }
  validateObjectKey(decoded.text);
  return decoded.text;
}
