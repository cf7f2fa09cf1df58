/** What deciding costs, and what a refusal says. What decisions mean is in `policy-cases.test.ts`. */
import { renderErrorXml } from '@annals/protocol';
import { describe, expect, test } from 'vitest';
import { accessDenied } from './access-denied.js';
import { type AccessQuestion, type Denial, decide } from './decide.js';
import { parsePolicy } from './parse-policy.js';
import type { Policy } from './policy.js';
import { isPublicPolicy } from './public-policy.js';
import { rememberTags } from './remember-tags.js';

function ram(...statements: readonly object[]): Policy {
  return parsePolicy(JSON.stringify({ Version: '1', Statement: statements }), { form: 'ram' });
}

function ask(change: Partial<AccessQuestion> = {}): { readonly question: AccessQuestion; readonly reads: string[] } {
  const reads: string[] = [];
  const noted =
    <Value>(name: string, value: Value) =>
    async (): Promise<Value> => {
      reads.push(name);
      return value;
    };
  return {
    reads,
    question: {
      principal: { kind: 'user', accountId: '1000', uid: '1001', name: 'alice' },
      action: 'oss:GetObject',
      access: 'read',
      level: 'object',
      resource: { service: 'oss', region: undefined, ownerId: '1000', name: 'logs/a' },
      facts: rememberTags({
        sourceIp: undefined,
        userAgent: undefined,
        accessKeyId: undefined,
        principalArn: undefined,
        receivedAtMs: 0,
        isSecure: true,
        bucketTags: noted('bucket tags', { team: 'blue' }),
        existingObjectTags: noted('object tags', { state: 'draft' }),
      }),
      identityPolicies: [],
      sessionPolicy: undefined,
      bucketPolicy: undefined,
      isPublicAccessBlocked: false,
      acl: noted('acl', 'private' as const),
      ...change,
    },
  };
}

async function deny(change: Partial<AccessQuestion>): Promise<Denial> {
  const decision = await decide(ask(change).question);
  if (decision.isAllowed) throw new Error('The question was granted');
  return decision;
}

describe('decide', () => {
  test('reads nothing when a policy decides without tags', async () => {
    const policy = ram({ Effect: 'Allow', Action: 'oss:*', Resource: '*' });
    const { question, reads } = ask({ identityPolicies: [{ name: 'p', policy }] });
    expect(await decide(question)).toMatchObject({ isAllowed: true, evaluation: { policyName: 'p' } });
    expect(reads).toEqual([]);
  });

  test('reads tags once, and only when everything else of the statement holds', async () => {
    const Condition = { StringEquals: { 'oss:ExistingObjectTag/state': 'final', 'oss:BucketTag/team': 'red' } };
    const policy = ram(
      { Effect: 'Allow', Action: 'oss:PutObject', Resource: '*', Condition },
      { Effect: 'Allow', Action: 'oss:*', Resource: 'acs:oss:*:*:other/*', Condition },
      {
        Effect: 'Allow',
        Action: 'oss:*',
        Resource: '*',
        Condition: { ...Condition, Bool: { 'acs:SecureTransport': 'false' } },
      },
      {
        Effect: 'Allow',
        Action: 'oss:*',
        Resource: '*',
        Condition: { StringEquals: { 'oss:ExistingObjectTag/state': 'a' } },
      },
      {
        Effect: 'Allow',
        Action: 'oss:*',
        Resource: '*',
        Condition: { StringEquals: { 'oss:ExistingObjectTag/state': 'b' } },
      },
    );
    const { question, reads } = ask({ identityPolicies: [{ name: '', policy }] });
    expect((await decide(question)).isAllowed).toBe(false);
    expect(reads).toEqual(['object tags', 'acl']);
  });

  test('reads no ACL for what no ACL grants', async () => {
    const { question, reads } = ask({ access: 'owner' });
    expect((await decide(question)).isAllowed).toBe(false);
    expect(reads).toEqual([]);
  });

  test('a read that fails is no decision', async () => {
    const failure = new Error('disk');
    const { question } = ask({ acl: () => Promise.reject(failure) });
    await expect(decide(question)).rejects.toBe(failure);
  });
});

describe('accessDenied', () => {
  test('an explicit deny of a RAM policy, as the public service words it', async () => {
    const policy = ram({ Effect: 'Deny', Action: 'oss:PutBucketReferer', Resource: 'acs:oss:*:*:logs' });
    const denial = await deny({
      action: 'oss:PutBucketReferer',
      access: 'owner',
      level: 'bucket',
      resource: { service: 'oss', region: undefined, ownerId: '1000', name: 'logs' },
      identityPolicies: [{ name: 'p', policy }],
    });
    const error = accessDenied(denial, { bucket: 'logs' });
    expect(error.status).toBe(403);
    expect(renderErrorXml(error, { requestId: 'R', hostId: 'H' })).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>AccessDenied</Code>
  <Message>Access denied by bucket policy.</Message>
  <RequestId>R</RequestId>
  <HostId>H</HostId>
  <AccessDeniedDetail>
    <PolicyType>AccountLevelIdentityBasedPolicy</PolicyType>
    <AuthPrincipalOwnerId>1000</AuthPrincipalOwnerId>
    <AuthPrincipalType>SubUser</AuthPrincipalType>
    <AuthPrincipalDisplayName>1001</AuthPrincipalDisplayName>
    <NoPermissionType>ExplicitDeny</NoPermissionType>
    <AuthAction>oss:PutBucketReferer</AuthAction>
  </AccessDeniedDetail>
  <BucketName>logs</BucketName>
  <EC>0003-00000201</EC>
  <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0003-00000201</RecommendDoc>
</Error>
`);
  });

  test('a session policy', async () => {
    const denial = await deny({
      principal: { kind: 'role-session', accountId: '1000', roleId: '3001', roleName: 'uploader', sessionName: 's' },
      sessionPolicy: ram({ Effect: 'Allow', Action: 'oss:PutObject', Resource: '*' }),
    });
    expect(accessDenied(denial, { bucket: 'logs' })).toMatchObject({
      message: "Access denied by authorizer's policy.",
      ec: '0003-00000001',
      details: {
        'AccessDeniedDetail.PolicyType': 'SessionPolicy',
        'AccessDeniedDetail.AuthPrincipalType': 'AssumedRoleUser',
        'AccessDeniedDetail.AuthPrincipalDisplayName': 'uploader:s',
        'AccessDeniedDetail.NoPermissionType': 'ImplicitDeny',
      },
    });
  });

  test.each([
    ['object', 'read', 'You have no right to access this object because of bucket acl.'],
    ['bucket', 'read', 'Anonymous user has no right to access this bucket.'],
    ['bucket', 'owner', 'Anonymous access is forbidden for this operation.'],
    ['service', 'owner', 'Anonymous access is forbidden for this operation.'],
  ] as const)('the anonymous at a %s, %s', async (level, access, message) => {
    const error = accessDenied(await deny({ principal: { kind: 'anonymous' }, level, access }), { bucket: 'logs' });
    expect(error.message).toBe(message);
    expect(error.details).toEqual({ BucketName: 'logs' });
  });

  test('the anonymous at a private object in a bucket that is not', async () => {
    const denial = await deny({ principal: { kind: 'anonymous' } });
    const message = 'You have no right to access this object.';
    expect(accessDenied(denial, { bucket: 'logs', bucketAcl: 'public-read' }).message).toBe(message);
  });

  test('another account at management', async () => {
    const denial = await deny({ principal: { kind: 'root', accountId: '2000' }, level: 'bucket', access: 'owner' });
    const error = accessDenied(denial, { bucket: undefined });
    expect(error.message).toBe('AccessDenied');
    expect(error.details).toMatchObject({ 'AccessDeniedDetail.AuthPrincipalType': 'Account' });
  });
});

describe('isPublicPolicy', () => {
  const statement = { Effect: 'Allow', Action: 'oss:*', Resource: 'acs:oss:*:*:logs/*', Principal: ['*'] };

  test.each([
    ['everyone', {}, true],
    ['everyone but one', { Principal: undefined, NotPrincipal: ['2000'] }, true],
    ['a named user', { Principal: ['1001'] }, false],
    ['the sessions of one account', { Principal: ['arn:sts::1000:assumed-role/*/*'] }, false],
    ['the sessions of all accounts', { Principal: ['arn:sts::*:assumed-role/*/*'] }, true],
    ['a deny', { Effect: 'Deny' }, false],
    ['known addresses', { Condition: { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } } }, false],
    ['one address range too many', { Condition: { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '::/0'] } } }, true],
    ['all but some addresses', { Condition: { NotIpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } }, true],
    ['a browser', { Condition: { StringEquals: { 'acs:UserAgent': 'x' } } }, true],
    ['an access key', { Condition: { StringEquals: { 'acs:AccessId': 'AK' } } }, false],
    ['any access key', { Condition: { StringLike: { 'acs:AccessId': '*' } } }, true],
  ])('%s', (_, change, isPublic) => {
    const document = JSON.stringify({ Version: '1', Statement: [{ ...statement, ...change }] });
    expect(isPublicPolicy(parsePolicy(document, { form: 'bucket', bucket: 'logs' }))).toBe(isPublic);
  });
});
