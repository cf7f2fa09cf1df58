/**
 * Refuses protection that an operation would drop: encryption, ACLs, retention, callbacks, conditions and digests sent
 * where nothing reads them, and unknown names of that kind. Which operation reads which is in the protocol's
 * `protection-names.ts`; values are checked by their readers.
 */
import {
  COPY_SOURCE_CONDITION_PREFIX,
  invalidArgument,
  type NamePlace,
  OssError,
  protectionOutcome,
  UNSIGNED_PAYLOAD,
} from '@annals/protocol';
import type { OperationRequest } from '../../request/operation-request.js';

/** Names of parameters that may be empty. */
const CALLBACK_NAME = /callback/;

/**
 * Holds every name of a request against the table. A preflight only names headers and is left alone.
 * @param place Of the headers: those of a request, or the fields of a form.
 * @returns What to wait for where a header must repeat what the bucket has; otherwise `undefined`.
 * @throws {OssError} `InvalidArgument` for what this operation does not read, `NotImplemented` for a condition it does
 *   not read (400) and for unknown ones (501).
 */
export function refuseUnreadProtection(
  request: OperationRequest,
  place: Exclude<NamePlace, 'parameter'> = 'header',
): Promise<void> | undefined {
  const { operation, headers, query } = request;
  if (operation === 'OptionObject') return undefined;
  const ofBucket: [name: string, value: string][] = [];
  const isSafe = request.method === 'GET' || request.method === 'HEAD';
  for (const [name, value] of headers) {
    if (!name.startsWith('x-oss-') && !name.startsWith('if-')) continue;
    if (name === 'x-oss-content-sha256' && value.trim() !== UNSIGNED_PAYLOAD) {
      throw invalidArgument(name, value, `The x-oss-content-sha256 header must be ${UNSIGNED_PAYLOAD}.`);
    }
    const outcome = protectionOutcome(operation, place, name, isSafe);
    if (outcome === 'unread' && !isTwin(request, name)) throw unread(request, name, value);
    if (outcome === 'unknown') throw unknown(name);
    if (outcome === 'of bucket') ofBucket.push([name, value]);
  }
  for (const name of query.names()) {
    const lower = name.toLowerCase();
    const outcome = protectionOutcome(operation, 'parameter', lower, isSafe);
    if (outcome === 'unknown') throw unknown(name);
    const value = query.get(name) ?? '';
    // An empty callback is none, wherever it stands.
    if (outcome === 'unread' && !(value === '' && CALLBACK_NAME.test(lower))) throw unread(request, name, value);
  }
  return ofBucket.length === 0 ? undefined : requireOfBucket(request, ofBucket);
}

/** ali-oss sends the conditions of a copy twice. */
function isTwin({ headers }: OperationRequest, name: string): boolean {
  return name.startsWith('if-') && headers.get(name) === headers.get(`${COPY_SOURCE_CONDITION_PREFIX}${name}`);
}

async function requireOfBucket(
  request: OperationRequest,
  named: readonly (readonly [name: string, value: string])[],
): Promise<void> {
  const { acl } = await request.bucketRecord();
  for (const [name, value] of named) {
    if (value === acl) continue;
    throw invalidArgument(name, value, `${name} is of buckets, and this one is ${acl}. Objects take x-oss-object-acl.`);
  }
}

function unread({ operation }: OperationRequest, name: string, value: string): OssError {
  if (name.startsWith('if-')) return new OssError('NotImplemented', { details: { Header: name } });
  return invalidArgument(name, value, `${operation} does not take ${name}. Nothing was done.`);
}

function unknown(name: string): OssError {
  return new OssError('NotImplemented', {
    status: 501,
    message: `${name} is not implemented by this server. Nothing was done.`,
    details: { Header: name },
  });
}
