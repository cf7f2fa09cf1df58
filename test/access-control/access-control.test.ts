import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeForm, policyOf, signFormV1 } from '../conformance-http/post-form.js';
import type { AliClient } from '../harness/ali-oss.js';
import { filesBelow } from '../harness/files-below.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, type AccountRequest, allow, deny, type Keys, outcomeOf, policy } from './account.js';

const BUCKET = 'examplebucket';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;

async function start(root: { readonly accessKeyId?: string } = {}): Promise<void> {
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET], ...root });
  account = new Account(server);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await start();
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

function append(key: string, headers: Record<string, string> = {}): AccountRequest {
  return { method: 'POST', bucket: BUCKET, key, query: { append: '', position: '0' }, headers, body: 'hello' };
}

function get(key: string): AccountRequest {
  return { method: 'GET', bucket: BUCKET, key };
}

async function outcome(request: AccountRequest, keys?: Keys): Promise<string> {
  return outcomeOf(await account.send(request, keys));
}

describe('users', () => {
  it('may do what their policies say, and nothing else', async () => {
    const keys = await account.makeUser('uploader', [allow('oss:PutObject', `acs:oss:*:*:${BUCKET}/uploads/*`)]);
    for (const signature of ['v1', 'v4', 'v1-url', 'v4-url'] as const) {
      expect(await outcome({ ...append(`uploads/${signature}`), signature }, keys)).toBe('200');
      expect(await outcome({ ...append(`elsewhere/${signature}`), signature }, keys)).toBe('403 AccessDenied');
    }
    expect(await outcome(get('uploads/v4'), keys)).toBe('403 AccessDenied');
    expect(await outcome({ method: 'GET' }, keys)).toBe('403 AccessDenied');
    // What users make belongs to the account.
    expect(await outcome(get('uploads/v4'), account.root)).toBe('200');
  });

  it('need the right to tag for an append that tags', async () => {
    const resource = `acs:oss:*:*:${BUCKET}/*`;
    const keys = await account.makeUser('tagger', [allow('oss:PutObject', resource)]);
    const tagged = append('tagged', { 'x-oss-tagging': 'a=1' });
    const denied = await account.send(tagged, keys);
    expect(outcomeOf(denied)).toBe('403 AccessDenied');
    expect(denied.body.toString()).toContain('<AuthAction>oss:PutObjectTagging</AuthAction>');
    expect(await outcome(append('not-tagged'), keys)).toBe('200');
    await account.change('PUT', 'policies/tagger', {
      document: policy([allow(['oss:PutObject', 'oss:PutObjectTagging'], resource)]),
    });
    expect(await outcome(tagged, keys)).toBe('200');
  });

  it('need the right to tag for a bucket that is made with tags', async () => {
    const keys = await account.makeUser('founder', [allow('oss:PutBucket', '*')]);
    const tagged = { method: 'PUT', bucket: 'founded', headers: { 'x-oss-bucket-tagging': 'a=1' } };
    const denied = await account.send(tagged, keys);
    expect(outcomeOf(denied)).toBe('403 AccessDenied');
    expect(denied.body.toString()).toContain('<AuthAction>oss:PutBucketTagging</AuthAction>');
    await account.change('PUT', 'policies/founder', {
      document: policy([allow(['oss:PutBucket', 'oss:PutBucketTagging'], '*')]),
    });
    expect(await outcome(tagged, keys)).toBe('200');
  });

  it('learn who they are and which right they lack', async () => {
    const keys = await account.makeUser('nobody');
    const { status, body } = await account.send(get('uploads/v4'), keys);
    expect(status).toBe(403);
    const document = body.toString().replace(/<(RequestId|HostId)>.*?<\/\1>/g, '<$1/>');
    expect(document.replace(/\n\s*/g, '')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code>' +
        '<Message>You have no right to access this object because of bucket acl.</Message><RequestId/><HostId/>' +
        '<AccessDeniedDetail><PolicyType>AccountLevelIdentityBasedPolicy</PolicyType>' +
        `<AuthPrincipalOwnerId>${await account.accountId()}</AuthPrincipalOwnerId>` +
        `<AuthPrincipalType>SubUser</AuthPrincipalType><AuthPrincipalDisplayName>${keys.uid}</AuthPrincipalDisplayName>` +
        '<NoPermissionType>ImplicitDeny</NoPermissionType><AuthAction>oss:GetObject</AuthAction></AccessDeniedDetail>' +
        `<BucketName>${BUCKET}</BucketName><EC>0003-00000001</EC>` +
        '<RecommendDoc>https://api.aliyun.com/troubleshoot?q=0003-00000001</RecommendDoc></Error>',
    );
  });

  it('lose everything with their key, their status or their name', async () => {
    const rights = [allow('oss:*', '*')];
    const keys = await account.makeUser('leaving', rights);
    const list: AccountRequest = { method: 'GET', bucket: BUCKET };
    const key = `users/leaving/access-keys/${keys.accessKeyId}`;
    expect(await outcome(list, keys)).toBe('200');
    await account.change('PUT', key, { status: 'inactive' });
    expect(await outcome(list, keys)).toBe('403 InvalidAccessKeyId');
    await account.change('PUT', key, { status: 'active' });
    expect(await outcome(list, keys)).toBe('200');
    await account.change('PUT', 'users/leaving', { status: 'inactive' });
    expect(await outcome(list, keys)).toBe('403 UserDisable');
    await account.change('PUT', 'users/leaving', { status: 'active' });
    expect(await outcome(list, keys)).toBe('200');
    await account.change('DELETE', key);
    expect(await outcome(list, keys)).toBe('403 InvalidAccessKeyId');
    const { accessKey } = await account.change('POST', 'users/leaving/access-keys');
    expect(await outcome(list, accessKey as Keys)).toBe('200');
    await account.change('DELETE', 'users/leaving');
    expect(await outcome(list, accessKey as Keys)).toBe('403 InvalidAccessKeyId');
  });

  it('get the rights of their groups', async () => {
    const keys = await account.makeUser('member');
    await account.change('POST', 'groups/readers');
    await account.change('PUT', 'groups/readers/policies/AliyunOSSReadOnlyAccess');
    expect(await outcome({ method: 'GET', bucket: BUCKET }, keys)).toBe('403 AccessDenied');
    await account.change('PUT', 'users/member/groups/readers');
    expect(await outcome({ method: 'GET', bucket: BUCKET }, keys)).toBe('200');
    expect(await outcome(append('by-member'), keys)).toBe('403 AccessDenied');
  });

  it('may list what a condition lets them, and delete a batch only when every key is theirs', async () => {
    const keys = await account.makeUser('prefixed', [
      allow('oss:ListObjects', `acs:oss:*:*:${BUCKET}`, { Condition: { StringLike: { 'oss:Prefix': 'mine/*' } } }),
      allow(['oss:PutObject', 'oss:DeleteObject'], `acs:oss:*:*:${BUCKET}/mine/*`),
    ]);
    expect(await outcome({ method: 'GET', bucket: BUCKET, query: { prefix: 'mine/a' } }, keys)).toBe('200');
    expect(await outcome({ method: 'GET', bucket: BUCKET }, keys)).toBe('403 AccessDenied');
    expect(await outcome(append('mine/1'), keys)).toBe('200');
    const batch = (names: string[]): AccountRequest => ({
      method: 'POST',
      bucket: BUCKET,
      query: { delete: '' },
      body: `<Delete>${names.map((name) => `<Object><Key>${name}</Key></Object>`).join('')}</Delete>`,
    });
    expect(await outcome(batch(['mine/1', 'uploads/v4']), keys)).toBe('403 AccessDenied');
    expect(await outcome(get('mine/1'), account.root)).toBe('200');
    expect(await outcome(batch(['mine/1']), keys)).toBe('200');
    expect(await outcome(get('mine/1'), account.root)).toBe('404 NoSuchKey');
  });

  it('copy only what they may read', async () => {
    const keys = await account.makeUser('copier', [allow('oss:*', `acs:oss:*:*:${BUCKET}/copies/*`)]);
    await account.send({ method: 'PUT', bucket: BUCKET, key: 'secret', body: 'secret' }, account.root);
    const copy = (source: string): AccountRequest => ({
      method: 'PUT',
      bucket: BUCKET,
      key: 'copies/b',
      headers: { 'x-oss-copy-source': `/${BUCKET}/${source}` },
    });
    expect(await outcome({ method: 'PUT', bucket: BUCKET, key: 'copies/a', body: 'a' }, keys)).toBe('200');
    expect(await outcome(copy('secret'), keys)).toBe('403 AccessDenied');
    expect(await outcome(copy('copies/a'), keys)).toBe('200');
  });
});

describe('temporary keys', () => {
  const everything = [allow('oss:*', '*')];
  let assumer: Keys;
  let arn: string;

  beforeAll(async () => {
    assumer = await account.makeUser('assumer', [allow('sts:AssumeRole', '*')]);
    arn = await account.makeRole('app', everything);
  });

  it('are good with their token in the header or the URL, of both signatures, and in a form', async () => {
    const keys = await account.assumeRole(arn, assumer);
    expect(keys.accessKeyId).toMatch(/^STS\./);
    for (const signature of ['v1', 'v4', 'v1-url', 'v4-url'] as const) {
      expect(await outcome({ ...append(`session/${signature}`), signature }, keys)).toBe('200');
      expect(await outcome({ ...get(`session/${signature}`), signature }, keys)).toBe('200');
    }
    const signed = signFormV1(policyOf([{ bucket: BUCKET }], Date.now() + 60_000), keys);
    const form = (fields: [string, string][]): AccountRequest => {
      const { contentType, body } = makeForm([['key', 'session/form'], ...signed, ...fields], { content: 'hello' });
      return { method: 'POST', bucket: BUCKET, headers: { 'content-type': contentType }, body };
    };
    expect(await outcome(form([]))).toBe('403 InvalidAccessKeyId');
    expect(await outcome(form([['x-oss-security-token', keys.token ?? '']]))).toBe('204');
  });

  it('are no good without their token, with another, or with a changed one', async () => {
    const keys = await account.assumeRole(arn, assumer);
    const other = await account.assumeRole(arn, assumer);
    const { accessKeyId, accessKeySecret } = keys;
    expect(await outcome(get('session/v4'), { accessKeyId, accessKeySecret })).toBe('403 InvalidAccessKeyId');
    expect(await outcome(get('session/v4'), { ...keys, token: other.token ?? '' })).toBe(
      '403 AccessKeyIdAndSecurityTokenNotMatch',
    );
    expect(await outcome(get('session/v4'), { ...keys, token: 'nonsense' })).toBe('403 InvalidSecurityToken');
    expect(await outcome(get('session/v4'), { ...keys, accessKeySecret: 'wrong' })).toBe('403 SignatureDoesNotMatch');
  });

  it('may do no more than their session policy', async () => {
    const limited = await account.assumeRole(
      arn,
      assumer,
      policy([allow('oss:PutObject', `acs:oss:*:*:${BUCKET}/a/*`)]),
    );
    expect(await outcome(append('a/1'), limited)).toBe('200');
    const denied = await account.send(append('b/1'), limited);
    expect(outcomeOf(denied)).toBe('403 AccessDenied');
    expect(denied.body.toString()).toContain("Access denied by authorizer's policy.");
  });

  it('end with their role', async () => {
    const shortLived = await account.makeRole('short-lived', everything);
    const keys = await account.assumeRole(shortLived, assumer);
    expect(await outcome(get('session/v4'), keys)).toBe('200');
    await account.change('DELETE', 'roles/short-lived');
    expect(await outcome(get('session/v4'), keys)).toBe('403 InvalidSecurityToken');
  });

  it('come from the official client, at either path, and drive it', async () => {
    type StsClient = {
      assumeRole(
        role: string,
        policy: string | undefined,
        seconds: number,
        session: string,
      ): Promise<{ credentials: Record<string, string> }>;
    };
    const OSS = createRequire(import.meta.url)('ali-oss') as {
      new (options: object): AliClient;
      STS: new (options: object) => StsClient;
    };
    for (const path of ['/-/sts/', '/']) {
      const sts = new OSS.STS({ ...assumer, endpoint: `${server.endpoint}${path}` });
      const sessionPolicy = policy([allow('oss:PutObject', `acs:oss:*:*:${BUCKET}/ali/*`)]);
      const { credentials } = await sts.assumeRole(arn, sessionPolicy, 900, 'ali-session');
      const client = new OSS({
        region: 'oss-cn-hangzhou',
        endpoint: server.endpoint,
        accessKeyId: credentials.AccessKeyId,
        accessKeySecret: credentials.AccessKeySecret,
        stsToken: credentials.SecurityToken,
        bucket: BUCKET,
        authorizationV4: true,
      });
      const name = `ali/${path.length}`;
      expect((await client.append(name, Buffer.from('hello'))).nextAppendPosition).toBe('5');
      await expect(client.append('elsewhere', Buffer.from('hello'))).rejects.toMatchObject({ code: 'AccessDenied' });
      await expect(client.get(name)).rejects.toMatchObject({ code: 'AccessDenied' });
    }
  });

  it('are refused to the root key and to a caller that may not assume the role', async () => {
    await expect(account.assumeRole(arn, account.root)).rejects.toThrow('NoPermission');
    const bystander = await account.makeUser('bystander', everything);
    await expect(account.assumeRole(arn, bystander)).rejects.toThrow('NoPermission');
    await expect(account.assumeRole(arn, { ...assumer, accessKeySecret: 'wrong' })).rejects.toThrow(
      'SignatureDoesNotMatch',
    );
  });
});

describe('bucket policies', () => {
  const bucket = 'policy-bucket';
  const objects = `acs:oss:*:*:${bucket}/*`;
  const whole = [`acs:oss:*:*:${bucket}`, objects];
  const read: AccountRequest = { method: 'GET', bucket, key: 'public/k' };
  const write: AccountRequest = { method: 'PUT', bucket, key: 'public/k', body: 'hello' };
  let guest: Keys & { uid: string };

  beforeAll(async () => {
    await account.send({ method: 'PUT', bucket }, account.root);
    await account.send(write, account.root);
    guest = await account.makeUser('guest');
  });

  it('let users in, and strangers, by prefix', async () => {
    await account.putBucketPolicy(bucket, [
      allow('oss:GetObject', `acs:oss:*:*:${bucket}/public/*`, { Principal: ['*'] }),
      allow('oss:PutObject', objects, { Principal: [guest.uid] }),
    ]);
    expect(await outcome(read)).toBe('200');
    expect(await outcome({ ...read, key: 'private/k' })).toBe('403 AccessDenied');
    expect(await outcome(write)).toBe('403 AccessDenied');
    expect(await outcome(write, guest)).toBe('200');
    expect(await outcome({ method: 'GET', bucket, query: { policyStatus: '' } }, account.root)).toBe('200');
  });

  it('let strangers in no more when public access is blocked', async () => {
    const body =
      '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>';
    const block: AccountRequest = { method: 'PUT', bucket, query: { publicAccessBlock: '' }, body };
    expect(await outcome(block, account.root)).toBe('200');
    expect(await outcome(read)).toBe('403 AccessDenied');
    expect(await outcome(write, guest)).toBe('200');
    await account.send({ method: 'DELETE', bucket, query: { publicAccessBlock: '' } }, account.root);
    expect(await outcome(read)).toBe('200');
  });

  it('decide by address', async () => {
    const from = (range: string) => [
      allow('oss:GetObject', objects, { Principal: ['*'], Condition: { IpAddress: { 'acs:SourceIp': [range] } } }),
    ];
    await account.putBucketPolicy(bucket, from('127.0.0.0/8'));
    expect(await outcome(read)).toBe('200');
    await account.putBucketPolicy(bucket, from('10.0.0.0/8'));
    expect(await outcome(read)).toBe('403 AccessDenied');
    // What a client says of its own address counts for nothing.
    expect(await outcome({ ...read, headers: { 'x-forwarded-for': '10.0.0.1' } })).toBe('403 AccessDenied');
  });

  it('can refuse what is not encrypted', async () => {
    const insecure = { Condition: { Bool: { 'acs:SecureTransport': 'false' } } };
    await account.putBucketPolicy(bucket, [deny('oss:*', whole, { Principal: ['*'], ...insecure })]);
    expect(await outcome(read, account.root)).toBe('403 AccessDenied');
  });

  it('deny everybody, the owner too, but never the policy itself to the owner', async () => {
    const admin = await account.makeUser('administrator');
    await account.change('PUT', 'users/administrator/policies/AdministratorAccess');
    await account.putBucketPolicy(bucket, [deny('oss:*', whole, { Principal: ['*'] })]);
    for (const keys of [account.root, admin, guest]) {
      const answer = await account.send(read, keys);
      expect(outcomeOf(answer)).toBe('403 AccessDenied');
      expect(answer.body.toString()).toContain('<Message>Access denied by bucket policy.</Message>');
    }
    const ofPolicy: AccountRequest = { method: 'GET', bucket, query: { policy: '' } };
    expect(await outcome(ofPolicy, admin)).toBe('403 AccessDenied');
    expect(await outcome(ofPolicy, account.root)).toBe('200');
    expect(await outcome({ ...ofPolicy, method: 'DELETE' }, account.root)).toBe('204');
    expect(await outcome(read, account.root)).toBe('200');
  });
});

/** Last: it ends the server that the others use. */
describe('a restart', () => {
  it('keeps users, temporary keys and the account, even under another root key; secrets lie sealed on disk', async () => {
    const keys = await account.makeUser('lasting', [allow('oss:*', '*'), allow('sts:AssumeRole', '*')]);
    const arn = await account.makeRole('lasting-role', [allow('oss:*', '*')]);
    const session = await account.assumeRole(arn, keys);
    const accountId = await account.accountId();
    account.close();
    expect(await server.stop()).toBe(0);
    const { stderr } = server.output();
    for (const secret of [keys.accessKeySecret, session.accessKeySecret, session.token ?? '']) {
      expect(stderr).not.toContain(secret);
      for (const file of await filesBelow(join(folder.path, 'data'))) {
        expect((await readFile(file)).includes(secret), `${file} holds a secret`).toBe(false);
      }
    }
    const ids = await Promise.all(
      (await filesBelow(join(folder.path, 'data'))).map(async (file) =>
        (await readFile(file)).includes(keys.accessKeyId),
      ),
    );
    // The search finds what is there in the clear.
    expect(ids).toContain(true);
    await start({ accessKeyId: 'AnotherRootKey' });
    expect(await account.accountId()).toBe(accountId);
    expect(await outcome(get('session/v4'), keys)).toBe('200');
    expect(await outcome(get('session/v4'), session)).toBe('200');
    expect(await outcome(get('session/v4'), account.root)).toBe('200');
  });
});
