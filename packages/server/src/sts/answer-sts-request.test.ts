/** STS as its clients see it: the official Node.js client, and signed requests of both kinds, over real sockets. */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { openMemoryKeyValueStore } from '@annals/store';
import { seededRandom } from '@annals/store/conformance';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AccountDirectory, openAccountDirectory } from '../accounts/account-directory.js';
import type { NewAccessKey } from '../accounts/manage-users.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import { answerStsRequest, type StsServices } from './answer-sts-request.js';
import { CallMemory } from './call-memory.js';
import { canonicalQuery } from './rpc-signature.js';
import { openSecurityToken } from './security-token.js';
import { REFUSED_PARAMETERS } from './testing/refused-parameters.js';

interface StsClient {
  assumeRole(
    role: string,
    policy?: unknown,
    seconds?: number,
    session?: string,
  ): Promise<{ readonly credentials: StsCredentials }>;
}

interface StsCredentials {
  readonly AccessKeyId: string;
  readonly AccessKeySecret: string;
  readonly SecurityToken: string;
  readonly Expiration: string;
}

const { STS } = createRequire(import.meta.url)('ali-oss') as { readonly STS: new (options: object) => StsClient };

const ACCOUNT_ID = '1234567890123456';
const SKEW_MS = 900_000;
const ROLE_ARN = `acs:ram::${ACCOUNT_ID}:role/uploader`;
const ROOT = { accessKeyId: 'ROOT', accessKeySecret: 'root-secret' };

function trust(...arns: readonly string[]): string {
  const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: arns } }];
  return JSON.stringify({ Version: '1', Statement });
}

describe('answerStsRequest', () => {
  let server: Server;
  let url = '';
  let accounts: AccountDirectory;
  let alice: NewAccessKey;
  let services: StsServices;
  // Near the real time: the official client looks at its own clock.
  let nowMs = Date.now();

  beforeEach(async () => {
    nowMs = Date.now();
    const keys = new MasterKeyRing([new Uint8Array(32).fill(1)], seededRandom(1).bytes);
    const random = seededRandom(2).bytes;
    accounts = await openAccountDirectory({
      keyValues: openMemoryKeyValueStore(),
      keys,
      root: ROOT,
      accountId: ACCOUNT_ID,
      random,
    });
    await accounts.users.create({ name: 'alice' });
    alice = await accounts.users.createAccessKey('alice');
    await accounts.policies.attach('AliyunSTSAssumeRoleAccess', { entity: 'user', name: 'alice' });
    await accounts.roles.create({ name: 'uploader', trustPolicy: trust(`acs:ram::${ACCOUNT_ID}:root`) });
    services = { accounts, keys, random, calls: new CallMemory(2 * SKEW_MS), clockSkewMsMax: SKEW_MS };
    server = createServer(async (request, response) => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const answer = await answerStsRequest(
        {
          method: request.method ?? '',
          path,
          query,
          headers,
          body: await buffer(request),
          host: request.headers.host ?? '',
          receivedAtMs: nowMs,
        },
        { sourceIp: request.socket.remoteAddress, isSecure: false },
        services,
      );
      response.writeHead(answer.status, { 'Content-Type': answer.contentType }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/-/sts/`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function official(key: NewAccessKey = alice): StsClient {
    return new STS({ ...key, endpoint: url });
  }

  /** A request signed the RPC way, with whatever is to be different. */
  function rpcQuery(change: Readonly<Record<string, string | undefined>> = {}, secret = alice.accessKeySecret): string {
    const parameters = Object.entries({
      Action: 'AssumeRole',
      Version: '2015-04-01',
      RoleArn: ROLE_ARN,
      RoleSessionName: 'phone-7',
      AccessKeyId: alice.accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: randomUUID(),
      Timestamp: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
      Format: 'JSON',
      ...change,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const canonical = canonicalQuery(parameters);
    const stringToSign = `GET&%2F&${encodeURIComponent(canonical).replaceAll('*', '%2A')}`;
    const signature = createHmac('sha1', `${secret}&`).update(stringToSign).digest('base64');
    return `${canonical}&Signature=${encodeURIComponent(signature)}`;
  }

  async function call(
    query: string,
  ): Promise<{ readonly status: number; readonly body: string; readonly document: Record<string, unknown> }> {
    const response = await fetch(`${url}?${query}`);
    const body = await response.text();
    return { status: response.status, body, document: body.startsWith('{') ? JSON.parse(body) : {} };
  }

  test.each(['ab', 'a'.repeat(33), 'a'.repeat(64), 'A.b@c_d-9'])('a session may be called %s', async (name) => {
    const { status, body } = await call(rpcQuery({ RoleSessionName: name }));
    expect([status, body.includes(`/${name}"`)]).toEqual([200, true]);
  });

  test('the official client gets keys that open', async () => {
    const policy = {
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: ['oss:PutObject'], Resource: ['acs:oss:*:*:logs/*'] }],
    };
    const { credentials } = await official().assumeRole(ROLE_ARN, policy, 1800, 'phone-7');
    expect(credentials.AccessKeyId).toMatch(/^STS\.[0-9A-Z]{24}$/);
    expect(Date.parse(credentials.Expiration)).toBe(Math.floor((nowMs + 1_800_000) / 1000) * 1000);
    const opened = openSecurityToken(credentials.SecurityToken, credentials.AccessKeyId, {
      keys: services.keys,
      nowMs,
    });
    expect(opened).toMatchObject({
      secret: credentials.AccessKeySecret,
      principal: { kind: 'role-session', accountId: ACCOUNT_ID, roleName: 'uploader', sessionName: 'phone-7' },
      sessionPolicy: { statements: [{ effect: 'allow', actions: { patterns: ['oss:putobject'] } }] },
    });
  });

  test.each([
    ['a wrong secret', { accessKeySecret: 'wrong' }, ROLE_ARN, 400, 'SignatureDoesNotMatch'],
    ['a key of nobody', { accessKeyId: 'AKNOBODY' }, ROLE_ARN, 404, 'InvalidAccessKeyId.NotFound'],
    ['the root key', ROOT, ROLE_ARN, 403, 'NoPermission'],
    ['a role that is not', {}, `acs:ram::${ACCOUNT_ID}:role/none`, 404, 'EntityNotExist.Role'],
    ['a role of another account', {}, 'acs:ram::1:role/uploader', 404, 'EntityNotExist.Role'],
    ['a role that is no role', {}, 'uploader', 400, 'InvalidParameter.RoleArn'],
  ])('the official client understands the refusal of %s', async (_, change, role, status, code) => {
    await expect(official({ ...alice, ...change }).assumeRole(role, undefined, 900, 'app')).rejects.toMatchObject({
      status,
      code,
    });
  });

  test.each(REFUSED_PARAMETERS)('refuses %s', async (_, change, status, code, message) => {
    const answer = await call(rpcQuery(change));
    expect(answer).toMatchObject({ status, document: { Code: code, Message: message, HostId: expect.any(String) } });
    expect(answer.document.RequestId).toMatch(/^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  });

  test('takes a policy of exactly 1,024 characters', async () => {
    const Statement = [{ Effect: 'Allow', Action: 'oss:*', Resource: 'acs:oss:*:*:' }];
    const empty = JSON.stringify({ Version: '1', Statement }).length;
    const Resource = `acs:oss:*:*:${'a'.repeat(1024 - empty)}`;
    const Policy = JSON.stringify({ Version: '1', Statement: [{ ...Statement[0], Resource }] });
    expect(Policy).toHaveLength(1024);
    expect((await call(rpcQuery({ Policy }))).status).toBe(200);
  });

  test('answers in XML when asked, or not asked', async () => {
    const { body } = await call(rpcQuery({ Format: undefined }));
    expect(body).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<AssumeRoleResponse>\n {2}<RequestId>[0-9A-F-]{36}<\/RequestId>\n {2}<AssumedRoleUser>\n {4}<Arn>acs:ram::1234567890123456:role\/uploader\/phone-7<\/Arn>\n {4}<AssumedRoleId>3\d{17}:phone-7<\/AssumedRoleId>\n {2}<\/AssumedRoleUser>\n {2}<Credentials>/,
    );
    const { body: refusal } = await call(rpcQuery({ Format: 'XML', RoleArn: 'x' }));
    expect(refusal).toContain('<Error>\n  <RequestId>');
    expect(refusal).toContain('<Code>InvalidParameter.RoleArn</Code>');
  });

  test('answers a request once', async () => {
    const query = rpcQuery();
    expect((await call(query)).status).toBe(200);
    expect((await call(query)).document).toMatchObject({ Code: 'SignatureNonceUsed' });
  });

  test('a wrong signature uses up no nonce', async () => {
    const SignatureNonce = 'n-1';
    expect((await call(rpcQuery({ SignatureNonce }, 'wrong'))).document).toMatchObject({
      Code: 'SignatureDoesNotMatch',
    });
    expect((await call(rpcQuery({ SignatureNonce }))).status).toBe(200);
  });

  test('refuses a request that is too old or from the future', async () => {
    const query = rpcQuery();
    nowMs += SKEW_MS + 1000;
    expect((await call(query)).document).toMatchObject({ Code: 'InvalidTimeStamp.Expired' });
    nowMs -= 2 * SKEW_MS + 2000;
    expect((await call(query)).document).toMatchObject({ Code: 'InvalidTimeStamp.Expired' });
  });

  test('refuses calls beyond the rate', async () => {
    services = { ...services, calls: new CallMemory(2 * SKEW_MS, { callsPerMinuteMax: 2 }) };
    await call(rpcQuery());
    await call(rpcQuery());
    expect((await call(rpcQuery())).document).toMatchObject({ Code: 'Throttling.User' });
    nowMs += 60_000;
    expect((await call(rpcQuery())).status).toBe(200);
  });

  test('needs the own right and the trust of the role', async () => {
    await accounts.policies.detach('AliyunSTSAssumeRoleAccess', { entity: 'user', name: 'alice' });
    const refusal = {
      status: 403,
      document: {
        Code: 'NoPermission',
        Message: 'You are not authorized to do this action. You should be authorized by RAM.',
      },
    };
    expect(await call(rpcQuery())).toMatchObject(refusal);
    // Without the right, roles that exist and others look the same.
    expect(await call(rpcQuery({ RoleArn: `acs:ram::${ACCOUNT_ID}:role/none` }))).toMatchObject(refusal);
    const document = `{"Version":"1","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${ROLE_ARN}"}}`;
    await accounts.policies.create({ name: 'assume', document });
    await accounts.policies.attach('assume', { entity: 'user', name: 'alice' });
    expect((await call(rpcQuery())).status).toBe(200);
    await accounts.roles.update('uploader', { trustPolicy: trust(`acs:ram::${ACCOUNT_ID}:user/bob`) });
    expect(await call(rpcQuery())).toMatchObject(refusal);
    await accounts.roles.update('uploader', { trustPolicy: trust(`acs:ram::${ACCOUNT_ID}:user/alice`) });
    expect((await call(rpcQuery())).status).toBe(200);
  });

  test('refuses inactive keys and users', async () => {
    await accounts.users.setAccessKeyStatus('alice', alice.accessKeyId, 'inactive');
    expect((await call(rpcQuery())).document).toMatchObject({ Code: 'InvalidAccessKeyId.Inactive' });
    await accounts.users.setAccessKeyStatus('alice', alice.accessKeyId, 'active');
    await accounts.users.update('alice', { status: 'inactive' });
    expect((await call(rpcQuery())).document).toMatchObject({ Code: 'InvalidAccessKeyId.Inactive' });
  });

  test('a session can ask who it is, until it expires or its role is gone', async () => {
    const { credentials } = await official().assumeRole(ROLE_ARN, undefined, 900, 'phone-7');
    const whoAmI = (change: Record<string, string> = {}) =>
      call(
        rpcQuery(
          {
            Action: 'GetCallerIdentity',
            AccessKeyId: credentials.AccessKeyId,
            SecurityToken: credentials.SecurityToken,
            ...change,
          },
          credentials.AccessKeySecret,
        ),
      );
    expect((await whoAmI()).document).toMatchObject({
      AccountId: ACCOUNT_ID,
      Arn: `acs:ram::${ACCOUNT_ID}:assumed-role/uploader/phone-7`,
      IdentityType: 'AssumedRoleUser',
    });
    expect((await whoAmI({ AccessKeyId: alice.accessKeyId })).document).toMatchObject({
      Code: 'InvalidSecurityToken.MismatchWithAccessKey',
    });
    await accounts.roles.delete('uploader');
    expect((await whoAmI()).document).toMatchObject({ Code: 'InvalidAccessKeyId.NotFound' });
    nowMs += 900_000;
    expect((await whoAmI()).document).toMatchObject({ Code: 'InvalidSecurityToken.Expired' });
  });

  test('tells users and the root key who they are', async () => {
    const user = await call(rpcQuery({ Action: 'GetCallerIdentity' }));
    expect(user.document).toMatchObject({ IdentityType: 'RAMUser', Arn: `acs:ram::${ACCOUNT_ID}:user/alice` });
    const root = await call(rpcQuery({ Action: 'GetCallerIdentity', AccessKeyId: 'ROOT' }, 'root-secret'));
    expect(root.document).toMatchObject({ IdentityType: 'Account', Arn: `acs:ram::${ACCOUNT_ID}:root` });
  });

  test('takes requests signed the newer way', async () => {
    const body = canonicalQuery([
      ['RoleArn', ROLE_ARN],
      ['RoleSessionName', 'phone-7'],
    ]);
    const signed: Record<string, string> = {
      host: new URL(url).host,
      'x-acs-action': 'AssumeRole',
      'x-acs-content-sha256': createHash('sha256').update(body).digest('hex'),
      'x-acs-date': `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
      'x-acs-signature-nonce': randomUUID(),
      'x-acs-version': '2015-04-01',
    };
    const names = Object.keys(signed).sort();
    const canonicalRequest = `POST\n/-/sts/\n\n${names.map((name) => `${name}:${signed[name]}\n`).join('')}\n${names.join(';')}\n${signed['x-acs-content-sha256']}`;
    const digest = createHash('sha256').update(canonicalRequest).digest('hex');
    const signature = createHmac('sha256', alice.accessKeySecret).update(`ACS3-HMAC-SHA256\n${digest}`).digest('hex');
    const authorization = `ACS3-HMAC-SHA256 Credential=${alice.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
    const headers = { ...signed, authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(url, { method: 'POST', body, headers });
    expect(await response.json()).toMatchObject({ AssumedRoleUser: { Arn: `${ROLE_ARN}/phone-7` } });
    const replayed = await fetch(url, { method: 'POST', body, headers });
    expect(await replayed.json()).toMatchObject({ Code: 'SignatureNonceUsed' });
  });

  test('what is unexpected is an internal error, its cause kept for the log', async () => {
    const cause = new Error('disk');
    const failing = {
      ...services,
      accounts: {
        ...services.accounts,
        accountId: ACCOUNT_ID,
        assumableRole: accounts.assumableRole.bind(accounts),
        identityOf: accounts.identityOf.bind(accounts),
        find: () => Promise.reject(cause),
      },
    };
    const answer = await answerStsRequest(
      {
        method: 'GET',
        path: '/',
        query: rpcQuery(),
        headers: new Map(),
        body: new Uint8Array(),
        host: 'h',
        receivedAtMs: nowMs,
      },
      { sourceIp: undefined, isSecure: false },
      failing,
    );
    expect(answer).toMatchObject({ status: 500, error: { code: 'InternalError', cause } });
    expect(answer.body).not.toContain('disk');
  });
});
