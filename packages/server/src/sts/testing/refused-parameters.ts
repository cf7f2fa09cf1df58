/** Calls of STS with one parameter that is not as it should be, and how each is refused. */

/** What is wrong, the parameters that are otherwise, and status, code and message of the refusal. */
export type RefusedParameters = readonly [
  what: string,
  change: Readonly<Record<string, string | undefined>>,
  status: number,
  code: string,
  message: string,
];

/** One case for each. */
export const REFUSED_PARAMETERS: readonly RefusedParameters[] = [
  ['no role', { RoleArn: undefined }, 400, 'MissingRoleArn', 'RoleArn is mandatory for this action.'],
  [
    'no session name',
    { RoleSessionName: '' },
    400,
    'MissingRoleSessionName',
    'RoleSessionName is mandatory for this action.',
  ],
  [
    'a short session name',
    { RoleSessionName: 'a' },
    400,
    'InvalidParameter.RoleSessionName',
    'The parameter RoleSessionName is wrongly formed.',
  ],
  [
    'a long session name',
    { RoleSessionName: 'a'.repeat(65) },
    400,
    'InvalidParameter.RoleSessionName',
    'The parameter RoleSessionName is wrongly formed.',
  ],
  [
    'a strange session name',
    { RoleSessionName: 'a/b' },
    400,
    'InvalidParameter.RoleSessionName',
    'The parameter RoleSessionName is wrongly formed.',
  ],
  [
    'a short session',
    { DurationSeconds: '899' },
    400,
    'InvalidParameter.DurationSeconds',
    'The Min/Max value of DurationSeconds is 900s/43200s.',
  ],
  [
    'a long session',
    { DurationSeconds: '3601' },
    400,
    'InvalidParameter.DurationSeconds',
    'The Min/Max value of DurationSeconds is 900s/3600s.',
  ],
  [
    'a duration that is none',
    { DurationSeconds: '1h' },
    400,
    'InvalidParameter.DurationSeconds',
    'The parameter DurationSeconds is wrongly formed.',
  ],
  [
    'a long policy',
    { Policy: `{"Version":"1"${' '.repeat(1010)}}` },
    400,
    'InvalidParameter.PolicySize',
    'The size of Policy must be smaller than 1024 bytes.',
  ],
  [
    'a policy that is none',
    { Policy: '{}' },
    400,
    'InvalidParameter.PolicyGrammar',
    'The parameter Policy has not passed grammar check. Invalid Policy: at Version, nothing is not "1".',
  ],
  [
    'another action',
    { Action: 'GetFederationToken' },
    404,
    'InvalidAction.NotFound',
    'Specified api is not found, please check your url and method.',
  ],
  ['another version', { Version: '2014-01-01' }, 400, 'InvalidVersion', 'Specified parameter Version is not valid.'],
  ['no time', { Timestamp: undefined }, 400, 'MissingTimestamp', 'Timestamp is mandatory for this action.'],
  [
    'a token of nobody',
    { SecurityToken: 'abc' },
    400,
    'InvalidSecurityToken.Malformed',
    'Specified SecurityToken is malformed.',
  ],
  [
    'a temporary key without its token',
    { AccessKeyId: 'STS.X' },
    400,
    'MissingSecurityToken',
    'SecurityToken is mandatory for this action.',
  ],
];
