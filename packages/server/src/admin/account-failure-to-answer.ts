/** What the admin API says of a failure: the one switch from kinds of `AccountFailure` to statuses. */
import { OssError } from '@annals/protocol';
import { type AccountEntity, AccountFailure, type AccountFailureReason } from '../accounts/account-failure.js';
import { toOssError } from '../error/render-error.js';

/** A refusal as the admin API writes it. */
export interface AdminError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const entityNames: Readonly<Record<AccountEntity, string>> = {
  user: 'User',
  group: 'Group',
  role: 'Role',
  policy: 'Policy',
  'access-key': 'AccessKey',
  'audit-log': 'AuditLog',
  limit: 'Limit',
};

/** @returns What is sent. Faults of the server itself say nothing of their cause. */
export function toAdminError(thrown: unknown): AdminError {
  if (thrown instanceof AccountFailure) return fromReason(thrown.reason);
  const { status, code, message } = toOssError(thrown);
  // What the store cannot do now is for later, as everywhere; of its damage nothing is said.
  return thrown instanceof OssError || status === 503 ? { status, code, message } : INTERNAL_ERROR;
}

const INTERNAL_ERROR: AdminError = {
  status: 500,
  code: 'InternalError',
  message: 'We encountered an internal error. Please try again.',
};

function fromReason(reason: AccountFailureReason): AdminError {
  switch (reason.kind) {
    case 'not-found':
      return {
        status: 404,
        code: `EntityNotExist.${entityNames[reason.entity]}`,
        message: `There is no ${reason.entity} "${reason.name}".`,
      };
    case 'already-exists':
      return {
        status: 409,
        code: `EntityAlreadyExists.${entityNames[reason.entity]}`,
        message: `There is a ${reason.entity} "${reason.name}" already.`,
      };
    case 'invalid-name':
      return {
        status: 400,
        code: `InvalidParameter.${entityNames[reason.entity]}Name`,
        message: `Cannot use the name of the ${reason.entity}: expected ${reason.expected}.`,
      };
    case 'invalid-value':
      return {
        status: 400,
        code: 'InvalidParameter',
        message: `Cannot use "${reason.field}": expected ${reason.expected}.`,
      };
    case 'limit-exceeded':
      return { status: 409, code: 'LimitExceeded', message: `No more than ${reason.countMax}: ${reason.what}.` };
    case 'in-use':
      return {
        status: 409,
        code: `DeleteConflict.${entityNames[reason.entity]}`,
        message: `The ${reason.entity} "${reason.name}" is attached to: ${reason.by.join(', ')}.`,
      };
    case 'read-only':
      return {
        status: 403,
        code: 'ReadOnly.Policy',
        message: `"${reason.name}" is a system policy, which cannot be changed.`,
      };
    case 'contended':
      return {
        status: 503,
        code: 'ServiceUnavailable',
        message: 'Too many changes at once. Nothing was changed; try again.',
      };
    case 'cannot-unseal':
      return {
        status: 500,
        code: 'CannotUnseal',
        message: `The secret of access key ${reason.accessKeyId} was sealed with a master key that this server does not have.`,
      };
    case 'not-managed':
      return {
        status: 409,
        code: 'RootAccessKeyNotManaged',
        message:
          'The root key pair comes from the environment or from a file of the operator, so it is changed there: replace the file named by "root-key-file" and send the server SIGHUP.',
      };
  }
}
