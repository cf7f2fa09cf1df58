import { OssError, Query } from '@annals/protocol';
import type { BucketAcl, BucketRecord, ObjectAcl, ObjectHead } from '@annals/store';
import { describe, expect, test } from 'vitest';
import type { Caller, RequiredPermission } from '../operations/operation.js';
import { ANONYMOUS } from './access-key-directory.js';
import { type AuthorizationFacts, type AuthorizationRequest, authorize } from './authorize.js';

const ROOT: Caller = { kind: 'root', accessKeyId: 'id', accountId: '1' };
const READ: RequiredPermission = { action: 'oss:GetObject', access: 'read' };
const WRITE: RequiredPermission = { action: 'oss:PutObject', access: 'write' };

function facts(bucketAcl: BucketAcl, objectAcl: ObjectAcl | undefined): AuthorizationFacts {
  return {
    bucket: async (name) => ({ name, acl: bucketAcl }) as BucketRecord,
    object: async () => (objectAcl === undefined ? undefined : ({ acl: objectAcl } as ObjectHead)),
  };
}

function request(caller: Caller, key: string | undefined = 'k'): AuthorizationRequest {
  return { caller, bucket: 'examplebucket', key, query: new Query([]) };
}

async function outcome(
  sender: AuthorizationRequest,
  permissions: readonly RequiredPermission[],
  known: AuthorizationFacts,
): Promise<string> {
  try {
    await authorize(sender, permissions, known);
    return 'granted';
  } catch (error) {
    return error instanceof OssError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('authorize', () => {
  test('lets the root pass without looking at anything', async () => {
    const untouchable: AuthorizationFacts = {
      bucket: () => Promise.reject(new Error('looked')),
      object: () => Promise.reject(new Error('looked')),
    };
    expect(await outcome(request(ROOT), [{ action: 'oss:PutBucket', access: 'owner' }], untouchable)).toBe('granted');
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
    const sender: AuthorizationRequest = { caller: ANONYMOUS, bucket: 'b', key: undefined, query: new Query([]) };
    expect(await outcome(sender, [listing], facts('public-read', undefined))).toBe('granted');
    expect(await outcome(sender, [listing], facts('private', undefined))).toBe(
      'AccessDenied: Anonymous user has no right to access this bucket.',
    );
  });

  test('no ACL grants what is the owner’s, what has no bucket, or nothing at all', async () => {
    const denial = 'AccessDenied: Anonymous access is forbidden for this operation.';
    const open = facts('public-read-write', 'public-read-write');
    expect(await outcome(request(ANONYMOUS), [{ action: 'oss:PutObjectAcl', access: 'owner' }], open)).toBe(denial);
    const service: AuthorizationRequest = {
      caller: ANONYMOUS,
      bucket: undefined,
      key: undefined,
      query: new Query([]),
    };
    expect(await outcome(service, [{ action: 'oss:ListBuckets', access: 'read' }], open)).toBe(denial);
    expect(await outcome(request(ANONYMOUS), [], open)).toBe(denial);
  });

  test('every permission must be granted, also on another bucket', async () => {
    const known: AuthorizationFacts = {
      bucket: async (name) => ({ name, acl: name === 'secret' ? 'private' : 'public-read-write' }) as BucketRecord,
      object: async () => undefined,
    };
    const source: RequiredPermission = { action: 'oss:GetObject', access: 'read', bucket: 'secret', key: 'k' };
    expect(await outcome(request(ANONYMOUS), [WRITE], known)).toBe('granted');
    expect(await outcome(request(ANONYMOUS), [WRITE, source], known)).toContain('AccessDenied');
  });
});
