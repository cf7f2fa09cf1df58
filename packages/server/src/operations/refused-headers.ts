/**
 * Headers that ask for something an operation does not do. They are refused, because a client that sends them relies on them:
 * ignoring them would report success for something that did not happen.
 */
import { invalidArgument, REQUEST_HEADERS } from '@annals/protocol';
import { APPENDABLE_HEADERS } from './appendable-overrides.js';
import type { OperationRequest } from './operation.js';

const CALLBACK_HEADERS = [REQUEST_HEADERS.callback, REQUEST_HEADERS.callbackVariables] as const;
const CALLBACK_PARAMETERS = ['callback', 'callback-var', ...CALLBACK_HEADERS] as const;

/**
 * Finds a callback asked for by header or query. An empty one is none.
 * @returns Name of the header or query parameter, or `undefined`.
 */
export function findCallback({ headers, query }: OperationRequest): string | undefined {
  return CALLBACK_HEADERS.find((name) => headers.get(name)) ?? CALLBACK_PARAMETERS.find((name) => query.get(name));
}

const APPENDABLE: ReadonlySet<string> = new Set(Object.values(APPENDABLE_HEADERS));

/**
 * Refuses a request that carries an extension header its operation does not have.
 * @throws {OssError} `InvalidArgument`, naming the header.
 */
export function refuseExtensionHeaders({ headers, operation }: OperationRequest): void {
  for (const [name, value] of headers) {
    if (name === 'x-oss-annals-worm-append' && operation === 'InitiateBucketWorm') continue;
    if (operation === 'PutBucket' && APPENDABLE.has(name)) continue;
    if (name.startsWith('x-oss-annals-')) throw invalidArgument(name, value, `This server does not support ${name}.`);
  }
}
