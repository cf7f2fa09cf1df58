/**
 * Which requests the audit log records: everything that changes what a bucket or the service allows, for every caller,
 * and what opens or protects a single object. A rule over the table of operations, so that a new operation is recorded
 * unless its row says that it is about data.
 */
import { OPERATIONS, type OperationName, REQUEST_HEADERS } from '@annals/protocol';

const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What of an operation's row decides. */
export interface AuditableOperation {
  readonly name: OperationName;
  readonly changesRules?: boolean;
}

/** Tells whether an operation is recorded whatever its request says. */
export function isAlwaysAudited({ name, changesRules }: AuditableOperation): boolean {
  if (changesRules !== undefined) return changesRules;
  const { methods, scope } = OPERATIONS[name];
  return (scope === 'service' || scope === 'bucket') && !methods.every((method) => READING_METHODS.has(method));
}

/** What of a request decides whether it is recorded. */
export interface AuditableRequest {
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
export function isAudited(row: AuditableOperation, { method, headers }: AuditableRequest): boolean {
  if (isAlwaysAudited(row)) return true;
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
