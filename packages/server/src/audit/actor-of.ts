/** The actor of a record: kind, key and ARN of a caller. */
import { type Principal, principalArn } from '../policy/principal.js';
import type { AuditActor } from './audit-record.js';

/** @returns The actor of a caller; anonymous ones have neither key nor name. */
export function actorOf({
  principal,
  accessKeyId,
}: {
  readonly principal: Principal;
  readonly accessKeyId: string;
}): AuditActor {
  const name = principalArn(principal);
  return {
    kind: principal.kind,
    ...(accessKeyId !== '' && { accessKeyId }),
    ...(name !== undefined && { name }),
  };
}
