/**
 * Whether a bucket policy lets everybody in: what the policy status reports and a public access block takes away.
 */
import type { ConditionTest } from './conditions.js';
import { parseIpRange } from './ip-range.js';
import type { Policy, PrincipalPattern, Statement } from './policy.js';
import { hasWildcard } from './wildcard.js';

/** A range wider than this is nearly everybody. As the public service counts. */
const IPV4_PREFIX_LENGTH_BITS_MIN = 8;
const IPV6_PREFIX_LENGTH_BITS_MIN = 32;

/** Tells whether any statement is public. */
export function isPublicPolicy(policy: Policy): boolean {
  return policy.statements.some(isPublicStatement);
}

/**
 * Tells whether a statement allows everybody, without a condition that ties it to known addresses, networks, keys or
 * principals.
 */
export function isPublicStatement({ effect, principals, conditions }: Statement): boolean {
  if (effect !== 'allow' || principals === undefined) return false;
  const isForEveryone = principals.isNegated || principals.patterns.some(meansEveryone);
  return isForEveryone && !conditions.some(tiesDown);
}

/** Also the sessions of all accounts: everybody can open an account. */
function meansEveryone(pattern: PrincipalPattern): boolean {
  if (pattern.kind === 'everyone') return true;
  return pattern.kind === 'session' && !/^arn:sts::\d+:/.test(pattern.pattern);
}

function tiesDown({ operator, key, values }: ConditionTest): boolean {
  switch (key.name) {
    case 'acs:SourceIp':
      return operator === 'IpAddress' && values.every(isNarrowRange);
    case 'acs:SourceVpc':
    case 'acs:AccessId':
    case 'acs:PrincipalArn':
      if (operator === 'StringLike') return !values.some(hasWildcard);
      return operator === 'StringEquals' || operator === 'StringEqualsIgnoreCase';
    default:
      return false;
  }
}

function isNarrowRange(value: string): boolean {
  const range = parseIpRange(value);
  if (range === undefined) return false;
  const isVersion4 = range.address.length === 4;
  return range.prefixLengthBits >= (isVersion4 ? IPV4_PREFIX_LENGTH_BITS_MIN : IPV6_PREFIX_LENGTH_BITS_MIN);
}
