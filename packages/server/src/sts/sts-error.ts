/**
 * Errors of the STS dialect: codes, statuses and messages as its clients know them, and the documents that carry them.
 * Leaves out errors of OSS, which look different.
 */
import { renderXml } from '@annals/protocol';

const table = {
  'InvalidParameter.RoleArn': { status: 400, message: 'The parameter RoleArn is wrongly formed.' },
  'InvalidParameter.RoleSessionName': { status: 400, message: 'The parameter RoleSessionName is wrongly formed.' },
  'InvalidParameter.DurationSeconds': { status: 400, message: 'The parameter DurationSeconds is wrongly formed.' },
  'InvalidParameter.PolicyGrammar': { status: 400, message: 'The parameter Policy has not passed grammar check.' },
  'InvalidParameter.PolicySize': { status: 400, message: 'The size of Policy must be smaller than 1024 bytes.' },
  MissingParameter: { status: 400, message: 'A mandatory parameter is missing.' },
  InvalidParameter: { status: 400, message: 'The request is wrongly formed.' },
  'InvalidAction.NotFound': {
    status: 404,
    message: 'Specified api is not found, please check your url and method.',
  },
  InvalidVersion: { status: 400, message: 'Specified parameter Version is not valid.' },
  'InvalidAccessKeyId.NotFound': { status: 404, message: 'Specified access key is not found.' },
  'InvalidAccessKeyId.Inactive': { status: 400, message: 'Specified access key is disabled.' },
  'InvalidSecurityToken.Malformed': { status: 400, message: 'Specified SecurityToken is malformed.' },
  'InvalidSecurityToken.Expired': { status: 400, message: 'Specified SecurityToken is expired.' },
  'InvalidSecurityToken.MismatchWithAccessKey': {
    status: 400,
    message: 'Specified SecurityToken mismatch with the AccessKey.',
  },
  MissingSecurityToken: { status: 400, message: 'SecurityToken is mandatory for this action.' },
  SignatureDoesNotMatch: { status: 400, message: 'Specified signature is not matched with our calculation.' },
  IncompleteSignature: {
    status: 400,
    message: 'The request signature does not conform to Aliyun standards.',
  },
  SignatureNonceUsed: { status: 400, message: 'Specified signature nonce was used already.' },
  'InvalidTimeStamp.Format': { status: 400, message: 'Specified time stamp or date value is not well formatted.' },
  'InvalidTimeStamp.Expired': { status: 400, message: 'Specified time stamp or date value is expired.' },
  'Throttling.User': { status: 400, message: 'Request was denied due to user flow control.' },
  NoPermission: {
    status: 403,
    message: 'You are not authorized to do this action. You should be authorized by RAM.',
  },
  'EntityNotExist.Role': { status: 404, message: 'The specified Role not exists.' },
  InternalError: { status: 500, message: 'STS Server Internal Error happened.' },
  ServiceUnavailable: { status: 503, message: 'The request has failed due to a temporary failure of the server.' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

/** A code of the table, or `MissingX` for a parameter X. */
export type StsErrorCode = keyof typeof table;

/** How answers are written. */
export type StsFormat = 'JSON' | 'XML';

/** A refusal in the STS dialect. */
export class StsError extends Error {
  readonly code: string;
  readonly status: number;
  /** When to come back, where the error tells. */
  readonly retryAfterSeconds: number | undefined;

  /**
   * @param code Code of the table.
   * @param options `message` replaces the table's; `sentCode` the code that is sent, where it depends on a parameter;
   * `cause` is for the log.
   */
  constructor(
    code: StsErrorCode,
    options: {
      readonly message?: string;
      readonly sentCode?: string;
      readonly retryAfterSeconds?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(options.message ?? table[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StsError';
    this.code = options.sentCode ?? code;
    this.status = table[code].status;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Says that a parameter is missing: its name stands in the code. */
export function missingParameter(name: string): StsError {
  return new StsError('MissingParameter', {
    sentCode: `Missing${name}`,
    message: `${name} is mandatory for this action.`,
  });
}

/** Writes an error document. */
export function renderStsError(
  error: Pick<StsError, 'code' | 'message'>,
  { requestId, host, format }: { readonly requestId: string; readonly host: string; readonly format: StsFormat },
): string {
  const document = { RequestId: requestId, HostId: host, Code: error.code, Message: error.message };
  return format === 'JSON' ? JSON.stringify(document) : renderXml('Error', document);
}
