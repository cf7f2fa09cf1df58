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
  const more = await defaultKeyPermissions(row, request);
  if (more.length > 0) await requireAll(row, request, more, services);
}

/**
 * Lets a request pass that has the rights which its document names.
 * @param input From the row's `parse`.
 * @throws {OssError} `AccessDenied`.
 */
export async function authorizeBody(
  row: AnyOperation,
  input: unknown,
  request: OperationRequest,
  services: Authorizing,
): Promise<void> {
  if (row.bodyPermissions !== undefined) {
    await requireAll(row, request, row.bodyPermissions(input, request), services);
  }
}

async function requireAll(
  row: AnyOperation,
  request: OperationRequest,
  permissions: readonly RequiredPermission[],
  { facts, audit }: Authorizing,
): Promise<void> {
  try {
    if (row.anonymous === 'never' && request.caller.kind === 'anonymous') throw forbiddenToAnonymous();
    await authorize(request, permissions, facts, row.makesBucket);
  } catch (error) {
    if (isAudited(row, request)) await recordRefusal(request, audit, error);
    throw error;
  }
}
