/**
 * Which operations the audit log records: everything that changes what a bucket or the service allows, for every
 * caller, and what opens or protects a single object. Rules over the table of operations, so that a new operation is
 * recorded unless it is named here as one on data.
 */
import { OPERATIONS, type OperationName, REQUEST_HEADERS } from '@annals/protocol';

/** On buckets by their path, and yet about objects. */
const DATA_OPERATIONS: ReadonlySet<OperationName> = new Set(['DeleteMultipleObjects', 'PostObject']);

/** On objects, and about who may do what with them. */
const OBJECT_RULE_OPERATIONS: ReadonlySet<OperationName> = new Set([
  'PutObjectAcl',
  'PutObjectRetention',
  'PutObjectLegalHold',
]);

const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Every operation that is recorded whatever its request says. */
export const AUDITED_OPERATIONS: ReadonlySet<OperationName> = new Set(
  (Object.keys(OPERATIONS) as OperationName[]).filter(isRuleOperation),
);

function isRuleOperation(name: OperationName): boolean {
  const { methods, scope } = OPERATIONS[name];
  if (methods.every((method) => READING_METHODS.has(method)) || DATA_OPERATIONS.has(name)) return false;
  return scope === 'service' || scope === 'bucket' || OBJECT_RULE_OPERATIONS.has(name);
}

/** What of a request decides whether it is recorded. */
export interface AuditableRequest {
  readonly operation: OperationName;
  readonly method: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Headers that protect an object, on operations that are about data otherwise. */
const PROTECTING_HEADERS: readonly string[] = [
  REQUEST_HEADERS.objectWormMode,
  REQUEST_HEADERS.objectWormRetainUntil,
  REQUEST_HEADERS.objectWormLegalHold,
];

/** @returns Whether a request is recorded. */
export function isAudited({ operation, method, headers }: AuditableRequest): boolean {
  if (AUDITED_OPERATIONS.has(operation)) return true;
  if (READING_METHODS.has(method)) return false;
  // To make an object public, to protect it, to do away with a protection: rules, whatever else the request does.
  const bypasses = headers.get(REQUEST_HEADERS.bypassGovernance)?.toLowerCase() === 'true';
  return bypasses || grantsToOthers(headers) || PROTECTING_HEADERS.some((name) => headers.has(name));
}

/** `private` and `default` give nobody anything. */
function grantsToOthers(headers: ReadonlyMap<string, string>): boolean {
  const acl = headers.get(REQUEST_HEADERS.objectAcl) ?? headers.get(REQUEST_HEADERS.acl);
  return acl?.startsWith('public') === true;
}
