/**
 * Chooses the operation that a request means. Leaves out permission and whether the server has the operation.
 */
import { OssError } from '../error/oss-error.js';
import { invalidArgument } from '../header/refuse.js';
import type { RequestHeaders } from '../headers.js';
import type { Query } from '../query.js';
import type { Scope } from '../request-target.js';
import type { OperationRow } from './operation-row.js';
import { OPERATION_NAMES, OPERATIONS, type OperationName, UNDOCUMENTED_SUB_RESOURCES } from './operation-table.js';

/** What `identifyOperation` looks at. */
export interface OperationRequest {
  /** HTTP method in upper case. */
  readonly method: string;
  readonly scope: Scope;
  readonly query: Pick<Query, 'has' | 'get' | 'names'>;
  readonly headers: RequestHeaders;
}

/** Every key that names an operation somewhere. */
const SELECTORS: ReadonlySet<string> = new Set(OPERATION_NAMES.flatMap((name) => OPERATIONS[name].query));
/** Those of them that only this server has. */
const EXTENSIONS: ReadonlySet<string> = new Set(
  OPERATION_NAMES.flatMap((name) => ((OPERATIONS[name] as OperationRow).isExtension ? OPERATIONS[name].query : [])),
);
const UNDOCUMENTED: ReadonlySet<string> = new Set(UNDOCUMENTED_SUB_RESOURCES);
/** Tells whether a query parameter names a sub-resource somewhere, built here or not. */
export function isSubResource(key: string): boolean {
  return SELECTORS.has(key) || UNDOCUMENTED.has(key) || key === ACTION_KEY;
}

/** Says which operation of a sub-resource is meant. A row that does not know it serves no request that has it. */
const ACTION_KEY = 'comp';

/** Names by scope and method, so that a request is held against the rows of its own kind alone. */
const NAMES: Readonly<Record<Scope, ReadonlyMap<string, readonly OperationName[]>>> = {
  service: namesByMethod('service'),
  bucket: namesByMethod('bucket'),
  object: namesByMethod('object'),
};

/** Element `ResourceType` of a MethodNotAllowed document. */
const RESOURCE_TYPES: Readonly<Record<Scope, string>> = { service: 'Service', bucket: 'Bucket', object: 'Object' };

/**
 * Chooses the operation a request means: the row that matches in method, scope, sub-resources, values and header, and
 * matches the most of them.
 *
 * A key that names an operation is never ignored: if no row takes all such keys of the request, the request is refused.
 * Keys that name no operation anywhere, known parameters and unknown names alike, are ignored, as the public service
 * does; but not one without a value on a deletion: it looks like the name of a part to be deleted, and the whole must
 * not go instead. The key `comp` says which operation of a sub-resource is meant (`?policy&comp=callback` is another
 * than `?policy`), so a row that does not know it never takes the request.
 *
 * @param request Method, scope, query and headers.
 * @returns The operation, or `unknown` for a sub-resource of the public service that has no row, and for the deletion
 * of an unknown one; the server answers that with `NotImplemented`, status 501.
 * @throws {OssError} `MethodNotAllowed` with `Allow` if other methods would do, `MissingArgument` if a sub-resource
 * lacks the key that goes with it (`uploadId` without `partNumber`), `InvalidArgument` if two sub-resources contradict
 * each other or one of this server's extensions does not belong to the request, `RequestIsNotMultiPartContent` for a
 * form upload that is none.
 */
export function identifyOperation(request: OperationRequest): OperationName | 'unknown' {
  // A preflight carries the query of the request it asks about, which must not choose another operation.
  if (request.method === 'OPTIONS') return 'OptionObject';
  const selectors: string[] = [];
  for (const key of request.query.names()) {
    if (UNDOCUMENTED.has(key)) return 'unknown';
    if (SELECTORS.has(key)) selectors.push(key);
    else if (request.method === 'DELETE' && request.query.get(key) === '' && !isParameter(key)) return 'unknown';
  }
  let best: OperationName | undefined;
  let hasUnknownAction = false;
  for (const name of NAMES[request.scope].get(request.method) ?? []) {
    const row = OPERATIONS[name];
    if (!matches(row, request) || !covers(row, selectors)) continue;
    if (request.query.has(ACTION_KEY) && !Object.hasOwn(row.values ?? {}, ACTION_KEY)) {
      hasUnknownAction = true;
      continue;
    }
    if (best === undefined || specificity(row) > specificity(OPERATIONS[best])) best = name;
  }
  if (best === undefined && hasUnknownAction && !hasActions(request, selectors)) return 'unknown';
  if (best === undefined) throw explainRefusal(request, selectors);
  if (best === 'PostObject' && !isFormUpload(request)) throw new OssError('RequestIsNotMultiPartContent');
  return best;
}

/**
 * Tells whether the sub-resources of a request are told apart by actions: another one is then a wrong value and not an
 * unknown operation.
 */
function hasActions({ scope, method }: OperationRequest, selectors: readonly string[]): boolean {
  const names = NAMES[scope].get(method) ?? [];
  return (
    selectors.length > 0 &&
    names.some(
      (name) => covers(OPERATIONS[name], selectors) && Object.hasOwn(OPERATIONS[name].values ?? {}, ACTION_KEY),
    )
  );
}

/** Tells whether a key says how and not what, whatever its value. */
function isParameter(key: string): boolean {
  return key === 'versionId' || key === 'security-token' || key.startsWith('x-oss-');
}

function namesByMethod(scope: Scope): ReadonlyMap<string, readonly OperationName[]> {
  const names = new Map<string, OperationName[]>();
  for (const name of OPERATION_NAMES) {
    if (OPERATIONS[name].scope !== scope) continue;
    for (const method of OPERATIONS[name].methods) names.set(method, [...(names.get(method) ?? []), name]);
  }
  return names;
}

/**
 * Gives the permission that an operation takes.
 * @param name The operation.
 * @param hasVersionId Whether the request names a version.
 * @returns Such as `oss:GetObject` or `oss:GetObjectVersion`.
 */
export function actionOf(name: OperationName, hasVersionId: boolean): string {
  const row = OPERATIONS[name];
  return hasVersionId ? (row.versionAction ?? row.action) : row.action;
}

function matches(row: OperationRow, { query, headers }: OperationRequest): boolean {
  if (!row.query.every((key) => query.has(key))) return false;
  if (row.header !== undefined && !headers.has(row.header)) return false;
  if (row.values === undefined) return true;
  return Object.entries(row.values).every(([key, values]) => values.includes(query.get(key) ?? ''));
}

/** Whether every key that names an operation is one that the row takes. */
function covers(row: OperationRow, selectors: readonly string[]): boolean {
  return selectors.every((key) => row.query.includes(key) || (row.parameters ?? []).includes(key));
}

function specificity(row: OperationRow): number {
  return row.query.length + Object.keys(row.values ?? {}).length + (row.header === undefined ? 0 : 1);
}

function explainRefusal(request: OperationRequest, selectors: readonly string[]): OssError {
  const extension = selectors.find((key) => EXTENSIONS.has(key));
  if (extension !== undefined) {
    const value = request.query.get(extension) ?? '';
    return invalidArgument(extension, value, `${extension} cannot be used with this request.`);
  }
  const ofScope = OPERATION_NAMES.filter((name) => OPERATIONS[name].scope === request.scope);
  const ofMethod = NAMES[request.scope].get(request.method) ?? [];
  const needed = ofMethod
    .map((name) => OPERATIONS[name])
    .find((row) => selectors.length > 0 && covers(row, selectors) && row.query.some((key) => !request.query.has(key)));
  const missing = needed?.query.find((key) => !request.query.has(key));
  if (missing !== undefined) return new OssError('MissingArgument', { details: { ArgumentName: missing } });

  const rows = ofScope.map((name) => OPERATIONS[name]).filter((row) => covers(row, selectors) && matches(row, request));
  // A preflight may ask about everything.
  const allowed = new Set([...rows.flatMap((row) => row.methods), 'OPTIONS']);
  // The method exists for these sub-resources, so it is a value (`comp`) that no row has.
  const valueKey = ofMethod
    .map((name) => OPERATIONS[name])
    .filter((row) => covers(row, selectors) && selectors.length > 0)
    .flatMap((row) => Object.keys(row.values ?? {}))[0];
  if (valueKey !== undefined) {
    return new OssError('InvalidArgument', {
      details: { ArgumentName: valueKey, ArgumentValue: request.query.get(valueKey) ?? '' },
    });
  }
  const perSelector = selectors.map((key) => ofMethod.some((name) => OPERATIONS[name].query.includes(key)));
  if (selectors.length > 1 && perSelector.every((isKnown) => isKnown)) {
    return new OssError('InvalidArgument', {
      message: `The sub-resources ${selectors.join(' and ')} cannot be used together.`,
    });
  }
  return new OssError('MethodNotAllowed', {
    headers: { Allow: [...allowed].join(', ') },
    details: { Method: request.method.toLowerCase(), ResourceType: RESOURCE_TYPES[request.scope] },
  });
}

function isFormUpload({ headers }: OperationRequest): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(headers.get('content-type') ?? '');
}
