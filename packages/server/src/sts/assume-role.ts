/**
 * AssumeRole: lends a role to a caller whose own policies and the role's trust policy both allow it.
 */
import { OssError } from '@annals/protocol';
import type { RandomBytes } from '@annals/store';
import type { AccountDirectory } from '../accounts/account-directory.js';
import { ACCOUNT_LIMITS, SESSION_NAME } from '../accounts/account-names.js';
import type { MasterKeyRing } from '../accounts/master-key.js';
import type { ConditionFacts } from '../policy/condition-keys.js';
import { evaluate, evaluateAll, type PolicyQuestion } from '../policy/evaluate.js';
import { neverMatchingActions } from '../policy/known-actions.js';
import { parsePolicy } from '../policy/parse-policy.js';
import { type Borrower, issueSecurityToken, type RoleSession } from './security-token.js';
import type { StsCaller } from './sts-caller.js';
import { StsError } from './sts-error.js';
import { requireParameter, type StsParameters } from './sts-request.js';
import { formatStsTime } from './sts-time.js';

/** What lending takes. */
export interface AssumeRoleServices {
  readonly accounts: Pick<AccountDirectory, 'accountId' | 'assumableRole' | 'identityOf'>;
  readonly keys: MasterKeyRing;
  readonly random: RandomBytes;
}

/** Members of the answer, in the order of the documentation. */
export interface AssumeRoleAnswer {
  readonly AssumedRoleUser: { readonly Arn: string; readonly AssumedRoleId: string };
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly AccessKeySecret: string;
    readonly SecurityToken: string;
    readonly Expiration: string;
  };
}

const ACTION = 'sts:AssumeRole';
const ROLE_ARN = /^acs:ram::(\d{1,32}):role\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;
const POLICY_LENGTH_MAX = 1024;
/** Sessions that lend to one another: each stands in the token, so that revoking one ends those behind it. */
const LENDER_COUNT_MAX = 16;

/**
 * Assumes a role.
 * @throws {StsError} A parameter is missing or wrong, the role does not exist, or the caller may not.
 */
export async function assumeRole(
  parameters: StsParameters,
  caller: StsCaller,
  facts: ConditionFacts,
  { accounts, keys, random }: AssumeRoleServices,
): Promise<AssumeRoleAnswer> {
  const arn = requireParameter(parameters, 'RoleArn');
  const [, accountId, roleName] = ROLE_ARN.exec(arn) ?? [];
  if (accountId === undefined || roleName === undefined) throw new StsError('InvalidParameter.RoleArn');
  const sessionName = requireParameter(parameters, 'RoleSessionName');
  if (!SESSION_NAME.test(sessionName)) throw new StsError('InvalidParameter.RoleSessionName');
  const seconds = parseDuration(parameters.get('DurationSeconds'));
  const sessionPolicy = checkSessionPolicy(parameters.get('Policy'));
  if (caller.principal.kind === 'root') {
    throw new StsError('NoPermission', { message: 'Roles may not be assumed by root accounts.' });
  }
  await requireOwnRight({ accountId, roleName }, caller, facts, accounts);
  // After the caller's own right, so that only those who might assume roles learn which there are.
  const role = accountId === accounts.accountId ? await accounts.assumableRole(roleName) : undefined;
  if (role === undefined) throw new StsError('EntityNotExist.Role');
  const question = questionOf({ accountId, roleName }, caller, facts);
  if ((await evaluate(role.trustPolicy, question)).effect !== 'allow') throw new StsError('NoPermission');
  if (seconds > role.sessionSecondsMax) throw durationError(role.sessionSecondsMax);
  const session: RoleSession = { kind: 'role-session', accountId, roleId: role.roleId, roleName, sessionName };
  const expiresAtMs = facts.receivedAtMs + seconds * 1000;
  const borrower = borrowerOf(caller);
  const issuedAtMs = facts.receivedAtMs;
  const credentials = issueSecurityToken(
    { session, sessionPolicy, issuedAtMs, expiresAtMs, borrower },
    { keys, random },
  );
  return {
    AssumedRoleUser: { Arn: `${arn}/${sessionName}`, AssumedRoleId: `${role.roleId}:${sessionName}` },
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      AccessKeySecret: credentials.accessKeySecret,
      SecurityToken: credentials.securityToken,
      Expiration: formatStsTime(expiresAtMs),
    },
  };
}

/** @throws {StsError} `NoPermission` for a chain that is too long to be kept in a token. */
function borrowerOf({ principal, lineage }: StsCaller): Borrower {
  if (principal.kind === 'user') return { uid: principal.uid, links: [] };
  const { uid, links = [] } = lineage ?? {};
  if (links.length < LENDER_COUNT_MAX) return { uid, links };
  throw new StsError('NoPermission', { message: `No more than ${LENDER_COUNT_MAX} roles may be assumed in a row.` });
}

/** The caller's own policies must allow it, and its session policy too, when it is a session itself. */
async function requireOwnRight(
  role: { readonly accountId: string; readonly roleName: string },
  caller: StsCaller,
  facts: ConditionFacts,
  accounts: AssumeRoleServices['accounts'],
): Promise<void> {
  const question = questionOf(role, caller, facts);
  if (caller.sessionPolicy !== undefined && (await evaluate(caller.sessionPolicy, question)).effect !== 'allow') {
    throw new StsError('NoPermission');
  }
  const { policies } = await accounts.identityOf(caller.principal);
  if ((await evaluateAll(policies, question)).effect !== 'allow') throw new StsError('NoPermission');
}

function questionOf(
  { accountId, roleName }: { readonly accountId: string; readonly roleName: string },
  { principal }: StsCaller,
  facts: ConditionFacts,
): PolicyQuestion {
  const resource = { service: 'ram', region: undefined, ownerId: accountId, name: `role/${roleName}` };
  return { principal, action: ACTION, resource, facts };
}

function parseDuration(text: string | undefined): number {
  if (text === undefined || text === '') return ACCOUNT_LIMITS.sessionSecondsDefault;
  if (!/^\d{1,9}$/.test(text)) throw new StsError('InvalidParameter.DurationSeconds');
  const seconds = Number(text);
  if (seconds < ACCOUNT_LIMITS.sessionSecondsMin) throw durationError(ACCOUNT_LIMITS.sessionSecondsMax);
  return seconds;
}

function durationError(secondsMax: number): StsError {
  return new StsError('InvalidParameter.DurationSeconds', {
    message: `The Min/Max value of DurationSeconds is ${ACCOUNT_LIMITS.sessionSecondsMin}s/${secondsMax}s.`,
  });
}

/** @returns Actions of the session policy that exist and never match. */
export function neverMatchingInSession(parameters: StsParameters): readonly string[] {
  const document = parameters.get('Policy') ?? '';
  return document === '' ? [] : neverMatchingActions(parsePolicy(document, { form: 'ram' }), 'ram');
}

function checkSessionPolicy(document: string | undefined): string | undefined {
  if (document === undefined || document === '') return undefined;
  if (document.length > POLICY_LENGTH_MAX) throw new StsError('InvalidParameter.PolicySize');
  try {
    parsePolicy(document, { form: 'ram' });
  } catch (cause) {
    if (!(cause instanceof OssError)) throw cause;
    // What the public service leaves to be guessed: where the document is wrong.
    const message = `The parameter Policy has not passed grammar check. ${cause.message}`;
    throw new StsError('InvalidParameter.PolicyGrammar', { message, cause });
  }
  return document;
}
