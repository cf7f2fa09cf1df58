/** The right that `x-oss-bypass-governance-retention: true` takes, on whatever it is sent with. */
import { readBypassGovernance } from '@annals/protocol';
import type { OperationRequest, RequiredPermission } from './operation.js';

const BYPASS: RequiredPermission = { action: 'oss:BypassGovernanceRetention', access: 'owner' };

/** @throws {OssError} `InvalidArgument` for a header that is neither `true` nor `false`. */
export function bypassPermissions({ headers }: OperationRequest): readonly RequiredPermission[] {
  return readBypassGovernance(headers) ? [BYPASS] : [];
}
