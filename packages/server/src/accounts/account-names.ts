/** What names and ids of accounts look like, their limits, and how new ids are made. */
import type { RandomBytes } from '@annals/store';
import { type AccountEntity, AccountFailure } from './account-failure.js';

/** Limits. Two keys per user and the ranges of sessions are the public service's; the others are ours. */
export const ACCOUNT_LIMITS = {
  /** Each of users, groups, roles and policies. */
  entityCountMax: 1000,
  accessKeyCountMax: 2,
  /** Of one user, group or role. */
  policyCountMax: 20,
  /** Of one user. */
  groupCountMax: 50,
  textLengthMax: 1024,
  sessionSecondsMin: 900,
  sessionSecondsDefault: 3600,
  sessionSecondsMax: 43_200,
} as const;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_RULE = '1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-", the first a letter or digit';
const POLICY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const POLICY_NAME_RULE = NAME_RULE.replace('64', '128');

/** What a session of a role may be called. */
export const SESSION_NAME = /^[A-Za-z0-9.@_-]{2,64}$/;

/** @throws {AccountFailure} `invalid-name`. */
export function checkName(entity: AccountEntity, name: string): void {
  const isPolicy = entity === 'policy';
  if ((isPolicy ? POLICY_NAME : NAME).test(name)) return;
  throw new AccountFailure({ kind: 'invalid-name', entity, name, expected: isPolicy ? POLICY_NAME_RULE : NAME_RULE });
}

/** @throws {AccountFailure} `invalid-value`. */
export function checkText(field: string, text: string): void {
  if (text.length <= ACCOUNT_LIMITS.textLengthMax) return;
  throw new AccountFailure({
    kind: 'invalid-value',
    field,
    expected: `at most ${ACCOUNT_LIMITS.textLengthMax} characters`,
  });
}

/** @throws {AccountFailure} `limit-exceeded` when there is no room for one more. */
export function checkCount(what: string, count: number, countMax: number): void {
  if (count >= countMax) throw new AccountFailure({ kind: 'limit-exceeded', what, countMax });
}

/** Crockford's 32 characters: no two look alike, none needs quoting, and 32 divides 256 evenly. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** @returns Text with 5 bits of chance in each character. */
export function randomText(random: RandomBytes, length: number): string {
  return Array.from(random(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}

const NUMBER_DIGIT_COUNT = 17;

/**
 * Makes an id as the public service has them: 18 digits.
 * @param first First digit; tells kinds of ids apart.
 */
export function randomNumber(random: RandomBytes, first: '2' | '3'): string {
  const value = Buffer.from(random(8)).readBigUInt64BE() % 10n ** BigInt(NUMBER_DIGIT_COUNT);
  return first + value.toString().padStart(NUMBER_DIGIT_COUNT, '0');
}
