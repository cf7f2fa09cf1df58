/**
 * What ACLs open to strangers, operation by operation; what every condition key sees of a request; and which policies a
 * bucket does not take.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Account, type AccountRequest, type Keys, outcomeOf, policy } from '../access-control/account.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { expectExactError } from './error-document.js';
import { makeForm } from './post-form.js';

let server: TestServer;
let account: Account;

beforeAll(async () => {
  server = await startTestServer();
  account = new Account({ endpoint: `http://${server.host}`, port: Number(server.host.split(':')[1]), ...ROOT });
});

afterAll(async () => {
  account.close();
  await server.close();
});

async function outcome(request: AccountRequest, keys?: Keys): Promise<string> {
  return outcomeOf(await account.send(request, keys));
}

async function own(request: AccountRequest): Promise<string> {
  const answer = await account.send(request, account.root);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
  return answer.body.toString('utf8');
}

describe('ACLs', () => {
  const BUCKETS = { private: 'acl-private', 'public-read': 'acl-read', 'public-read-write': 'acl-write' } as const;
  const ACLS = ['private', 'public-read', 'public-read-write'] as const;
  const SOURCE = 'acl-source';
  let uploadId = '';

  beforeAll(async () => {
    await own({ method: 'PUT', bucket: SOURCE });
    for (const acl of ACLS) await own({ method: 'PUT', bucket: BUCKETS[acl], headers: { 'x-oss-acl': acl } });
    for (const acl of ['default', ...ACLS]) {
      await own({ method: 'PUT', bucket: SOURCE, key: acl, headers: { 'x-oss-object-acl': acl }, body: 'x' });
    }
  });

  async function refill(bucket: string): Promise<void> {
    await own({ method: 'PUT', bucket, key: 'k', body: 'x' });
    const begun = await own({ method: 'POST', bucket, key: 'parts', query: { uploads: '' } });
    uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';
    await own({ method: 'PUT', bucket, key: 'parts', query: { partNumber: '1', uploadId }, body: 'x' });
  }

  const form = (): AccountRequest => {
    const { contentType, body } = makeForm([['key', 'form']], { content: 'x' });
    return { method: 'POST', headers: { 'content-type': contentType }, body };
  };
  const copyFrom = (source: string) => ({ 'x-oss-copy-source': `/${source}` });
  const batch = '<Delete><Object><Key>k</Key></Object></Delete>';

  /** Reads need `public-read`, writes `public-read-write`; neither opens what is the owner's alone. */
  test.each<[string, 'read' | 'write' | 'owner', () => AccountRequest]>([
    ['GetObject', 'read', () => ({ method: 'GET', key: 'k' })],
    ['HeadObject', 'read', () => ({ method: 'HEAD', key: 'k' })],
    ['GetObjectMeta', 'read', () => ({ method: 'HEAD', key: 'k', query: { objectMeta: '' } })],
    ['ListObjects', 'read', () => ({ method: 'GET' })],
    ['ListObjectsV2', 'read', () => ({ method: 'GET', query: { 'list-type': '2' } })],
    ['PutObject', 'write', () => ({ method: 'PUT', key: 'new', body: 'x' })],
    ['AppendObject', 'write', () => ({ method: 'POST', key: 'log', query: { append: '', position: '0' }, body: 'x' })],
    ['PostObject', 'write', form],
    ['DeleteObject', 'write', () => ({ method: 'DELETE', key: 'k' })],
    ['DeleteMultipleObjects', 'write', () => ({ method: 'POST', query: { delete: '' }, body: batch })],
    ['CopyObject', 'write', () => ({ method: 'PUT', key: 'copy', headers: copyFrom(`${SOURCE}/public-read`) })],
    ['InitiateMultipartUpload', 'write', () => ({ method: 'POST', key: 'upload', query: { uploads: '' } })],
    ['UploadPart', 'write', () => ({ method: 'PUT', key: 'parts', query: { partNumber: '2', uploadId }, body: 'x' })],
    [
      'CompleteMultipartUpload',
      'write',
      () => ({ method: 'POST', key: 'parts', query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } }),
    ],
    ['GetObjectAcl', 'owner', () => ({ method: 'GET', key: 'k', query: { acl: '' } })],
    [
      'PutObjectAcl',
      'owner',
      () => ({ method: 'PUT', key: 'k', query: { acl: '' }, headers: { 'x-oss-object-acl': 'private' } }),
    ],
    ['GetBucketInfo', 'owner', () => ({ method: 'GET', query: { bucketInfo: '' } })],
    ['DeleteBucket', 'owner', () => ({ method: 'DELETE' })],
  ])('%s of nobody takes the right to %s', async (_operation, access, make) => {
    for (const acl of ACLS) {
      const bucket = BUCKETS[acl];
      await refill(bucket);
      const isAllowed = access === 'read' ? acl !== 'private' : access === 'write' && acl === 'public-read-write';
      const answer = await outcome({ ...make(), bucket });
      expect([acl, answer]).toEqual([acl, isAllowed ? expect.stringMatching(/^20[04]$/) : '403 AccessDenied']);
    }
  });

  test("an object's own ACL goes before its bucket's", async () => {
    for (const acl of ACLS) {
      const bucket = BUCKETS[acl];
      for (const objectAcl of ['default', ...ACLS]) {
        const key = `own-${objectAcl}`;
        await own({ method: 'PUT', bucket, key, headers: { 'x-oss-object-acl': objectAcl }, body: 'x' });
        const deciding = objectAcl === 'default' ? acl : objectAcl;
        const read = await outcome({ method: 'GET', bucket, key });
        const written = await outcome({ method: 'PUT', bucket, key, body: 'y' });
        expect([bucket, objectAcl, read, written]).toEqual([
          bucket,
          objectAcl,
          deciding === 'private' ? '403 AccessDenied' : '200',
          deciding === 'public-read-write' ? '200' : '403 AccessDenied',
        ]);
      }
    }
  });

  test('a copy takes the right to read its source', async () => {
    const bucket = BUCKETS['public-read-write'];
    for (const [source, expected] of [
      ['default', '403 AccessDenied'],
      ['private', '403 AccessDenied'],
      ['public-read', '200'],
    ] as const) {
      const copy: AccountRequest = { method: 'PUT', bucket, key: 'copied', headers: copyFrom(`${SOURCE}/${source}`) };
      expect([source, await outcome(copy)]).toEqual([source, expected]);
      await own({ method: 'DELETE', bucket, key: 'copied' });
    }
  });
});

describe('conditions', () => {
  const bucket = 'conditions';
  const get: AccountRequest = { method: 'GET', bucket, key: 'tagged' };
  const list = (query: Record<string, string>): AccountRequest => ({ method: 'GET', bucket, query });
  const put = (tagging: string): AccountRequest => ({
    method: 'PUT',
    bucket,
    key: 'new',
    headers: { 'x-oss-tagging': tagging },
    body: 'x',
  });
  const agent = (name: string): AccountRequest => ({ ...get, headers: { 'user-agent': name } });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  let user: Keys;
  let accountId: string;

  beforeAll(async () => {
    accountId = await account.accountId();
    user = await account.makeUser('conditional');
    await own({ method: 'PUT', bucket, headers: { 'x-oss-bucket-tagging': 'team=blue' } });
    await own({ method: 'PUT', bucket, key: 'tagged', headers: { 'x-oss-tagging': 'kind=log' }, body: 'x' });
  });

  beforeEach(() => own({ method: 'DELETE', bucket, query: { policy: '' } }));

  type Test = [operator: string, key: string, value: () => string, met: AccountRequest, unmet?: AccountRequest];

  /** Where no other request differs in the key, the same one is held against a condition that is its opposite. */
  test.each<Test>([
    ['IpAddress', 'acs:SourceIp', () => '127.0.0.0/8', get],
    ['StringLike', 'acs:UserAgent', () => 'recorder/*', agent('recorder/1'), agent('player/1')],
    ['DateLessThan', 'acs:CurrentTime', () => day(1), get],
    ['DateGreaterThan', 'acs:CurrentTime', () => day(-1), get],
    ['Bool', 'acs:SecureTransport', () => 'false', get],
    ['StringEquals', 'acs:AccessId', () => user.accessKeyId, get],
    ['StringEquals', 'acs:PrincipalArn', () => `acs:ram::${accountId}:user/conditional`, get],
    ['StringEquals', 'oss:Prefix', () => 'a/', list({ prefix: 'a/' }), list({ prefix: 'b/' })],
    ['StringEquals', 'oss:Prefix', () => '', list({}), list({ prefix: 'b/' })],
    ['StringEquals', 'oss:Delimiter', () => '/', list({ delimiter: '/' }), list({ delimiter: '-' })],
    ['StringEquals', 'oss:BucketTag/team', () => 'blue', get],
    ['StringEquals', 'oss:ExistingObjectTag/kind', () => 'log', get],
    ['StringEquals', 'oss:RequestObjectTag/kind', () => 'film', put('kind=film'), put('kind=log')],
  ])('%s of %s', async (operator, key, value, met, unmet) => {
    const opposite: Readonly<Record<string, string>> = {
      IpAddress: 'NotIpAddress',
      StringEquals: 'StringNotEquals',
      DateLessThan: 'DateGreaterThanEquals',
      DateGreaterThan: 'DateLessThanEquals',
    };
    const allowIf = (Condition: object) =>
      account.putBucketPolicy(bucket, [
        {
          Effect: 'Allow',
          Action: 'oss:*',
          Principal: '*',
          Resource: [`acs:oss:*:*:${bucket}`, `acs:oss:*:*:${bucket}/*`],
          Condition,
        },
      ]);
    await allowIf({ [operator]: { [key]: value() } });
    expect(await outcome(met, user)).toBe('200');
    if (unmet !== undefined) {
      expect(await outcome(unmet, user)).toBe('403 AccessDenied');
      return;
    }
    await allowIf(
      operator === 'Bool' ? { Bool: { [key]: 'true' } } : { [opposite[operator] ?? '']: { [key]: value() } },
    );
    expect(await outcome(met, user)).toBe('403 AccessDenied');
  });

  test('of several all must hold, of the values of one any', async () => {
    const allowIf = (Condition: object) =>
      account.putBucketPolicy(bucket, [
        { Effect: 'Allow', Action: 'oss:ListObjects', Principal: '*', Resource: `acs:oss:*:*:${bucket}`, Condition },
      ]);
    await allowIf({
      StringEquals: { 'oss:Prefix': ['a/', 'b/'], 'oss:Delimiter': '/' },
      Bool: { 'acs:SecureTransport': false },
    });
    const outcomes = await Promise.all(
      [
        { prefix: 'a/', delimiter: '/' },
        { prefix: 'b/', delimiter: '/' },
        { prefix: 'c/', delimiter: '/' },
        { prefix: 'a/' },
      ].map((query) => outcome(list(query as Record<string, string>), user)),
    );
    expect(outcomes).toEqual(['200', '200', '403 AccessDenied', '403 AccessDenied']);
  });
});

describe('policies that a bucket does not take', () => {
  const ecOf = (message: string): string => {
    if (message.endsWith(' bytes.')) return '0030-00000001';
    if (message.endsWith('is not "1".')) return '0030-00000002';
    return message.endsWith('is not UTF-8.') ? '0030-00000004' : '0030-00000005';
  };
  const bucket = 'untaken';
  const good = { Effect: 'Allow', Action: ['oss:GetObject'], Principal: ['*'], Resource: [`acs:oss:*:*:${bucket}/*`] };
  const but = (change: object) => policy([{ ...good, ...change }]);

  beforeAll(() => own({ method: 'PUT', bucket }));

  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'the document is not JSON.'],
    ['XML', '<Policy/>', 'the document is not JSON.'],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff), 'the document is not UTF-8.'],
    ['more than 16 KiB', `${but({})}${' '.repeat(16_384)}`, 'the document is longer than 16384 bytes.'],
    ['another version', '{"Version":"2012-10-17"}', 'at Version, "2012-10-17" is not "1".'],
    ['no statement', policy([]), 'at Statement, there is no statement.'],
    ['an unknown effect', but({ Effect: 'Maybe' }), 'at Statement[0].Effect, "Maybe" is neither "Allow" nor "Deny".'],
    [
      'two ways to name principals',
      but({ NotPrincipal: ['1000'] }),
      'at Statement[0], exactly one of Principal and NotPrincipal must be there.',
    ],
    [
      'a principal by name',
      but({ Principal: ['alice'] }),
      'at Statement[0].Principal[0], "alice" is not a uid, an assumed role or "*".',
    ],
    [
      'another bucket',
      but({ Resource: 'acs:oss:*:*:other/*' }),
      `at Statement[0].Resource[0], "acs:oss:*:*:other/*" is not in the bucket ${bucket}.`,
    ],
    ['no action', but({ Action: undefined }), 'at Statement[0], exactly one of Action and NotAction must be there.'],
    [
      'an unknown operator',
      but({ Condition: { StringIs: { 'oss:Prefix': 'a' } } }),
      'at Statement[0].Condition, there is no operator "StringIs".',
    ],
    [
      'an unknown key',
      but({ Condition: { StringLike: { 'oss:Suffix': 'a' } } }),
      'at Statement[0].Condition.StringLike, there is no condition key "oss:Suffix".',
    ],
    [
      'an address that is none',
      but({ Condition: { IpAddress: { 'acs:SourceIp': 'home' } } }),
      'at Statement[0].Condition.IpAddress.acs:SourceIp, "home" is not an IP address or a CIDR range.',
    ],
  ])('%s', async (_what, body, message) => {
    const answer = await account.send({ method: 'PUT', bucket, query: { policy: '' }, body }, account.root);
    const expected = {
      status: 400,
      code: 'InvalidPolicyDocument',
      message: `Invalid Policy: ${message}`,
      ec: ecOf(message),
    };
    expectExactError(answer, expected, server.host);
    const missing = {
      status: 404,
      code: 'NoSuchBucketPolicy',
      message: 'The specified bucket policy does not exist.',
      ec: '0030-00000006',
      details: [['BucketName', bucket]] as const,
    };
    const shown = await account.send({ method: 'GET', bucket, query: { policy: '' } }, account.root);
    expectExactError(shown, missing, server.host);
  });

  test('one with the MD5 of another, and then the same without', async () => {
    const headers = { 'content-md5': createHash('md5').update('other').digest('base64') };
    const put: AccountRequest = { method: 'PUT', bucket, query: { policy: '' }, body: but({}) };
    const message = 'The Content-MD5 you specified was invalid.';
    const digest = { status: 400, code: 'InvalidDigest', message, ec: '0017-00000503' };
    expectExactError(await account.send({ ...put, headers }, account.root), digest, server.host);
    expect(await outcome(put, account.root)).toBe('200');
  });
});
