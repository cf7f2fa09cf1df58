/**
 * Headers that ask for something an operation does not do. They are refused, because a client that sends them relies on
 * them: ignoring them would report success for something that did not happen.
 */
import {
  EXTENSION_PREFIX,
  invalidArgument,
  type OperationName,
  REQUEST_HEADERS,
  type RequestHeaders,
} from '@annals/protocol';
import type { BuiltOperation } from '../../operation-row/operation-row.js';
import type { IdentifiedRequest } from '../../request/identified-request.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { OperationResponse } from '../../response.js';

const CALLBACK_HEADERS = [REQUEST_HEADERS.callback, REQUEST_HEADERS.callbackVariables] as const;
const CALLBACK_PARAMETERS = ['callback', 'callback-var', ...CALLBACK_HEADERS] as const;

/**
 * Finds a callback asked for by header or query. An empty one is none.
 * @returns Name of the header or query parameter, or `undefined`.
 */
export function findCallback({ headers, query }: OperationRequest): string | undefined {
  return CALLBACK_HEADERS.find((name) => headers.get(name)) ?? CALLBACK_PARAMETERS.find((name) => query.get(name));
}

/**
 * Refuses a request that carries an extension header its operation does not have, or any in its query. Of a form both
 * are looked at: the headers of its request, and the fields that stand for those of an upload.
 * @param row Of the request's operation.
 * @throws {OssError} `InvalidArgument`, naming the header.
 */
export function refuseExtensionHeaders(
  { headers, query, sent }: Pick<IdentifiedRequest, 'headers' | 'query' | 'sent'>,
  { extensions, unwrap }: Pick<BuiltOperation<OperationName, unknown, unknown>, 'extensions' | 'unwrap'>,
): void {
  refuseOthers(headers, extensions);
  for (const [name, value] of query) {
    if (!name.toLowerCase().startsWith(EXTENSION_PREFIX)) continue;
    throw invalidArgument(name, value, `${name} must be a header, not a parameter of the query.`);
  }
  if (unwrap !== undefined) refuseOthers(sent.received.headers, []);
}

function refuseOthers(headers: RequestHeaders, extensions: readonly string[] = []): void {
  for (const [name, value] of headers) {
    if (!name.startsWith(EXTENSION_PREFIX) || extensions.includes(name)) continue;
    throw invalidArgument(name, value, `This server does not support ${name}.`);
  }
}

/**
 * Repeats the extension headers of a request in an answer that says they were honoured: so a client can tell this
 * server from one that does not know them.
 */
export function repeatExtensionHeaders(
  response: OperationResponse,
  { headers }: Pick<OperationRequest, 'headers'>,
): OperationResponse {
  if (response.status !== 200) return response;
  let repeated: Record<string, string> | undefined;
  for (const [name, value] of headers) {
    if (!name.startsWith(EXTENSION_PREFIX)) continue;
    repeated ??= {};
    repeated[name] = value;
  }
  return repeated === undefined ? response : { ...response, headers: { ...response.headers, ...repeated } };
}
