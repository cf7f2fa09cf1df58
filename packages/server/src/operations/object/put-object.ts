/**
 * PutObject: `PUT /KEY`. Creates or replaces an object from one body. Copying (`x-oss-copy-source`) is an operation of
 * its own.
 */
import type { ObjectHead } from '@annals/store';
import type { AdmittedCallback } from '../../callback/callback-sender.js';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';
import { md5Header, writtenObjectHeaders } from '../answering/object-response-headers.js';
import { admitCallback, runCallback } from '../answering/upload-callback.js';
import { type PutRequest, readPutInput } from '../reading/new-object.js';
import { putObjectPermissions } from '../reading/put-object-permissions.js';
import { refuseVersionId } from '../reading/version-id.js';

interface PutObjectInput extends PutRequest {
  readonly callback: AdmittedCallback | undefined;
}

interface PutObjectOutput {
  readonly head: ObjectHead;
  /** What the application said, where one was to be told. */
  readonly callbackAnswer: OperationResponse | undefined;
}

/** Stores an object: `PutObject`. */
export const putObject = defineOperation<'PutObject', PutObjectInput, PutObjectOutput>({
  name: 'PutObject',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'Onto an appendable object: 409 `FileAlreadyExists` unless `appendable.overwrite` allows it. An object ' +
    'belongs to the bucket’s owner, also when another caller wrote it. Server-side encryption with AES256 and KMS is real ' +
    '([encryption.md](encryption.md)); SM4 is answered with 501. Callbacks go only to targets of ' +
    '`callback.allow`; `vpcId` and `imageInfo.*` are empty, and `callbackSNI` has no effect (names are always ' +
    'sent and certificates checked).',
  isUpload: true,
  choosesEncryption: () => true,
  permissions: putObjectPermissions,
  parse: parsePutObject,
  async handle({ put, body, callback }, context, request) {
    const head = await context.store.putObject(put, body);
    const callbackAnswer = callback && (await runCallback(callback, head, request, context));
    return { head, callbackAnswer };
  },
  render({ head, callbackAnswer }) {
    if (callbackAnswer !== undefined) return callbackAnswer;
    return {
      status: 200,
      headers: {
        ...writtenObjectHeaders(head),
        ...md5Header(head),
      },
    };
  },
});

async function parsePutObject(request: OperationRequest, context: OperationContext): Promise<PutObjectInput> {
  refuseVersionId(request);
  const put = await readPutInput(request, context);
  return { ...put, callback: await admitCallback(request, context) };
}
