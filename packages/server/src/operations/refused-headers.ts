/**
 * Headers that ask for something an operation does not do. They are refused, because a client that sends them relies on them:
 * ignoring them would report success for something that did not happen.
 */
import { OssError } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

const CONDITIONAL_HEADERS = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'] as const;
const CALLBACK_NAMES = ['x-oss-callback', 'x-oss-callback-var'] as const;
const CALLBACK_QUERY_NAMES = ['callback', 'callback-var', ...CALLBACK_NAMES] as const;

/**
 * Refuses conditional headers, which uploads do not know.
 * @throws {OssError} `NotImplemented` (400), naming the header.
 */
export function refuseConditionalHeaders({ headers }: OperationRequest): void {
  const header = CONDITIONAL_HEADERS.find((name) => headers.has(name.toLowerCase()));
  if (header !== undefined) throw new OssError('NotImplemented', { details: { Header: header } });
}

/**
 * Finds a callback asked for by header or query.
 * @returns Name of the header or query parameter, or `undefined`.
 */
export function findCallback({ headers, query }: OperationRequest): string | undefined {
  return (
    CALLBACK_NAMES.find((name) => headers.has(name)) ??
    CALLBACK_QUERY_NAMES.find((name) => query.has(name)) ??
    undefined
  );
}

/**
 * Refuses a request that carries an extension header; none is built yet.
 * @throws {OssError} `InvalidArgument`, naming the header.
 */
export function refuseExtensionHeaders({ headers }: OperationRequest): void {
  for (const [name, value] of headers) {
    if (!name.startsWith('x-oss-annals-')) continue;
    throw new OssError('InvalidArgument', {
      message: `This server does not support ${name}.`,
      details: { ArgumentName: name, ArgumentValue: value },
    });
  }
}
