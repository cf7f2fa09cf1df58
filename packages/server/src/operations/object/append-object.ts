/**
 * AppendObject: `POST /KEY?append&position=N|auto`. Everything that needs no bytes is checked before the body is read,
 * and the store reads the body only when the append can win. Later appends may carry the headers of the first one:
 * their form is checked (but of tags), their content ignored, except `x-oss-object-acl`. `x-oss-forbid-overwrite` is
 * accepted and has no effect: an append never replaces a byte.
 */
import {
  OssError,
  parseAppendPosition,
  parseAppendStorageClass,
  parseForbidOverwrite,
  parseObjectAcl,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
  readAppendExtensions,
  refuseConditionalWrite,
  requireOnce,
} from '@annals/protocol';
import type { AppendInput, AppendResult, BodySource } from '@annals/store';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { writtenObjectHeaders } from '../answering/object-response-headers.js';
import { refuseKeyId } from '../reading/encryption-headers.js';
import { readExpectedDigests } from '../reading/expected-digests.js';
import { readNewObject } from '../reading/new-object.js';
import { putObjectPermissions } from '../reading/put-object-permissions.js';
import { findCallback } from '../reading/refused-headers.js';
import { readTrafficLimit } from '../reading/traffic-limit.js';
import { checkAnnouncedBody, uploadBody } from '../reading/upload-body.js';
import { refuseVersionId } from '../reading/version-id.js';

const VERSION_ID_EC = '0016-00000504';

interface AppendObjectInput {
  readonly append: AppendInput;
  readonly body: BodySource;
}

/** Adds bytes to the end of an object at a stated position: `AppendObject`. */
export const appendObject = defineOperation<'AppendObject', AppendObjectInput, AppendResult>({
  name: 'AppendObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'Only the current version of a key grows; one that became current again, because those after it were ' +
    'removed, grows on. No limit on the number of appends; the length limit is a setting. ' +
    '`x-oss-forbid-overwrite` is validated and has no effect: an append never replaces a byte. Conditional ' +
    'headers are refused as on PutObject. An empty append changes nothing, but an ACL sent with it counts. The ' +
    'first append decides about server-side encryption, and the id of a KMS key is refused with ' +
    '`InvalidArgument`. Without a position, with ids, epochs and guards: [extensions.md](extensions.md).',
  extensions: [REQUEST_HEADERS.appendId, REQUEST_HEADERS.writerEpoch, REQUEST_HEADERS.maxLength],
  isUpload: true,
  // An append decides it when it makes the object.
  choosesEncryption: ({ query }) => mayMakeObject(query.get('position')),
  permissions: putObjectPermissions,
  parse: parseAppendObject,
  handle({ append, body }, { store }) {
    return store.appendObject(append, body);
  },
  render({ head, position, nextPosition, isReplay }, { append }) {
    return {
      status: 200,
      headers: {
        ...writtenObjectHeaders(head),
        [RESPONSE_HEADERS.nextAppendPosition]: String(nextPosition),
        ...(append.position === 'auto' && { [RESPONSE_HEADERS.appendPosition]: String(position) }),
        ...(isReplay && { [RESPONSE_HEADERS.replayed]: 'true' }),
      },
    };
  },
});

async function parseAppendObject(request: OperationRequest, context: OperationContext): Promise<AppendObjectInput> {
  requireOnce(request.query, ['position']);
  const position = parseAppendPosition(request.query.get('position'));
  refuseVersionId(request, VERSION_ID_EC);
  refuseCallback(request);
  refuseConditionalWrite(request.headers);
  refuseKeyId(request);
  parseForbidOverwrite(request.headers.get('x-oss-forbid-overwrite'));
  const aclChange = parseObjectAcl(request.headers.get('x-oss-object-acl'));
  const { appendId, writerEpoch, maxLengthBytes } = readAppendExtensions(request.headers);
  const expected = readExpectedDigests(request);
  parseAppendStorageClass(request.headers.get('x-oss-storage-class'));
  const bytesPerSecond = readTrafficLimit(request);
  // SDKs repeat the tags of the first append; only that one can set them.
  const mayCreate = mayMakeObject(request.query.get('position'));
  const object = await readNewObject(request, mayCreate);
  // Without a header the class is the bucket's, and counts only for an append that can create the object.
  if (mayCreate) parseAppendStorageClass(object.attributes.storageClass);
  checkAnnouncedBody(request, context);
  return {
    append: {
      ...object,
      callerId: request.caller.accessKeyId,
      position,
      ...(aclChange !== undefined && { aclChange }),
      expected,
      ...(appendId !== undefined && { appendId }),
      ...(writerEpoch !== undefined && { writerEpoch }),
      ...(maxLengthBytes !== undefined && { objectLengthMax: maxLengthBytes }),
    },
    body: uploadBody(request, context, bytesPerSecond),
  };
}

function refuseCallback(request: OperationRequest): void {
  const name = findCallback(request);
  if (name === undefined) return;
  throw new OssError('InvalidArgument', {
    message: 'AppendObject does not support callbacks. Nothing was appended.',
    details: { ArgumentName: name },
  });
}

/** Whether an append there may find no object; a position that is none, or missing, is refused when it is parsed. */
function mayMakeObject(position: string | undefined): boolean {
  return position === 'auto' || (position !== undefined && /^0+$/.test(position));
}
