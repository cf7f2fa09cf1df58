/**
 * The step from a request whose sender is known to the operation it means. And to the row that the server has for it.
 */
import {
  identifyOperation,
  type OperationName,
  OssError,
  type RequestTarget,
  type ResourceAddress,
  scopeOf,
  validateBucketName,
  validateObjectKey,
} from '@annals/protocol';
import type { ObjectStore } from '@annals/store';
import { isAlwaysAudited } from '../audit/audited-operations.js';
import { forbiddenToAnonymous } from '../auth/authorize.js';
import type { AnyOperation, OperationRows } from '../operation-row/operation-row.js';
import { IdentifiedRequest, type SentRequest } from '../request/identified-request.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { ReceivedRequest } from '../request/received-request.js';
import { DigestedBody } from './record-operation.js';

/**
 * Finds out what a request asks for.
 * @throws {OssError} As `operationOf`, and for names that no bucket or key can have.
 */
export function identify(
  sent: SentRequest,
  store: Pick<ObjectStore, 'getBucket'>,
  operations: Partial<OperationRows>,
): IdentifiedRequest {
  const { received, target, address } = sent;
  const operation = operationOf(received, target, address);
  if (address.bucket !== undefined) validateBucketName(address.bucket);
  if (address.key !== undefined) validateObjectKey(address.key);
  const row = operations[operation];
  const isTold = row !== undefined && isAlwaysAudited(row);
  const content = isTold ? { body: new DigestedBody(received.body) } : undefined;
  return new IdentifiedRequest(sent, operation, store, content);
}

/**
 * Names the operation of a request.
 * @throws {OssError} As `identifyOperation`, and `NotImplemented` for a sub-resource that no row describes.
 */
export function operationOf(
  { method, headers }: Pick<ReceivedRequest, 'method' | 'headers'>,
  { query }: Pick<RequestTarget, 'query'>,
  address: ResourceAddress,
): OperationName {
  const operation = identifyOperation({ method, scope: scopeOf(address), query, headers });
  if (operation === 'unknown') throw notImplemented('The requested sub-resource');
  return operation;
}

/**
 * Gives the row of a request's operation.
 * @throws {OssError} `NotImplemented` where the server does not have it, which unsigned callers are not told:
 * `AccessDenied`.
 */
export function requireRow({ operation, caller }: OperationRequest, operations: Partial<OperationRows>): AnyOperation {
  const row = operations[operation];
  if (row !== undefined && row.effect !== 'not built') return row as unknown as AnyOperation;
  if (caller.kind === 'anonymous') throw forbiddenToAnonymous();
  throw notImplemented(`The operation ${operation}`);
}

function notImplemented(subject: string): OssError {
  return new OssError('NotImplemented', { status: 501, message: `${subject} is not implemented.` });
}
