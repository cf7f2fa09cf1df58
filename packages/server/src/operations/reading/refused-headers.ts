/**
 * Headers that ask for something an operation does not do. They are refused, because a client that sends them relies on
 * them: ignoring them would report success for something that did not happen.
 */
import { invalidArgument, type OperationName, REQUEST_HEADERS } from '@annals/protocol';
import type { OperationFacts } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';

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
 * Refuses a request that carries an extension header its operation does not have.
 * @param row Of the request's operation.
 * @throws {OssError} `InvalidArgument`, naming the header.
 */
export function refuseExtensionHeaders(
  { headers }: Pick<OperationRequest, 'headers'>,
  { extensions }: Pick<OperationFacts<OperationName>, 'extensions'>,
): void {
  for (const [name, value] of headers) {
    if (!name.startsWith('x-oss-annals-') || extensions?.includes(name) === true) continue;
    throw invalidArgument(name, value, `This server does not support ${name}.`);
  }
}
