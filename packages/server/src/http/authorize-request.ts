/**
 * Asks for every right a request needs, and lets the audit log know of those who change rules without one. Leaves out
 * the decision (`../auth`).
 */
import { isAudited } from '../audit/audited-operations.js';
import { authorize, forbiddenToAnonymous } from '../auth/authorize.js';
import type { AnyOperation } from '../operation-row/operation-row.js';
import { defaultKeyPermissions } from '../operations/reading/put-object-permissions.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { RequiredPermission } from '../request/required-permission.js';
import type { PipelineServices } from './pipeline-services.js';
import { recordRefusal } from './record-operation.js';

type Authorizing = Pick<PipelineServices, 'facts' | 'audit'>;

/**
 * Lets a request pass that has the rights which head and query name.
 * @throws {OssError} `AccessDenied`.
 */
export async function authorizeHead(
  row: AnyOperation,
  request: OperationRequest,
  services: Authorizing,
): Promise<void> {
  if (row.anonymous === 'always') return;
  const permissions = row.permissions(request);
  if (permissions.length === 0 && row.bodyPermissions !== undefined) return;
  await requireAll(row, request, permissions, services);
  const more = defaultKeyPermissions(row, request);
  if (more !== undefined) await requireMore(row, request, await more, services);
}

/**
 * Lets a request pass that has the rights which its document names.
 * @param input From the row's `parse`.
 * @returns What to wait for; `undefined` for an operation without such a document.
 * @throws {OssError} `AccessDenied`, by the promise.
 */
export function authorizeBody(
  row: AnyOperation,
  input: unknown,
  request: OperationRequest,
  services: Authorizing,
): Promise<void> | undefined {
  if (row.bodyPermissions === undefined) return undefined;
  return requireAll(row, request, row.bodyPermissions(input, request), services);
}

function requireAll(
  row: AnyOperation,
  request: OperationRequest,
  permissions: readonly RequiredPermission[],
  { facts, audit }: Authorizing,
): Promise<void> {
  const isForbidden = row.anonymous === 'never' && request.caller.kind === 'anonymous';
  const authorized = isForbidden
    ? Promise.reject(forbiddenToAnonymous())
    : authorize(request, permissions, facts, row.makesBucket);
  if (!isAudited(row, request)) return authorized;
  return authorized.catch(async (error: unknown) => {
    await recordRefusal(request, audit, error);
    throw error;
  });
}

async function requireMore(
  row: AnyOperation,
  request: OperationRequest,
  permissions: readonly RequiredPermission[],
  services: Authorizing,
): Promise<void> {
  if (permissions.length > 0) await requireAll(row, request, permissions, services);
}
