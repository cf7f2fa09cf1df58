/**
 * Actions that some request of this server can ask for. A policy with another one, misspelt or of another service, can
 * never match: the caller that puts it gets a refusal. Policies that are already stored keep their meaning.
 */
import { OPERATIONS, OssError } from '@annals/protocol';
import type { Policy, PolicyForm, Selection } from './policy.js';
import type { ResourcePattern } from './resource-name.js';
import { matchesWildcard } from './wildcard.js';

/** Rights beside those that are named after an operation. */
const MORE_ACTIONS = [
  'oss:BypassGovernanceRetention',
  'kms:GenerateDataKey',
  'kms:Decrypt',
  'sts:AssumeRole',
  'sts:GetCallerIdentity',
];

/** Rights of the admin API; a test compares them with its routes. */
const RAM_ACTIONS = [
  ...['CreateUser', 'GetUser', 'UpdateUser', 'DeleteUser', 'ListUsers', 'AddUserToGroup', 'RemoveUserFromGroup'],
  ...['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'ListAccessKeys'],
  ...['CreateGroup', 'GetGroup', 'UpdateGroup', 'DeleteGroup', 'ListGroups'],
  ...['CreateRole', 'GetRole', 'UpdateRole', 'DeleteRole', 'ListRoles'],
  ...['CreatePolicy', 'GetPolicy', 'UpdatePolicy', 'DeletePolicy', 'ListPolicies'],
  ...['AttachPolicyToUser', 'AttachPolicyToGroup', 'AttachPolicyToRole'],
  ...['DetachPolicyFromUser', 'DetachPolicyFromGroup', 'DetachPolicyFromRole'],
  ...['GetAccount', 'GetMasterKey', 'ResealSecrets', 'ListCustomDomains', 'GetAuditHead', 'ReadBackup'],
  ...['GetScrub', 'StartScrub', 'StopScrub', 'GetStatus'],
  ...['GetLimits', 'SetLimits', 'DeleteLimits', 'ListLimits'],
  ...['GetRootAccessKey', 'RotateRootAccessKey', 'EndRootAccessKeyOverlap'],
  ...['ListRevocations', 'RevokeTemporaryKey', 'RevokeRoleSessions', 'RevokeUserSessions'],
].map((name) => `ram:${name}`);

/**
 * Every action, in lower case. Names of operations that take the right of another, such as AppendObject, are among
 * them, because policies of the public service name them.
 */
export const KNOWN_ACTIONS: ReadonlySet<string> = new Set(
  [
    ...Object.entries(OPERATIONS).flatMap(([name, row]) => [
      `oss:${name}`,
      row.action,
      ...('versionAction' in row ? [row.versionAction as string] : []),
    ]),
    ...MORE_ACTIONS,
    ...RAM_ACTIONS,
  ].map((action) => action.toLowerCase()),
);

/** The rights that requests ask for: those above without names of operations that take another's right. */
const ASKED_ACTIONS: readonly string[] = [
  ...Object.values(OPERATIONS).flatMap((row) => [
    row.action,
    ...('versionAction' in row ? [row.versionAction as string] : []),
  ]),
  ...MORE_ACTIONS,
  ...RAM_ACTIONS,
].map((action) => action.toLowerCase());

/**
 * Of them, what a policy of each form is asked for: one of a bucket for nothing but the store's own, one of a role for
 * being assumed.
 */
const ASKED_OF: Readonly<Record<PolicyForm, readonly string[]>> = {
  ram: ASKED_ACTIONS,
  bucket: ASKED_ACTIONS.filter((action) => action.startsWith('oss:')),
  trust: ['sts:assumerole'],
};

/** Says of a policy that was put which of its actions never match, where there are any. */
export const NEVER_MATCHING_HEADER = 'x-oss-annals-never-matching';

const SERVICES = ['oss', 'ram', 'sts', 'kms'];
const BUCKET_PATTERN = /^[a-z0-9*?-]+$/;

/**
 * Refuses a policy with an action or a resource that nothing can ever match.
 * @throws {OssError} `InvalidPolicyDocument`, naming the first.
 */
export function refuseNeverMatching({ statements }: Policy): void {
  for (const [index, { actions, resources }] of statements.entries()) {
    refuseUnknownActions(actions.patterns, `Statement[${index}]`);
    const resource = resources && findPattern(resources, (pattern) => !isPossibleResource(pattern));
    if (resource === undefined) continue;
    throw never(
      `Statement[${index}]`,
      `"${resource.service}:...:${resource.name}" is no resource that this server can have`,
    );
  }
}

/**
 * Refuses actions that nothing can ever ask for.
 * @param patterns In lower case.
 * @param path Where they stand.
 * @throws {OssError} `InvalidPolicyDocument`, naming the first.
 */
export function refuseUnknownActions(patterns: readonly string[], path: string): void {
  const action = patterns.find((pattern) => !isPossibleAction(pattern));
  if (action !== undefined) throw never(path, `"${action}" is no action that this server knows`);
}

/**
 * Finds actions that are right names and yet never match in this policy, such as `oss:AppendObject`, which takes
 * `oss:PutObject`, or `ram:CreateUser` in the policy of a bucket. Policies of the public service have them, so the
 * server accepts them and reports them to the caller.
 * @returns The patterns in lower case, each once.
 */
export function neverMatchingActions({ statements }: Policy, form: PolicyForm): readonly string[] {
  const asked = ASKED_OF[form];
  const patterns = new Set(statements.flatMap(({ actions }) => actions.patterns));
  return [...patterns].filter((pattern) => !asked.some((action) => matchesWildcard(pattern, action)));
}

function findPattern<Pattern>(
  { patterns }: Selection<Pattern>,
  test: (pattern: Pattern) => boolean,
): Pattern | undefined {
  return patterns.find(test);
}

function isPossibleAction(pattern: string): boolean {
  if (KNOWN_ACTIONS.has(pattern) || pattern === '*') return true;
  if (!/[*?]/.test(pattern)) return false;
  for (const action of KNOWN_ACTIONS) if (matchesWildcard(pattern, action)) return true;
  return false;
}

function isPossibleResource({ service, name }: ResourcePattern): boolean {
  if (!SERVICES.some((known) => matchesWildcard(service, known))) return false;
  // Buckets have no capitals, dots and underscores.
  return service !== 'oss' || BUCKET_PATTERN.test(name.split('/', 1)[0] ?? '');
}

function never(path: string, problem: string): OssError {
  return new OssError('InvalidPolicyDocument', {
    message: `Invalid Policy: at ${path}, ${problem}, so it would never match.`,
  });
}
