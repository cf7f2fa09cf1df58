/** The right that `x-oss-bypass-governance-retention: true` takes, on whatever it is sent with. */
import { REQUEST_HEADERS } from '@annals/protocol';
import type { OperationRequest } from '../../request/operation-request.js';
import type { RequiredPermission } from '../../request/required-permission.js';

const BYPASS: RequiredPermission = { action: 'oss:BypassGovernanceRetention', access: 'owner' };

/** What is neither `true` nor `false` takes the right, too: that it is nonsense is said to those who might. */
export function bypassPermissions({ headers }: OperationRequest): readonly RequiredPermission[] {
  return (headers.get(REQUEST_HEADERS.bypassGovernance)?.toLowerCase() ?? 'false') === 'false' ? [] : [BYPASS];
}
