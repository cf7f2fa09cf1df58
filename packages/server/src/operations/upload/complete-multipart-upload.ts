/**
 * CompleteMultipartUpload: `POST /KEY?uploadId=ID` with a list of parts, or with `x-oss-complete-all: yes` and none.
 * The object appears at once and whole; bytes are not moved.
 */
import {
  type EncodingType,
  invalidArgument,
  LIMITS,
  OssError,
  parseEncodingType,
  parseForbidOverwrite,
  parseLongCompleteMultipartUpload,
  parseObjectAcl,
  percentEncode,
  REQUEST_HEADERS,
  renderCompleteMultipartUploadResult,
} from '@annals/protocol';
import type { CompleteUploadInput, ObjectHead } from '@annals/store';
import type { AdmittedCallback } from '../../callback/callback-sender.js';
import { heavyTurn } from '../../limits/heavy-turn.js';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';
import { writtenObjectHeaders } from '../answering/object-response-headers.js';
import { admitCallback, runCallback } from '../answering/upload-callback.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { objectAclPermissions } from '../reading/put-object-permissions.js';
import { readUploadTarget, requireUpload } from '../reading/upload-id.js';
import { refuseVersionId } from '../reading/version-id.js';

const MALFORMED_EC = '0042-00000205';
const COMPLETE_ALL_AND_BODY_EC = '0042-00000216';

interface CompleteMultipartUploadInput {
  readonly complete: CompleteUploadInput;
  readonly encodingType: EncodingType | undefined;
  readonly callback: AdmittedCallback | undefined;
}

interface CompleteMultipartUploadOutput {
  readonly head: ObjectHead;
  /** What the application said, where one was to be told. */
  readonly callbackAnswer: OperationResponse | undefined;
}

/** Makes an object of the parts of an upload: `CompleteMultipartUpload`. */
export const completeMultipartUpload = defineOperation<
  'CompleteMultipartUpload',
  CompleteMultipartUploadInput,
  CompleteMultipartUploadOutput
>({
  name: 'CompleteMultipartUpload',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'Moves no bytes. The etag is the MD5 of the parts’ MD5s, `-` and their number. Onto an appendable object as ' +
    'PutObject. `x-oss-complete-all` of an upload without parts is `InvalidPart`; a number that no part can ' +
    'have is `InvalidArgument`. Callbacks as PutObject.',
  permissions: (request) => [...ownAction('write')(request), ...objectAclPermissions(request)],
  parse: parseComplete,
  async handle({ complete, callback }, context, request) {
    const head = await context.store.completeUpload(complete);
    const callbackAnswer = callback && (await runCallback(callback, head, request, context));
    return { head, callbackAnswer };
  },
  render({ head, callbackAnswer }, { encodingType }, request) {
    if (callbackAnswer !== undefined) return callbackAnswer;
    const { bucket, key, etag } = head;
    return xmlResponse(
      renderCompleteMultipartUploadResult({
        location: locationOf(request, bucket, key),
        bucket,
        key,
        etag,
        ...(encodingType !== undefined && { encodingType }),
      }),
      writtenObjectHeaders(head),
    );
  },
});

async function parseComplete(
  request: OperationRequest,
  context: OperationContext,
): Promise<CompleteMultipartUploadInput> {
  refuseVersionId(request);
  const encodingType = parseEncodingType(request.query.get('encoding-type'));
  const forbidOverwrite = parseForbidOverwrite(request.headers.get('x-oss-forbid-overwrite'));
  const acl = parseObjectAcl(request.headers.get('x-oss-object-acl'));
  const callback = await admitCallback(request, context);
  const completeAll = readCompleteAll(request);
  await requireUpload(request, context);
  const parts = await readParts(request, completeAll);
  return {
    complete: { ...readUploadTarget(request), parts, forbidOverwrite, ...(acl !== undefined && { acl }) },
    encodingType,
    callback,
  };
}

function readCompleteAll({ headers }: OperationRequest): string | undefined {
  const completeAll = headers.get(REQUEST_HEADERS.completeAll);
  if (completeAll === undefined || completeAll.toLowerCase() === 'yes') return completeAll;
  throw invalidArgument(REQUEST_HEADERS.completeAll, completeAll);
}

async function readParts(
  request: OperationRequest,
  completeAll: string | undefined,
): Promise<CompleteUploadInput['parts']> {
  const document = await readConfigurationDocument(request, {
    lengthBytesMax: LIMITS.completeBodyLengthBytesMax,
    ec: MALFORMED_EC,
  });
  // Of an empty file there are no parts, and three SDKs then send no document either.
  if (completeAll === undefined) {
    return document.length === 0 ? [] : parseLongCompleteMultipartUpload(document, heavyTurn);
  }
  if (document.length === 0) return 'all';
  throw new OssError('InvalidArgument', {
    // The spelling is the public service's.
    message: 'Should not speficy both complete all header and http body.',
    ec: COMPLETE_ALL_AND_BODY_EC,
    details: { ArgumentName: REQUEST_HEADERS.completeAll, ArgumentValue: completeAll },
  });
}

/** The object's address, in the style the request used. */
function locationOf({ host, isSecure }: OperationRequest, bucket: string, key: string): string {
  const path = percentEncode(key, { keepSlash: true });
  const base = `${isSecure ? 'https' : 'http'}://${host}`;
  return host.startsWith(`${bucket}.`) ? `${base}/${path}` : `${base}/${bucket}/${path}`;
}
