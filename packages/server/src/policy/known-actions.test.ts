import { OPERATIONS, OssError } from '@annals/protocol';
import { describe, expect, test } from 'vitest';
import { ADMIN_ROUTES } from '../admin/admin-routes.js';
import { KNOWN_ACTIONS, neverMatchingActions, refuseNeverMatching } from './known-actions.js';
import { parsePolicy } from './parse-policy.js';

function judge(statement: object): string {
  const document = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Resource: '*', ...statement }] });
  try {
    refuseNeverMatching(parsePolicy(document, { form: 'ram' }));
    return 'taken';
  } catch (error) {
    if (error instanceof OssError && error.code === 'InvalidPolicyDocument') return error.message;
    throw error;
  }
}

test('every action of the admin API is known: add those of new routes to known-actions.ts', () => {
  expect(ADMIN_ROUTES.map(({ action }) => action).filter((action) => !KNOWN_ACTIONS.has(action.toLowerCase()))).toEqual(
    [],
  );
});

describe('refuseNeverMatching', () => {
  test.each([
    'oss:PutObjct',
    'oss:Foo',
    'ram:Foo',
    'ram:CreateUserr',
    'sts:AssumeRol',
    'osss:PutObject',
    'ecs:DescribeInstances',
    'oss:Putt*',
    'oss:PutObject?',
    'rams:*',
    's3:GetObject',
  ])('the action %s is refused', (action) => {
    const expected = `Invalid Policy: at Statement[0], "${action.toLowerCase()}" is no action that this server knows, so it would never match.`;
    expect(judge({ Action: action })).toBe(expected);
    expect(judge({ Action: ['oss:GetObject', action] })).toBe(expected);
    expect(judge({ NotAction: action })).toBe(expected);
    expect(judge({ Effect: 'Deny', Action: action })).toBe(expected);
  });

  test.each([
    '*',
    'oss:*',
    'OSS:putobject',
    'oss:Get*',
    '*:Get*',
    'oss:?etObject',
    'oss:AppendObject',
    'oss:BypassGovernanceRetention',
    'oss:PutObjectVersionTagging',
    'kms:Decrypt',
    'ram:*',
    'sts:AssumeRole',
  ])('the action %s is taken', (action) => {
    expect(judge({ Action: action })).toBe('taken');
  });

  test.each([
    'acs:ecs:*:*:*',
    'acs:osss:*:*:bucket',
    'acs:oss:*:*:Bucket/*',
    'acs:oss:*:*:my_bucket',
    'acs:oss:*:*:a.b/*',
  ])('the resource %s is refused', (resource) => {
    expect(judge({ Action: 'oss:*', Resource: resource })).toContain('so it would never match.');
  });

  test.each([
    '*',
    'acs:oss:*:*:*',
    'acs:oss:*:*:b?cket-*/K_Ey.*',
    'acs:*:*:*:*',
    'acs:ram:*:*:user/*',
    'acs:kms:*:*:key/A',
  ])('the resource %s is taken', (resource) => {
    expect(judge({ Action: '*', Resource: resource })).toBe('taken');
  });
});

describe('neverMatchingActions', () => {
  const reported = (actions: readonly string[], form: 'ram' | 'bucket' | 'trust'): readonly string[] => {
    const statement = { Effect: 'Allow', Action: actions, Resource: '*' };
    return neverMatchingActions(
      parsePolicy(JSON.stringify({ Version: '1', Statement: [statement] }), { form: 'ram' }),
      form,
    );
  };

  test('are names of operations that take the right of another, every one of them and no other', () => {
    const rows = Object.entries(OPERATIONS);
    const asked = new Set<string>(
      rows.flatMap(([, row]) => [row.action, 'versionAction' in row ? row.versionAction : row.action]),
    );
    for (const [name] of rows) {
      const action = `oss:${name}`;
      expect([action, reported([action], 'ram')]).toEqual([action, asked.has(action) ? [] : [action.toLowerCase()]]);
    }
    expect(reported(['oss:AppendObject', 'oss:GetObject', 'oss:AppendObject'], 'ram')).toEqual(['oss:appendobject']);
  });

  test('count patterns by what they match', () => {
    expect(reported(['oss:Append*', 'oss:*Object', '*', 'oss:*'], 'ram')).toEqual(['oss:append*']);
  });

  test('depend on the form', () => {
    const actions = ['ram:CreateUser', 'sts:AssumeRole', 'oss:GetObject', 'kms:Decrypt', '*'];
    expect(reported(actions, 'ram')).toEqual([]);
    expect(reported(actions, 'bucket')).toEqual(['ram:createuser', 'sts:assumerole', 'kms:decrypt']);
    expect(reported(actions, 'trust')).toEqual(['ram:createuser', 'oss:getobject', 'kms:decrypt']);
  });
});
