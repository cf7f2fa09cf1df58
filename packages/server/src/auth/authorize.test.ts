import { OssError, Query } from '@annals/protocol';
import { type BucketAcl, type BucketRecord, type ObjectAcl, type ObjectHead, StoreFailure } from '@annals/store';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../policy/parse-policy.js';
import type { Caller } from '../request/caller.js';
import type { RequiredPermission } from '../request/required-permission.js';
import { ANONYMOUS } from './access-key-directory.js';
import type { AuthorizationRequest } from './access-question.js';
import { type AuthorizationFacts, authorize } from './authorize.js';

const ROOT: Caller = {
  kind: 'root',
  accessKeyId: 'id',
  accountId: '1',
  principal: { kind: 'root', accountId: '1' },
  identityPolicies: [],
  sessionPolicy: undefined,
};
const READ: RequiredPermission = { action: 'oss:GetObject', access: 'read' };
const WRITE: RequiredPermission = { action: 'oss:PutObject', access: 'write' };

const QUIET = { region: undefined, bucketPolicy: () => undefined, isPublicAccessBlocked: async () => false };

function facts(bucketAcl: BucketAcl, objectAcl: ObjectAcl | undefined): AuthorizationFacts {
  return {
    ...QUIET,
    bucket: async (name) => bucketOf(name, bucketAcl),
    object: async () => (objectAcl === undefined ? undefined : ({ acl: objectAcl } as ObjectHead)),
  };
}

function bucketOf(name: string, acl: BucketAcl, more: Partial<BucketRecord> = {}): BucketRecord {
  return { name, acl, ownerId: '1', configurations: {}, ...more } as BucketRecord;
}

type Sender = Omit<AuthorizationRequest, 'bucketRecord'>;

function request(caller: Caller, key: string | undefined = 'k', bucket: string | undefined = 'examplebucket'): Sender {
  return {
    operation: 'GetObject',
    caller,
    bucket,
    key,
    query: new Query([]),
    headers: new Map(),
    isSecure: false,
    clientAddress: '10.0.0.1',
    receivedAtMs: 0,
  };
}

async function outcome(
  sender: Sender,
  permissions: readonly RequiredPermission[],
  known: AuthorizationFacts,
  makesBucket?: 'always' | 'if missing',
): Promise<string> {
  try {
    await authorize(
      { ...sender, bucketRecord: () => known.bucket(sender.bucket ?? '') },
      permissions,
      known,
      makesBucket,
    );
    return 'granted';
  } catch (error) {
    if (error instanceof StoreFailure) return error.reason.kind;
    return error instanceof OssError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('authorize', () => {
  const untouchable: AuthorizationFacts = {
    ...QUIET,
    bucket: () => Promise.reject(new Error('looked')),
    object: () => Promise.reject(new Error('looked')),
  };

  test('lets the root make a bucket, and use the service, without looking at anything', async () => {
    const putBucket: Sender = { ...request(ROOT), operation: 'PutBucket', key: undefined };
    const right: RequiredPermission = { action: 'oss:PutBucket', access: 'owner' };
    expect(await outcome(putBucket, [right], untouchable, 'always')).toBe('granted');
    const service: Sender = { ...request(ROOT), bucket: undefined, key: undefined };
    expect(await outcome(service, [{ action: 'oss:ListBuckets', access: 'owner' }], untouchable)).toBe('granted');
  });

  test('lets the root pass in its own bucket on the bucket row alone', async () => {
    const known = { ...untouchable, bucket: async (name: string) => bucketOf(name, 'private') };
    expect(await outcome(request(ROOT), [WRITE], known)).toBe('granted');
  });

  test('refuses the root in a bucket of another account', async () => {
    const known = { ...facts('private', undefined), bucket: async () => bucketOf('b', 'private', { ownerId: '2' }) };
    expect(await outcome(request(ROOT), [WRITE], known)).toContain('AccessDenied');
  });

  test('a missing bucket: reported to a caller without the right, left to the operation for a caller with it', async () => {
    const missing = new StoreFailure({ kind: 'no-such-bucket', bucket: 'b' });
    const known = { ...untouchable, bucket: () => Promise.reject(missing) };
    await expect(outcome(request(ANONYMOUS), [READ], known)).resolves.toContain('no-such-bucket');
    expect(await outcome(request(ROOT), [READ], known)).toBe('granted');
  });

  test('a statement of the bucket policy denies the root, but not the three rights to the policy itself', async () => {
    const policy = parsePolicy(
      JSON.stringify({
        Version: '1',
        Statement: [
          { Effect: 'Deny', Principal: ['*'], Action: ['oss:*'], Resource: ['acs:oss:*:*:b', 'acs:oss:*:*:b/*'] },
        ],
      }),
      { form: 'bucket', bucket: 'b' },
    );
    const known = { ...facts('private', undefined), bucketPolicy: () => policy };
    const sender = request(ROOT, undefined, 'b');
    expect(await outcome(sender, [{ action: 'oss:GetBucketInfo', access: 'owner' }], known)).toBe(
      'AccessDenied: Access denied by bucket policy.',
    );
    for (const action of ['oss:GetBucketPolicy', 'oss:PutBucketPolicy', 'oss:DeleteBucketPolicy']) {
      expect(await outcome(sender, [{ action, access: 'owner' }], known)).toBe('granted');
    }
  });

  test.each<[BucketAcl, ObjectAcl | undefined, boolean, boolean]>([
    ['private', undefined, false, false],
    ['private', 'default', false, false],
    ['private', 'private', false, false],
    ['private', 'public-read', true, false],
    ['private', 'public-read-write', true, true],
    ['public-read', undefined, true, false],
    ['public-read', 'default', true, false],
    ['public-read', 'private', false, false],
    ['public-read', 'public-read-write', true, true],
    ['public-read-write', undefined, true, true],
    ['public-read-write', 'default', true, true],
    ['public-read-write', 'private', false, false],
    ['public-read-write', 'public-read', true, false],
  ])('anonymous, bucket %s, object %s: read %s, write %s', async (bucketAcl, objectAcl, mayRead, mayWrite) => {
    const known = facts(bucketAcl, objectAcl);
    expect((await outcome(request(ANONYMOUS), [READ], known)) === 'granted').toBe(mayRead);
    expect((await outcome(request(ANONYMOUS), [WRITE], known)) === 'granted').toBe(mayWrite);
  });

  test('a private bucket says the same of a missing and of a private object', async () => {
    const missing = await outcome(request(ANONYMOUS), [READ], facts('private', undefined));
    expect(missing).toBe('AccessDenied: You have no right to access this object because of bucket acl.');
    expect(await outcome(request(ANONYMOUS), [READ], facts('private', 'private'))).toBe(missing);
    expect(await outcome(request(ANONYMOUS), [READ], facts('private', 'default'))).toBe(missing);
  });

  test('anonymous may list what anyone may read', async () => {
    const listing: RequiredPermission = { action: 'oss:ListObjects', access: 'read' };
    const sender: Sender = { ...request(ANONYMOUS), bucket: 'b', key: undefined };
    expect(await outcome(sender, [listing], facts('public-read', undefined))).toBe('granted');
    expect(await outcome(sender, [listing], facts('private', undefined))).toBe(
      'AccessDenied: Anonymous user has no right to access this bucket.',
    );
  });

  test('no ACL grants what is the owner’s, what has no bucket, or nothing at all', async () => {
    const denial = 'AccessDenied: Anonymous access is forbidden for this operation.';
    const open = facts('public-read-write', 'public-read-write');
    expect(await outcome(request(ANONYMOUS), [{ action: 'oss:PutObjectAcl', access: 'owner' }], open)).toBe(denial);
    const service: Sender = { ...request(ANONYMOUS), bucket: undefined, key: undefined };
    expect(await outcome(service, [{ action: 'oss:ListBuckets', access: 'read' }], open)).toBe(denial);
    expect(await outcome(request(ANONYMOUS), [], open)).toBe(denial);
  });

  test('every permission must be granted, also on another bucket', async () => {
    const known: AuthorizationFacts = {
      ...QUIET,
      bucket: async (name) => bucketOf(name, name === 'secret' ? 'private' : 'public-read-write'),
      object: async () => undefined,
    };
    const source: RequiredPermission = { action: 'oss:GetObject', access: 'read', bucket: 'secret', key: 'k' };
    expect(await outcome(request(ANONYMOUS), [WRITE], known)).toBe('granted');
    expect(await outcome(request(ANONYMOUS), [WRITE, source], known)).toContain('AccessDenied');
  });

  test('a batch of many rights under a costly policy lets others go on in between', async () => {
    const costly = Array.from({ length: 25 }, (_, index) => `acs:oss:*:*:b/*${'a'.repeat(480)}-${index}`);
    const policy = parsePolicy(
      JSON.stringify({
        Version: '1',
        Statement: [{ Effect: 'Deny', Principal: ['*'], Action: ['oss:*'], Resource: costly }],
      }),
      { form: 'bucket', bucket: 'b' },
    );
    const known = { ...facts('private', undefined), bucketPolicy: () => policy };
    const batch = Array.from(
      { length: 30 },
      (_, index): RequiredPermission => ({
        action: 'oss:DeleteObject',
        access: 'write',
        key: `${'a'.repeat(1000)}${index}`,
      }),
    );
    let turnCount = 0;
    let isDone = false;
    const countTurns = (): void => {
      turnCount += 1;
      if (!isDone) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    expect(await outcome(request(ROOT, undefined, 'b'), batch, known)).toBe('granted');
    isDone = true;
    // 30 times 25 patterns of 250,000 steps each: more than 50 ms on any machine.
    expect(turnCount).toBeGreaterThan(5);
  });
});
