/** Runs the table of what policies must mean. */
import { describe, expect, test } from 'vitest';
import { CONDITION_OPERATOR_NAMES } from './conditions.js';
import { type AccessQuestion, decide } from './decide.js';
import { parsePolicy } from './parse-policy.js';
import type { NamedPolicy, Policy } from './policy.js';
import { type Principal, principalArn } from './principal.js';
import { CONDITION_CASES } from './testing/condition-cases.js';
import type { DecisionCase, PrincipalName, StatementData } from './testing/policy-case.js';
import { DECISION_CASES } from './testing/policy-cases.js';

const principals: Readonly<Record<PrincipalName, Principal>> = {
  anonymous: { kind: 'anonymous' },
  root: { kind: 'root', accountId: '1000' },
  alice: { kind: 'user', accountId: '1000', uid: '1001', name: 'alice' },
  uploader: { kind: 'role-session', accountId: '1000', roleId: '3001', roleName: 'uploader', sessionName: 'phone-7' },
  stranger: { kind: 'root', accountId: '2000' },
  'foreign-user': { kind: 'user', accountId: '2000', uid: '2001', name: 'bob' },
  'foreign-session': { kind: 'role-session', accountId: '2000', roleId: '3002', roleName: 'guest', sessionName: 'x' },
};

function ramPolicy(statements: readonly StatementData[]): Policy {
  return parsePolicy(JSON.stringify({ Version: '1', Statement: statements }), { form: 'ram', isStored: true });
}

function questionOf(row: DecisionCase): AccessQuestion {
  const principal = principals[row.as];
  const { bucketTags, existingObjectTags, ...facts } = row.facts ?? {};
  const identityPolicies: NamedPolicy[] = row.ram === undefined ? [] : [{ name: 'own', policy: ramPolicy(row.ram) }];
  return {
    principal,
    action: row.action,
    access: row.access ?? 'read',
    level: row.on === '*' ? 'service' : row.on.includes('/') ? 'object' : 'bucket',
    resource: { service: 'oss', region: row.region, ownerId: '1000', name: row.on },
    facts: {
      receivedAtMs: 0,
      isSecure: true,
      sourceIp: undefined,
      userAgent: undefined,
      accessKeyId: undefined,
      principalArn: principalArn(principal),
      ...facts,
      bucketTags: async () => bucketTags as Record<string, string> | undefined,
      existingObjectTags: async () => existingObjectTags as Record<string, string> | undefined,
    },
    identityPolicies,
    sessionPolicy: row.session && ramPolicy(row.session),
    bucketPolicy:
      row.bucket &&
      parsePolicy(JSON.stringify({ Version: '1', Statement: row.bucket }), { form: 'bucket', bucket: 'logs' }),
    isPublicAccessBlocked: row.isPublicAccessBlocked ?? false,
    acl: async () => row.acl ?? 'private',
  };
}

describe('decide', () => {
  test.each(DECISION_CASES)('$as, $action on $on: $claim', async (row) => {
    const decision = await decide(questionOf(row));
    expect(`${decision.isAllowed ? 'allow' : decision.effect} by ${decision.by}`).toBe(row.expected);
  });
});

describe('conditions', () => {
  test.each(CONDITION_CASES)(
    '$operator $key $values with $facts: $holds',
    async ({ operator, key, values, facts, holds }) => {
      const Condition = { [operator]: { [key]: values } };
      const decision = await decide(
        questionOf({
          claim: '',
          as: 'alice',
          action: 'oss:PutObject',
          on: 'logs/a',
          access: 'write',
          // Only what the row says: the default facts would answer for a missing key.
          facts: { principalArn: undefined, ...facts },
          ram: [{ Effect: 'Allow', Action: 'oss:PutObject', Resource: '*', Condition }],
          expected: '',
        }),
      );
      expect(decision.isAllowed).toBe(holds);
    },
  );

  test('every operator stands in the table with both outcomes', () => {
    for (const name of CONDITION_OPERATOR_NAMES) {
      const outcomes = CONDITION_CASES.filter(({ operator }) => operator === name).map(({ holds }) => holds);
      expect([name, outcomes.includes(true), outcomes.includes(false)]).toEqual([name, true, true]);
    }
  });

  test('every key stands in the table', () => {
    const keys = [
      ...['acs:SourceIp', 'acs:SourceVpc', 'acs:UserAgent', 'acs:CurrentTime', 'acs:SecureTransport', 'acs:AccessId'],
      ...['acs:MFAPresent', 'acs:PrincipalArn', 'oss:Prefix', 'oss:Delimiter'],
      ...['oss:BucketTag/', 'oss:ExistingObjectTag/', 'oss:RequestObjectTag/'],
    ];
    for (const wanted of keys) {
      const isThere = CONDITION_CASES.some(({ key }) =>
        wanted.endsWith('/') ? key.startsWith(wanted) : key === wanted,
      );
      expect([wanted, isThere]).toEqual([wanted, true]);
    }
  });
});

test('the tables hold at least 200 cases', () => {
  expect(CONDITION_CASES.length + DECISION_CASES.length).toBeGreaterThanOrEqual(200);
});
