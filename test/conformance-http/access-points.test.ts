/**
 * Access points of buckets, with their policies and blocks: made, shown, listed in pages, deleted, refused; and that
 * nothing is reached through one.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError, invalidArgument } from './error-document.js';
import { expectDocument, expectError } from './expectations.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const BUCKET = 'with-access-points';
const OTHER = 'with-more-of-them';
const POLICY = '{ "Version": "1", "Statement": [{"Effect":"Deny","Action":"oss:*","Principal":["é"],"Resource":"*"}] }';
const MISSING_NAME = { status: 400, code: 'MissingArgument', details: { ArgumentName: 'x-oss-access-point-name' } };

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer({ clock: () => START_MS });
});

afterAll(() => server.close());

beforeEach(async () => {
  for (const bucket of [BUCKET, OTHER]) {
    await server.send({ method: 'DELETE', bucket });
    await server.send({ method: 'PUT', bucket });
  }
  ownerId = (await server.store.getBucket(BUCKET)).ownerId;
});

type Query = Readonly<Record<string, string>>;

function create(
  name: string,
  bucket = BUCKET,
  network = '<NetworkOrigin>internet</NetworkOrigin>',
): Promise<RawAnswer> {
  const body = `<CreateAccessPointConfiguration><AccessPointName>${name}</AccessPointName>${network}</CreateAccessPointConfiguration>`;
  return server.send({ method: 'PUT', bucket, query: { accessPoint: '' }, body });
}

function send(method: string, query: Query, name?: string, body?: string): Promise<RawAnswer> {
  const headers = name === undefined ? {} : { 'x-oss-access-point-name': name };
  return server.send({ method, bucket: BUCKET, query, headers, ...(body !== undefined && { body }) });
}

function missing(name: string): ExactError {
  const message = 'The specified access point does not exist.';
  const details: ExactError['details'] = [
    ['BucketName', BUCKET],
    ['AccessPointName', name],
  ];
  return { status: 404, code: 'NoSuchAccessPoint', message, details };
}

function textsIn(answer: RawAnswer, tag: string): string[] {
  return [...answer.body.toString().matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);
}

const ONE = { accessPoint: '' };
const RULES = { accessPointPolicy: '' };

describe('an access point', () => {
  test('is made, shown with all that was put, and deleted', async () => {
    expectExactError(await send('GET', ONE, 'ap-01'), missing('ap-01'), server.host);
    const vpc = '<NetworkOrigin>vpc</NetworkOrigin><VpcConfiguration><VpcId>vpc-t4n****</VpcId></VpcConfiguration>';
    const made = await create('ap-01', BUCKET, vpc);
    const [alias = ''] = textsIn(made, 'Alias');
    expect(alias).toMatch(/^ap-01-[0-9a-f]{34}-ossalias$/);
    const arn = `acs:oss:annals:${ownerId}:accesspoint/ap-01`;
    expectDocument(made, [
      '<CreateAccessPointResult>',
      `  <AccessPointArn>${arn}</AccessPointArn>`,
      `  <Alias>${alias}</Alias>`,
      '</CreateAccessPointResult>',
    ]);
    expectDocument(await send('GET', ONE, 'ap-01'), [
      '<GetAccessPointResult>',
      '  <AccessPointName>ap-01</AccessPointName>',
      `  <Bucket>${BUCKET}</Bucket>`,
      `  <AccountId>${ownerId}</AccountId>`,
      '  <NetworkOrigin>vpc</NetworkOrigin>',
      '  <VpcConfiguration>',
      '    <VpcId>vpc-t4n****</VpcId>',
      '  </VpcConfiguration>',
      `  <AccessPointArn>${arn}</AccessPointArn>`,
      '  <CreationDate>1767323045</CreationDate>',
      `  <Alias>${alias}</Alias>`,
      '  <Status>enable</Status>',
      '  <Endpoints>',
      '    <PublicEndpoint>ap-01.oss-annals.oss-accesspoint.invalid</PublicEndpoint>',
      '    <InternalEndpoint>ap-01.oss-annals.oss-accesspoint.invalid</InternalEndpoint>',
      '  </Endpoints>',
      '  <PublicAccessBlockConfiguration>',
      '    <BlockPublicAccess>true</BlockPublicAccess>',
      '  </PublicAccessBlockConfiguration>',
      '</GetAccessPointResult>',
    ]);
    expect((await send('DELETE', ONE, 'ap-01')).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      expectExactError(await send(method, ONE, 'ap-01'), missing('ap-01'), server.host);
    }
  });

  test('leads nowhere: neither its alias nor its endpoint is a bucket', async () => {
    await server.send({ method: 'PUT', bucket: BUCKET, key: 'a', body: 'x' });
    const [alias = ''] = textsIn(await create('ap-01'), 'Alias');
    expectError(await server.send({ method: 'GET', bucket: alias, key: 'a' }), { status: 404, code: 'NoSuchBucket' });
    expectError(await server.send({ method: 'GET', bucket: 'ap-01', key: 'a' }), { status: 404, code: 'NoSuchBucket' });
    await server.send({ method: 'DELETE', bucket: BUCKET, key: 'a' });
  });

  test('has a name of its own in the whole account, and a deleted name is free again', async () => {
    const taken: ExactError = {
      status: 409,
      code: 'AccessPointAlreadyExists',
      message: 'The account has an access point of this name.',
      details: [['AccessPointName', 'ap-01']],
    };
    expect((await create('ap-01')).status).toBe(200);
    expectExactError(await create('ap-01'), taken, server.host);
    expectExactError(await create('ap-01', OTHER), taken, server.host);
    await send('DELETE', ONE, 'ap-01');
    expect((await create('ap-01', OTHER)).status).toBe(200);
  });

  test('is one of 100 in its bucket at most', async () => {
    for (let index = 100; index < 200; index++) expect((await create(`ap-${index}`)).status).toBe(200);
    const refused = invalidArgument('AccessPointName', 'ap-200', 'A bucket cannot have more than 100 access points.');
    expectExactError(await create('ap-200'), refused, server.host);
    expect((await create('ap-200', OTHER)).status).toBe(200);
  });

  test.each(['constructor', 'ap-01'])('%s that was not made is not there', async (name) => {
    for (const [method, query] of [
      ['GET', ONE],
      ['DELETE', ONE],
      ['GET', RULES],
      ['DELETE', RULES],
      ['GET', { publicAccessBlock: '', 'x-oss-access-point-name': name }],
      ['DELETE', { publicAccessBlock: '', 'x-oss-access-point-name': name }],
    ] as const) {
      expectExactError(await send(method, query, name), missing(name), server.host);
    }
    expectExactError(await send('PUT', RULES, name, POLICY), missing(name), server.host);
  });

  test('must be named, by a name that can be one', async () => {
    for (const [method, query] of [
      ['DELETE', ONE],
      ['GET', RULES],
      ['PUT', RULES],
      ['DELETE', RULES],
      ['GET', { publicAccessBlock: '', 'x-oss-access-point-name': '' }],
    ] as const) {
      expectError(await send(method, query), MISSING_NAME);
    }
    for (const name of ['ap', 'Ap-01', 'a/b', 'ap-ossalias']) {
      expectExactError(await send('GET', ONE, name), invalidArgument('x-oss-access-point-name', name), server.host);
    }
  });
});

describe('listings', () => {
  test('of a bucket and of the account, in pages', async () => {
    expectDocument(await send('GET', ONE), [
      '<ListAccessPointsResult>',
      '  <IsTruncated>false</IsTruncated>',
      `  <AccountId>${ownerId}</AccountId>`,
      '  <MaxKeys>100</MaxKeys>',
      '</ListAccessPointsResult>',
    ]);
    for (const [name, bucket] of [
      ['ap-03', BUCKET],
      ['ap-02', OTHER],
      ['ap-01', BUCKET],
    ] as const) {
      await create(name, bucket);
    }
    const ofBucket = await send('GET', { ...ONE, 'max-keys': '1' });
    const [token = '', alias = ''] = [...textsIn(ofBucket, 'NextContinuationToken'), ...textsIn(ofBucket, 'Alias')];
    expectDocument(ofBucket, [
      '<ListAccessPointsResult>',
      '  <IsTruncated>true</IsTruncated>',
      `  <NextContinuationToken>${token}</NextContinuationToken>`,
      `  <AccountId>${ownerId}</AccountId>`,
      '  <MaxKeys>1</MaxKeys>',
      '  <AccessPoints>',
      '    <AccessPoint>',
      `      <Bucket>${BUCKET}</Bucket>`,
      '      <AccessPointName>ap-01</AccessPointName>',
      `      <Alias>${alias}</Alias>`,
      '      <NetworkOrigin>internet</NetworkOrigin>',
      '      <Status>enable</Status>',
      '    </AccessPoint>',
      '  </AccessPoints>',
      '</ListAccessPointsResult>',
    ]);
    const rest = await send('GET', { ...ONE, 'continuation-token': token });
    expect(textsIn(rest, 'AccessPointName')).toEqual(['ap-03']);

    const names: string[] = [];
    let page: Query = { ...ONE, 'max-keys': '2' };
    for (;;) {
      const answer = await server.send({ method: 'GET', query: page });
      names.push(...textsIn(answer, 'AccessPointName'));
      const [next] = textsIn(answer, 'NextContinuationToken');
      if (next === undefined) break;
      page = { ...page, 'continuation-token': next };
    }
    expect(names).toEqual(['ap-01', 'ap-02', 'ap-03']);
  });

  test('pages have bounds, and tokens are those of listings', async () => {
    for (const maxKeys of ['0', '101', 'x']) {
      expectError(await send('GET', { ...ONE, 'max-keys': maxKeys }), { status: 400, code: 'InvalidArgument' });
    }
    expect((await server.send({ method: 'GET', query: { ...ONE, 'max-keys': '1000' } })).status).toBe(200);
    const beyond = await server.send({ method: 'GET', query: { ...ONE, 'max-keys': '1001' } });
    expectError(beyond, { status: 400, code: 'InvalidArgument' });
    const made = await send('GET', { ...ONE, 'continuation-token': 'ap-01' });
    expectError(made, { status: 400, code: 'InvalidArgument', details: { ArgumentName: 'continuation-token' } });
  });

  test('of the account leave out what belongs to others', async () => {
    await server.store.createBucket({
      name: 'of-somebody-else',
      ownerId: 'somebody-else',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    const accessPoint = {
      name: 'theirs',
      networkOrigin: 'internet',
      alias: 'a',
      createdAtMs: 1,
      isPublicAccessBlocked: true,
    };
    await server.store.updateBucket('of-somebody-else', { configurations: { accessPoints: [accessPoint] } });
    await create('ours');
    expect(textsIn(await server.send({ method: 'GET', query: ONE }), 'AccessPointName')).toEqual(['ours']);
    // Their names are their own affair.
    expect((await create('theirs')).status).toBe(200);
    expectError(await server.send({ method: 'GET', query: ONE, signature: 'anonymous' }), {
      status: 403,
      code: 'AccessDenied',
    });
  });
});

describe('the policy of an access point', () => {
  test('comes back byte for byte, and goes with the access point', async () => {
    await create('ap-01');
    const none: ExactError = {
      ...missing('ap-01'),
      code: 'NoSuchAccessPointPolicy',
      message: 'The specified access point has no policy.',
    };
    expectExactError(await send('GET', RULES, 'ap-01'), none, server.host);
    const put = await send('PUT', RULES, 'ap-01', POLICY);
    expect([put.status, put.body.toString()]).toEqual([200, '']);
    const shown = await send('GET', RULES, 'ap-01');
    expect([shown.status, shown.headers['content-type'], shown.body.toString()]).toEqual([
      200,
      'application/json',
      POLICY,
    ]);
    // A second deletion finds nothing and is no error.
    for (let time = 0; time < 2; time++) expect((await send('DELETE', RULES, 'ap-01')).status).toBe(204);
    expectExactError(await send('GET', RULES, 'ap-01'), none, server.host);
    await send('PUT', RULES, 'ap-01', POLICY);
    await send('DELETE', ONE, 'ap-01');
    await create('ap-01');
    expectExactError(await send('GET', RULES, 'ap-01'), none, server.host);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no version', '{"Statement":[{}]}'],
    ['another version', '{"Version":1,"Statement":[{}]}'],
    ['no statement', '{"Version":"1"}'],
    ['an empty list of statements', '{"Version":"1","Statement":[]}'],
    ['a statement that is none', '{"Version":"1","Statement":[1]}'],
    ['more than 16 KiB', `${POLICY}${' '.repeat(16_384)}`],
  ])('is not %s', async (_what, policy) => {
    await create('ap-01');
    expectError(await send('PUT', RULES, 'ap-01', policy), { status: 400, code: 'InvalidPolicyDocument' });
    expectError(await send('GET', RULES, 'ap-01'), { status: 404, code: 'NoSuchAccessPointPolicy' });
  });
});

test('the block of an access point is its own and not the one of its bucket', async () => {
  const block = (isBlocked: boolean) =>
    `<PublicAccessBlockConfiguration><BlockPublicAccess>${isBlocked}</BlockPublicAccess></PublicAccessBlockConfiguration>`;
  const ofAccessPoint = { publicAccessBlock: '', 'x-oss-access-point-name': 'ap-01' };
  const shown = async (query: Query) => textsIn(await send('GET', query), 'BlockPublicAccess');
  await create('ap-01');
  expect(await shown(ofAccessPoint)).toEqual(['true']);
  expect((await send('PUT', ofAccessPoint, undefined, block(false))).status).toBe(200);
  expect(await shown(ofAccessPoint)).toEqual(['false']);
  expect((await send('PUT', ofAccessPoint, undefined, block(true))).status).toBe(200);
  expect(textsIn(await send('GET', ONE, 'ap-01'), 'BlockPublicAccess')).toEqual(['true']);
  expect(await shown({ publicAccessBlock: '' })).toEqual(['false']);
  expect((await send('DELETE', ofAccessPoint)).status).toBe(204);
  expect(await shown(ofAccessPoint)).toEqual(['false']);
  expectError(await send('PUT', ofAccessPoint, undefined, '<PublicAccessBlockConfiguration/>'), {
    status: 400,
    code: 'MalformedXML',
  });
});
