/**
 * Who is let in and who is refused, in the documented order of evaluation, and how a refusal is worded, compared whole.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Account, type AccountRequest, type Keys, outcomeOf, policy } from '../access-control/account.js';
import { signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';

const PRIVATE = 'denials-private';
const READABLE = 'denials-readable';
const OPEN = 'denials-open';
const GUARDED = 'denials-guarded';
const GENERIC = '0003-00000001';

let server: TestServer;
let account: Account;
let accountId: string;
let offsetMs = 0;
/** A user that no policy names, and one that a session comes from. */
let nobody: Keys & { readonly uid: string };
let assumer: Keys;

beforeAll(async () => {
  server = await startTestServer({ clock: () => Date.now() + offsetMs });
  account = new Account({ endpoint: `http://${server.host}`, port: Number(server.host.split(':')[1]), ...ROOT });
  accountId = await account.accountId();
  for (const [bucket, acl] of [
    [PRIVATE, 'private'],
    [READABLE, 'public-read'],
    [OPEN, 'public-read-write'],
    [GUARDED, 'private'],
  ] as const) {
    expect(await outcome({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } }, account.root)).toBe('200');
    await put(bucket, 'k');
  }
  nobody = await account.makeUser('nobody');
  assumer = await account.makeUser('assumer', [allow('sts:AssumeRole', '*')]);
});

afterAll(async () => {
  account.close();
  await server.close();
});

async function outcome(request: AccountRequest, keys?: Keys): Promise<string> {
  return outcomeOf(await account.send(request, keys));
}

async function put(bucket: string, key: string, headers: Record<string, string> = {}): Promise<void> {
  expect(await outcome({ method: 'PUT', bucket, key, headers, body: 'x' }, account.root)).toBe('200');
}

const statement = (effect: string, action: string | string[], resource: string, more: object = {}) => ({
  Effect: effect,
  Action: action,
  Resource: resource,
  ...more,
});
const allow = (action: string | string[], resource: string, more: object = {}) =>
  statement('Allow', action, resource, more);
const deny = (action: string | string[], resource: string, more: object = {}) =>
  statement('Deny', action, resource, more);
const objectsOf = (bucket: string) => `acs:oss:*:*:${bucket}/*`;
const get = (bucket: string, key = 'k'): AccountRequest => ({ method: 'GET', bucket, key });

/** A refusal of somebody who has signed. */
function refused(
  message: string,
  who: { readonly type: string; readonly name: string; readonly policyType?: string; readonly isExplicit?: boolean },
  action: string,
  { bucket, ec = GENERIC }: { readonly bucket?: string; readonly ec?: string },
): ExactError {
  return {
    status: 403,
    code: 'AccessDenied',
    message,
    ec,
    details: [
      ['PolicyType', who.policyType ?? 'AccountLevelIdentityBasedPolicy'],
      ['AuthPrincipalOwnerId', accountId],
      ['AuthPrincipalType', who.type],
      ['AuthPrincipalDisplayName', who.name],
      ['NoPermissionType', who.isExplicit === true ? 'ExplicitDeny' : 'ImplicitDeny'],
      ['AuthAction', action],
      ...(bucket === undefined ? [] : [['BucketName', bucket] as const]),
    ],
  };
}

describe('wording', () => {
  const BY_ACL = 'You have no right to access this object because of bucket acl.';
  const BY_OBJECT_ACL = 'You have no right to access this object.';
  const NOT_UNSIGNED = 'Anonymous access is forbidden for this operation.';
  const NOT_THIS_BUCKET = 'Anonymous user has no right to access this bucket.';

  test.each<[string, AccountRequest, string]>([
    ['reads a private object', get(PRIVATE), BY_ACL],
    ['reads a key that is not there', get(PRIVATE, 'missing'), BY_ACL],
    ['asks for its head', { ...get(PRIVATE), method: 'HEAD' }, BY_ACL],
    ['writes a private object', { ...get(PRIVATE), method: 'PUT' }, BY_ACL],
    ['reads a private object in a bucket that is not', get(READABLE, 'private'), BY_OBJECT_ACL],
    ['writes where it may only read', { ...get(READABLE), method: 'PUT' }, BY_OBJECT_ACL],
    ['reads the ACL of an object', { ...get(OPEN), query: { acl: '' } }, NOT_UNSIGNED],
    ['lists a private bucket', { method: 'GET', bucket: PRIVATE }, NOT_THIS_BUCKET],
    [
      'describes a bucket that anyone may write',
      { method: 'GET', bucket: OPEN, query: { bucketInfo: '' } },
      NOT_UNSIGNED,
    ],
    ['deletes a bucket that anyone may write', { method: 'DELETE', bucket: OPEN }, NOT_UNSIGNED],
    [
      'changes the ACL of a bucket',
      { method: 'PUT', bucket: OPEN, query: { acl: '' }, headers: { 'x-oss-acl': 'private' } },
      NOT_UNSIGNED,
    ],
  ])('nobody %s', async (_what, request, message) => {
    await put(READABLE, 'private', { 'x-oss-object-acl': 'private' });
    const details = [['BucketName', request.bucket ?? '']] as const;
    const expected = { status: 403, code: 'AccessDenied', message, ec: GENERIC, details };
    expectExactError(await account.send(request), expected, server.host);
  });

  test.each<[AccountRequest, string, string]>([
    [get(PRIVATE), BY_ACL, 'oss:GetObject'],
    [{ ...get(PRIVATE), method: 'HEAD' }, BY_ACL, 'oss:GetObject'],
    [{ ...get(PRIVATE), method: 'PUT', body: 'x' }, BY_ACL, 'oss:PutObject'],
    [{ ...get(PRIVATE), method: 'POST', query: { append: '', position: '0' } }, BY_ACL, 'oss:PutObject'],
    [{ ...get(PRIVATE), method: 'DELETE' }, BY_ACL, 'oss:DeleteObject'],
    [{ ...get(PRIVATE), query: { versionId: 'null' } }, BY_ACL, 'oss:GetObjectVersion'],
    [{ ...get(PRIVATE), method: 'DELETE', query: { versionId: 'null' } }, 'AccessDenied', 'oss:DeleteObjectVersion'],
    [{ ...get(PRIVATE), query: { acl: '' } }, 'AccessDenied', 'oss:GetObjectAcl'],
    [{ ...get(PRIVATE), query: { tagging: '' } }, 'AccessDenied', 'oss:GetObjectTagging'],
    [{ method: 'GET', bucket: PRIVATE }, 'AccessDenied', 'oss:ListObjects'],
    [{ method: 'GET', bucket: PRIVATE, query: { 'list-type': '2' } }, 'AccessDenied', 'oss:ListObjects'],
    [{ method: 'GET', bucket: PRIVATE, query: { versions: '' } }, 'AccessDenied', 'oss:ListObjectVersions'],
    [{ method: 'GET', bucket: PRIVATE, query: { tagging: '' } }, 'AccessDenied', 'oss:GetBucketTagging'],
    [{ method: 'DELETE', bucket: PRIVATE }, 'AccessDenied', 'oss:DeleteBucket'],
    [{ method: 'GET' }, 'AccessDenied', 'oss:ListBuckets'],
  ])('a user without rights, %j', async (request, message, action) => {
    const { bucket } = request;
    const expected = refused(
      message,
      { type: 'SubUser', name: nobody.uid },
      action,
      bucket === undefined ? {} : { bucket },
    );
    expectExactError(await account.send(request, nobody), expected, server.host);
  });

  test('an explicit deny of a RAM policy', async () => {
    const keys = await account.makeUser('denied', [allow('oss:*', '*'), deny('oss:GetObject', objectsOf(PRIVATE))]);
    const who = { type: 'SubUser', name: keys.uid, isExplicit: true };
    const expected = refused('Access denied by bucket policy.', who, 'oss:GetObject', {
      bucket: PRIVATE,
      ec: '0003-00000201',
    });
    expectExactError(await account.send(get(PRIVATE), keys), expected, server.host);
    expect(await outcome({ method: 'GET', bucket: PRIVATE }, keys)).toBe('200');
  });

  test('an explicit deny of a bucket policy, also to its owner and to an anonymous caller', async () => {
    await account.putBucketPolicy(GUARDED, [deny('oss:GetObject', objectsOf(GUARDED), { Principal: '*' })]);
    const message = 'Access denied by bucket policy.';
    const by = { policyType: 'ResourceBasedPolicy', isExplicit: true };
    const user = await account.makeUser('allowed', [allow('oss:*', '*')]);
    for (const [keys, who] of [
      [account.root, { type: 'Account', name: accountId }],
      [user, { type: 'SubUser', name: user.uid }],
    ] as const) {
      const expected = refused(message, { ...who, ...by }, 'oss:GetObject', { bucket: GUARDED });
      expectExactError(await account.send(get(GUARDED), keys), expected, server.host);
    }
    const details = [['BucketName', GUARDED]] as const;
    const unsigned = { status: 403, code: 'AccessDenied', message, ec: GENERIC, details };
    expectExactError(await account.send(get(GUARDED)), unsigned, server.host);
  });

  test('a session whose policy is silent or denies', async () => {
    const arn = await account.makeRole('limited', [allow('oss:*', '*')]);
    for (const [isExplicit, statements] of [
      [false, [allow('oss:PutObject', '*')]],
      [true, [allow('oss:*', '*'), deny('oss:GetObject', '*')]],
    ] as const) {
      const keys = await account.assumeRole(arn, assumer, policy(statements));
      const who = { type: 'AssumedRoleUser', name: 'limited:session', policyType: 'SessionPolicy', isExplicit };
      // Not even what anyone may read.
      for (const bucket of [PRIVATE, READABLE]) {
        const expected = refused("Access denied by authorizer's policy.", who, 'oss:GetObject', { bucket });
        expectExactError(await account.send(get(bucket), keys), expected, server.host);
      }
    }
  });
});

test('a temporary key is good with its own token, until its time is over', async () => {
  const arn = await account.makeRole('brief', [allow('oss:*', '*')]);
  const keys = await account.assumeRole(arn, assumer);
  const { token: othersToken = '' } = await account.assumeRole(arn, assumer);
  expect(await outcome(get(PRIVATE), keys)).toBe('200');
  const mismatch = {
    status: 403,
    code: 'AccessKeyIdAndSecurityTokenNotMatch',
    message: 'The OSS access key id and security token you provided does not match.',
  };
  for (const holder of [keys, account.root]) {
    expectExactError(await account.send(get(PRIVATE), { ...holder, token: othersToken }), mismatch, server.host);
  }
  const expired = {
    status: 403,
    code: 'SecurityTokenExpired',
    message: 'The security token you provided has expired.',
  };
  offsetMs = 3_600_000;
  try {
    for (const kind of ['v1', 'v4', 'v1-url', 'v4-url'] as const) {
      const token = { [kind === 'v1-url' ? 'security-token' : 'x-oss-security-token']: keys.token ?? '' };
      const isUrl = kind.endsWith('-url');
      const target = { method: 'GET', bucket: PRIVATE, key: 'k' };
      const unsigned = { ...target, query: isUrl ? token : {}, headers: isUrl ? {} : token };
      const signed = signRequest(unsigned, kind, keys, Date.now() + offsetMs);
      expectExactError(await server.send({ ...target, ...signed, signature: 'anonymous' }), expired, server.host);
    }
  } finally {
    offsetMs = 0;
  }
});

test('keys that are good no more', async () => {
  const keys = await account.makeUser('leaving', [allow('oss:*', '*')]);
  const list: AccountRequest = { method: 'GET', bucket: PRIVATE };
  const unknown: ExactError = {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'The OSS Access Key Id you provided does not exist in our records.',
    ec: '0002-00000902',
    details: [['OSSAccessKeyId', keys.accessKeyId]],
  };
  const key = `users/leaving/access-keys/${keys.accessKeyId}`;
  await account.change('PUT', key, { status: 'inactive' });
  expectExactError(await account.send(list, keys), unknown, server.host);
  await account.change('PUT', key, { status: 'active' });
  await account.change('PUT', 'users/leaving', { status: 'inactive' });
  const disabled = { status: 403, code: 'UserDisable', message: 'UserDisable', ec: '0003-00000801' };
  expectExactError(await account.send(list, keys), disabled, server.host);
  await account.change('DELETE', 'users/leaving');
  expectExactError(await account.send(list, keys), unknown, server.host);
  const session = await account.assumeRole(await account.makeRole('vanishing', [allow('oss:*', '*')]), assumer);
  await account.change('DELETE', 'roles/vanishing');
  const invalid = {
    status: 403,
    code: 'InvalidSecurityToken',
    message: 'The security token you provided is invalid.',
  };
  expectExactError(await account.send(list, session), invalid, server.host);
});

describe('order of evaluation', () => {
  const bucket = 'denials-order';
  const request = get(bucket);
  let users = 0;

  beforeAll(async () => {
    expect(await outcome({ method: 'PUT', bucket }, account.root)).toBe('200');
    await put(bucket, 'k');
  });

  /** `-`: says nothing. */
  type Says = 'allow' | 'deny' | '-';

  test.each<[ram: Says, bucketPolicy: Says, acl: string, expected: string]>([
    ['-', '-', 'private', '403'],
    ['-', '-', 'public-read', '200'],
    ['allow', '-', 'private', '200'],
    ['deny', '-', 'public-read', '403'],
    ['-', 'allow', 'private', '200'],
    ['-', 'deny', 'public-read', '403'],
    ['allow', 'deny', 'public-read', '403'],
    ['deny', 'allow', 'public-read', '403'],
    ['allow', 'allow', 'private', '200'],
    ['deny', 'deny', 'public-read', '403'],
  ])('RAM policy %s, bucket policy %s, ACL %s: %s', async (ram, bucketPolicy, acl, expected) => {
    users += 1;
    const say = { allow, deny };
    const keys = await account.makeUser(
      `order-${users}`,
      ram === '-' ? [] : [say[ram]('oss:GetObject', objectsOf(bucket))],
    );
    await account.send({ method: 'PUT', bucket, query: { acl: '' }, headers: { 'x-oss-acl': acl } }, account.root);
    if (bucketPolicy === '-') await account.send({ method: 'DELETE', bucket, query: { policy: '' } }, account.root);
    else {
      const statements = [say[bucketPolicy]('oss:GetObject', objectsOf(bucket), { Principal: [keys.uid] })];
      await account.putBucketPolicy(bucket, statements);
    }
    expect((await account.send(request, keys)).status).toBe(Number(expected));
  });
});
