/**
 * Rights on what a request sets beside what it is called for: the ACL, tags, protection and encryption of an upload,
 * and other buckets that a configuration names. A walk over every operation that creates an object, and over every
 * document that names a bucket.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeForm, policyOf, signFormV1 } from '../conformance-http/post-form.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, type AccountRequest, allow, type Keys, outcomeOf } from './account.js';

const BUCKET = 'examplebucket';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;
let userCount = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: `${folder.path}/data`, buckets: [BUCKET, 'target', 'open'] });
  account = new Account(server);
  await asRoot({ method: 'PUT', bucket: BUCKET, key: 'source', body: 'x' });
  await asRoot({ method: 'PUT', bucket: 'open', query: { acl: '' }, headers: { 'x-oss-acl': 'public-read-write' } });
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

async function asRoot(request: AccountRequest): Promise<string> {
  const outcome = outcomeOf(await account.send(request, account.root));
  expect(outcome).toMatch(/^20\d$/);
  return outcome;
}

/** A user who may do just this everywhere. */
function userWith(...actions: string[]): Promise<Keys> {
  userCount += 1;
  return account.makeUser(`user-${userCount}`, [allow(actions, '*')]);
}

type Upload = (bucket: string, key: string, headers: Record<string, string>, keys: Keys | undefined) => Promise<string>;

const sent = async (request: AccountRequest, keys: Keys | undefined): Promise<string> =>
  outcomeOf(await account.send(request, keys));

const appendAt =
  (position: string): Upload =>
  (bucket, key, headers, keys) =>
    sent({ method: 'POST', bucket, key, query: { append: '', position }, headers, body: 'x' }, keys);

const uploads: Readonly<Record<string, Upload>> = {
  PutObject: (bucket, key, headers, keys) => sent({ method: 'PUT', bucket, key, headers, body: 'x' }, keys),
  AppendObject: appendAt('0'),
  'AppendObject without a position': appendAt('auto'),
  'AppendObject at a zero of two digits': appendAt('00'),
  CopyObject: (bucket, key, headers, keys) =>
    sent({ method: 'PUT', bucket, key, headers: { ...headers, 'x-oss-copy-source': `/${BUCKET}/source` } }, keys),
  InitiateMultipartUpload: (bucket, key, headers, keys) =>
    sent({ method: 'POST', bucket, key, query: { uploads: '' }, headers }, keys),
  PutSymlink: (bucket, key, headers, keys) =>
    sent(
      { method: 'PUT', bucket, key, query: { symlink: '' }, headers: { ...headers, 'x-oss-symlink-target': 'source' } },
      keys,
    ),
  async CompleteMultipartUpload(bucket, key, headers, keys) {
    const begun = await account.send({ method: 'POST', bucket, key, query: { uploads: '' } }, account.root);
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString())?.[1] ?? '';
    await account.send({ method: 'PUT', bucket, key, query: { uploadId, partNumber: '1' }, body: 'x' }, account.root);
    const complete = { ...headers, 'x-oss-complete-all': 'yes' };
    return sent({ method: 'POST', bucket, key, query: { uploadId }, headers: complete }, keys);
  },
  async PostObject(bucket, key, headers, keys) {
    const policy = policyOf([{ bucket }], Date.now() + 600_000);
    const signature = keys === undefined ? [] : signFormV1(policy, keys);
    const form = makeForm([['key', key], ...signature, ...Object.entries(headers)], { content: 'x' });
    return sent({ method: 'POST', bucket, headers: { 'content-type': form.contentType }, body: form.body }, undefined);
  },
};

const ACL = 'x-oss-object-acl';

describe.each(Object.entries(uploads))('%s', (name, upload) => {
  it.each(['public-read', 'public-read-write', 'private'])(`with the ACL %s takes oss:PutObjectAcl`, async (acl) => {
    const writer = await userWith('oss:PutObject', 'oss:GetObject');
    const key = `${name}-${acl}`;
    expect(await upload(BUCKET, key, {}, writer)).toMatch(/^20\d$/);
    expect(await upload(BUCKET, `${key}-default`, { [ACL]: 'default' }, writer)).toMatch(/^20\d$/);
    expect(await upload(BUCKET, `${key}-refused`, { [ACL]: acl }, writer)).toBe('403 AccessDenied');
    expect(await sent({ method: 'HEAD', bucket: BUCKET, key: `${key}-refused` }, account.root)).toMatch(/^404/);
    const owner = await userWith('oss:PutObject', 'oss:GetObject', 'oss:PutObjectAcl');
    expect(await upload(BUCKET, `${key}-allowed`, { [ACL]: acl }, owner)).toMatch(/^20\d$/);
  });

  it('in a bucket that is open to all writers still needs it', async () => {
    if (name === 'CopyObject' || name === 'CompleteMultipartUpload') return;
    expect(await upload('open', `${name}-a`, { [ACL]: 'private' }, undefined)).toBe('403 AccessDenied');
  });

  it('into a bucket whose default encryption names a KMS key takes the rights to use it, when it is used', async () => {
    // What decides how an object is encrypted; the others follow what was decided, or have no bytes.
    if (['CompleteMultipartUpload', 'PutSymlink'].includes(name)) return;
    const document = (keyId: string): string =>
      `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS</SSEAlgorithm>${keyId}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`;
    const encrypt = (keyId: string) =>
      asRoot({ method: 'PUT', bucket: 'target', query: { encryption: '' }, body: document(keyId) });
    await encrypt('<KMSMasterKeyID>payroll</KMSMasterKeyID>');
    const writer = await userWith('oss:*');
    expect(await upload('target', `${name}-default`, {}, writer)).toBe('403 AccessDenied');
    const user = await userWith('oss:*', 'kms:GenerateDataKey', 'kms:Decrypt');
    // There is no such key: a caller that gets this answer had the right.
    expect(await upload('target', `${name}-default`, {}, user)).toMatch(/^20|KmsServiceNotEnabled/);
    await encrypt('');
    expect(await upload('target', `${name}-default`, {}, writer)).toMatch(/^20|KmsServiceNotEnabled/);
    await asRoot({ method: 'DELETE', bucket: 'target', query: { encryption: '' } });
  });

  it('with a KMS key takes the rights to use it', async () => {
    if (name === 'CompleteMultipartUpload' || name === 'PutSymlink') return;
    const headers = { 'x-oss-server-side-encryption': 'KMS' };
    const writer = await userWith('oss:*');
    expect(await upload(BUCKET, `${name}-kms`, headers, writer)).toBe('403 AccessDenied');
    const user = await userWith('oss:*', 'kms:GenerateDataKey', 'kms:Decrypt');
    // A server without keys says so to a caller that may use them.
    expect(await upload(BUCKET, `${name}-kms`, headers, user)).toMatch(/^20|KmsServiceNotEnabled/);
  });
});

it.each(['PutObject', 'AppendObject', 'InitiateMultipartUpload', 'PutSymlink', 'PostObject'])(
  '%s with tags takes oss:PutObjectTagging',
  async (name) => {
    const tags = { 'x-oss-tagging': 'a=b' };
    const writer = await userWith('oss:PutObject');
    expect(await uploads[name]?.(BUCKET, `${name}-tags`, tags, writer)).toBe('403 AccessDenied');
    const tagger = await userWith('oss:PutObject', 'oss:PutObjectTagging');
    expect(await uploads[name]?.(BUCKET, `${name}-tags`, tags, tagger)).toMatch(/^20\d$/);
  },
);

it('PutBucket with an ACL that opens takes oss:PutBucketAcl, also for a bucket that is there', async () => {
  const maker = await userWith('oss:PutBucket');
  const make = (bucket: string, acl: string, keys: Keys) =>
    sent({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } }, keys);
  expect(await make('made-private', 'private', maker)).toBe('200');
  expect(await make('made-private', 'public-read', maker)).toBe('403 AccessDenied');
  expect(await make('made-open', 'public-read', maker)).toBe('403 AccessDenied');
  expect(await make('made-open', 'private', await userWith('oss:PutBucket', 'oss:GetBucketInfo'))).toBe('200');
  const opener = await userWith('oss:PutBucket', 'oss:PutBucketAcl');
  expect(await make('made-open', 'public-read', opener)).toBe('200');
  expect(await make('made-open', 'private', maker)).toBe('403 AccessDenied');
});

const inventory = `<InventoryConfiguration><Id>one</Id><IsEnabled>true</IsEnabled><Destination><OSSBucketDestination><Format>CSV</Format>
<AccountId>1</AccountId><RoleArn>acs:ram::1:role/r</RoleArn><Bucket>acs:oss:::target</Bucket><Prefix>lists</Prefix></OSSBucketDestination></Destination>
<Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions></InventoryConfiguration>`;

const configurations: readonly [
  name: string,
  action: string,
  query: Record<string, string>,
  body: string,
  resource: string,
][] = [
  [
    'a log target',
    'oss:PutBucketLogging',
    { logging: '' },
    '<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket><TargetPrefix>lists/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
    'target/lists/*',
  ],
  ['an inventory', 'oss:PutBucketInventory', { inventory: '', inventoryId: 'one' }, inventory, 'target/lists/*'],
  [
    'a replication',
    'oss:PutBucketReplication',
    { replication: '', comp: 'add' },
    '<ReplicationConfiguration><Rule><ID>r</ID><Destination><Bucket>target</Bucket><Location>oss-cn-hangzhou</Location></Destination></Rule></ReplicationConfiguration>',
    'target/*',
  ],
];

describe.each(configurations)('%s in another bucket', (_name, action, query, body, resource) => {
  it('takes the right to write there', async () => {
    const method = query.comp === undefined ? 'PUT' : 'POST';
    const request = { method, bucket: BUCKET, query, body };
    userCount += 1;
    const tenant = await account.makeUser(`tenant-${userCount}`, [
      allow('oss:*', [`acs:oss:*:*:${BUCKET}`, `acs:oss:*:*:${BUCKET}/*`]),
    ]);
    expect(await sent(request, tenant)).toBe('403 AccessDenied');
    userCount += 1;
    const elsewhere = await account.makeUser(`tenant-${userCount}`, [
      allow(action, `acs:oss:*:*:${BUCKET}`),
      allow('oss:PutObject', 'acs:oss:*:*:target/elsewhere/*'),
    ]);
    expect(await sent(request, elsewhere)).toBe('403 AccessDenied');
    userCount += 1;
    const writer = await account.makeUser(`tenant-${userCount}`, [
      allow(action, `acs:oss:*:*:${BUCKET}`),
      allow('oss:PutObject', `acs:oss:*:*:${resource}`),
    ]);
    expect(await sent(request, writer)).toBe('200');
  });
});

describe('policies that can never come true', () => {
  const document = (action: string): string =>
    JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });

  it('are refused at every door, and what is stored stays', async () => {
    for (const action of ['oss:PutObjct', 'ram:Foo', 'ecs:*']) {
      const made = await account.admin('POST', 'policies/misspelt', { document: document(action) });
      expect([made.status, made.body.code]).toEqual([400, 'InvalidPolicyDocument']);
      const bucketPolicy = JSON.stringify({
        Version: '1',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: action, Resource: `acs:oss:*:*:${BUCKET}/*` }],
      });
      expect(
        await sent({ method: 'PUT', bucket: BUCKET, query: { policy: '' }, body: bucketPolicy }, account.root),
      ).toBe('400 InvalidPolicyDocument');
    }
    const user = await account.makeUser('lender', [allow('sts:AssumeRole', '*')]);
    const role = await account.makeRole('lent', [allow('oss:*', '*')]);
    await expect(account.assumeRole(role, user, document('oss:PutObjct'))).rejects.toThrow('PolicyGrammar');
    await account.assumeRole(role, user, document('oss:PutObject'));
  });

  it('a member given twice is refused at every door', async () => {
    const twice = `{"Version":"1","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"oss:*","Resource":"*"}]}`;
    const made = await account.admin('POST', 'policies/twice', { document: twice });
    expect([made.status, made.body.code]).toEqual([400, 'InvalidPolicyDocument']);
    const bucketPolicy = twice.replace('"Action"', '"Principal":"*","Action"');
    for (const query of [{ policy: '' }]) {
      expect(await sent({ method: 'PUT', bucket: BUCKET, query, body: bucketPolicy }, account.root)).toMatch(/^400 /);
    }
    const user = await account.makeUser('lender-2', [allow('sts:AssumeRole', '*')]);
    const role = await account.makeRole('lent-2', [allow('oss:*', '*')]);
    await expect(account.assumeRole(role, user, twice)).rejects.toThrow('PolicyGrammar');
    const callback = Buffer.from('{"callbackUrl":"http://a","callbackUrl":"http://b","callbackBody":"x"}').toString(
      'base64',
    );
    const headers = { 'x-oss-callback': callback };
    expect(await sent({ method: 'PUT', bucket: BUCKET, key: 'k', headers, body: 'x' }, account.root)).toBe(
      '400 InvalidArgument',
    );
    const expires = new Date(Date.now() + 600_000).toISOString();
    const formPolicy = Buffer.from(`{"expiration":"${expires}","conditions":[{"bucket":"a","bucket":"${BUCKET}"}]}`);
    const form = makeForm([['key', 'k'], ...signFormV1(formPolicy.toString('base64'), account.root)], { content: 'x' });
    const upload = { method: 'POST', bucket: BUCKET, headers: { 'content-type': form.contentType }, body: form.body };
    expect(await sent(upload, undefined)).toMatch(/^400 /);
  });
});

it('a NUL in a document is refused, however it is written', async () => {
  for (const key of ['a&#0;b', 'a&#x0;b', 'a&#00000;b', 'a&#x000;b', 'a\0b']) {
    const body = `<Delete><Object><Key>${key}</Key></Object></Delete>`;
    expect(await sent({ method: 'POST', bucket: BUCKET, query: { delete: '' }, body }, account.root)).toBe(
      '400 MalformedXML',
    );
    const tagging = `<Tagging a="${key}"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>`;
    expect(await sent({ method: 'PUT', bucket: BUCKET, query: { tagging: '' }, body: tagging }, account.root)).toBe(
      '400 MalformedXML',
    );
  }
});
