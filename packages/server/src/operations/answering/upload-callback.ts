/**
 * Callbacks of uploads, for the rows of PutObject, PostObject and CompleteMultipartUpload: `admitCallback` in `parse`,
 * before anything is stored; `runCallback` in `handle`, when it is. Leaves out how an application is told
 * (`../callback`).
 */
import { formatContentMd5, invalidArgument, OssError, REQUEST_HEADERS } from '@annals/protocol';
import type { ObjectHead } from '@annals/store';
import { isEmptyCallback, parseCallback } from '../../callback/callback-request.js';
import type { AdmittedCallback } from '../../callback/callback-sender.js';
import type { OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';
import { md5Header, writtenObjectHeaders } from './object-response-headers.js';

const CALLBACK = REQUEST_HEADERS.callback;
const VARIABLES = REQUEST_HEADERS.callbackVariables;

/**
 * Reads the callback a request asks for, and checks that it may be made.
 * @returns `undefined` when it asks for none.
 * @throws {OssError} `InvalidArgument` for a callback that is malformed, given twice, or to an application that is not
 * allowed.
 */
export async function admitCallback(
  request: OperationRequest,
  { callbacks }: OperationContext,
): Promise<AdmittedCallback | undefined> {
  const callback = readOnce(request, CALLBACK, 'callback');
  const variables = readOnce(request, VARIABLES, 'callback-var');
  if (callback === undefined || isEmptyCallback(callback)) return undefined;
  return callbacks.admit(parseCallback(callback, variables));
}

/**
 * Tells the application of an object that is stored. May be repeated; every call tells it again.
 * @param extraVariables Further variables named `x:...`, such as those of a form.
 * @returns The answer to the uploader: what the application said.
 * @throws {OssError} `CallbackFailed` (203): the object is stored all the same, and the answer says so by its ETag.
 */
export async function runCallback(
  admitted: AdmittedCallback,
  head: ObjectHead,
  request: OperationRequest,
  { callbacks }: OperationContext,
  extraVariables: ReadonlyMap<string, string> = new Map(),
): Promise<OperationResponse> {
  const facts = {
    bucket: head.bucket,
    key: head.key,
    etag: head.etag,
    lengthBytes: head.length,
    contentType: head.system.contentType ?? 'application/octet-stream',
    crc64: head.crc64,
    contentMd5: head.md5 === undefined ? '' : formatContentMd5(head.md5),
    clientIp: request.clientAddress,
    requestId: request.id,
    operation: request.operation,
  };
  // As without a callback.
  const toldHeaders = { ...writtenObjectHeaders(head), ...(request.operation === 'PutObject' && md5Header(head)) };
  const variables = new Map([...admitted.request.variables, ...extraVariables]);
  try {
    const body = await callbacks.send(admitted, facts, variables);
    return { status: 200, headers: { ...toldHeaders, 'Content-Type': 'application/json' }, body };
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    throw new OssError(error.code, { message: error.message, headers: toldHeaders, cause: error.cause });
  }
}

/** Links carry it in the query, under either name. An empty one is none. */
function readOnce({ headers, query }: OperationRequest, name: string, shortName: string): string | undefined {
  const header = headers.get(name);
  const parameter = query.get(shortName) || query.get(name) || undefined;
  if (header !== undefined && parameter !== undefined) {
    throw invalidArgument(name, header, `${name} must be either a header or a query parameter.`);
  }
  return header ?? parameter;
}
