/**
 * PostObject: `POST /` with a form. The operation that browsers can send by themselves: what other uploads say in their
 * head, a form says in the fields in front of its file. The file streams into the store as the body of PutObject does.
 * Leaves out the form (`form-request.ts`).
 */
import { percentEncode, quoteEtag, renderXml } from '@annals/protocol';
import type { ObjectHead } from '@annals/store';
import type { AdmittedCallback } from '../../callback/callback-sender.js';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';
import { writtenObjectHeaders } from '../answering/object-response-headers.js';
import { admitCallback, runCallback } from '../answering/upload-callback.js';
import { FormRequest, readFormRequest } from '../reading/form-request.js';
import { type PutRequest, readPutInput } from '../reading/new-object.js';
import { putObjectPermissions } from '../reading/put-object-permissions.js';

interface PostObjectInput extends PutRequest {
  readonly callback: AdmittedCallback | undefined;
  /** Named `x:...`, for the callback. */
  readonly variables: ReadonlyMap<string, string>;
  readonly success: { readonly status: 200 | 201 | 204; readonly redirect: URL | undefined };
}

interface PostObjectOutput {
  readonly head: ObjectHead;
  readonly callbackAnswer: OperationResponse | undefined;
}

/** Stores the file of an HTML form: `PostObject`. */
export const postObject = defineOperation<'PostObject', PostObjectInput, PostObjectOutput>({
  name: 'PostObject',
  effect: 'works',
  anonymous: 'if granted',
  changesRules: false,
  remark:
    'A signature in the head or the URL is checked if there is one, and does not count. V4 policies must fix ' +
    '`x-oss-signature-version`, `x-oss-credential` and `x-oss-date`. `$content-type` is held against the type ' +
    'the object gets. Of a repeated field the first counts; fields in front of the file may have 4 MiB ' +
    'together. A file larger or smaller than the policy allows is `EntityTooLarge` or `EntityTooSmall`. V2 and ' +
    'S3 forms are refused.',
  isUpload: true,
  unwrap: readFormRequest,
  choosesEncryption: () => true,
  permissions: putObjectPermissions,
  parse: parsePostObject,
  async handle({ put, body, callback, variables }, context, request) {
    const head = await context.store.putObject(put, body);
    const callbackAnswer = callback && (await runCallback(callback, head, request, context, variables));
    return { head, callbackAnswer };
  },
  render({ head, callbackAnswer }, { success }, request) {
    if (callbackAnswer !== undefined) return callbackAnswer;
    const headers = writtenObjectHeaders(head);
    if (success.redirect !== undefined) {
      return { status: 303, headers: { ...headers, Location: redirectTarget(success.redirect, head) } };
    }
    if (success.status !== 201) return { status: success.status, headers };
    const location = objectUrl(request, head);
    const document = renderXml('PostResponse', {
      Bucket: head.bucket,
      ETag: quoteEtag(head.etag),
      Key: head.key,
      Location: location,
    });
    return {
      status: 201,
      headers: { ...headers, Location: location, 'Content-Type': 'application/xml' },
      body: Buffer.from(document, 'utf8'),
    };
  },
});

async function parsePostObject(request: OperationRequest, context: OperationContext): Promise<PostObjectInput> {
  if (!(request instanceof FormRequest)) throw new Error('PostObject reached its handler without a form');
  const put = await readPutInput(request, context);
  const callback = await admitCallback(request, context);
  return {
    ...put,
    callback,
    variables: new Map([...request.fields].filter(([name]) => name.startsWith('x:'))),
    success: {
      status: successStatus(request.fields.get('success_action_status')),
      redirect: redirectUrl(request.fields.get('success_action_redirect')),
    },
  };
}

/** Anything else counts as 204, as documented. */
function successStatus(text: string | undefined): 200 | 201 | 204 {
  return text === '200' ? 200 : text === '201' ? 201 : 204;
}

/** What is no URL a browser may be sent to is treated as if it were not there. */
function redirectUrl(text: string | undefined): URL | undefined {
  if (text === undefined || !/^https?:\/\//i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function redirectTarget(redirect: URL, { bucket, key, etag }: ObjectHead): string {
  const added = [
    `bucket=${percentEncode(bucket)}`,
    `key=${percentEncode(key)}`,
    `etag=${percentEncode(quoteEtag(etag))}`,
  ];
  const target = new URL(redirect);
  target.search = [target.search.slice(1), ...added].filter((part) => part !== '').join('&');
  return target.href;
}

/** Where the object is, in the form in which the bucket was addressed. */
function objectUrl({ isSecure, host }: OperationRequest, { bucket, key }: ObjectHead): string {
  const path = percentEncode(key, { keepSlash: true });
  const bucketPath = host.startsWith(`${bucket}.`) ? '' : `${bucket}/`;
  return `${isSecure ? 'https' : 'http'}://${host}/${bucketPath}${path}`;
}
