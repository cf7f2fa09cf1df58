/**
 * Every place where a tenant chooses a name, with the names that are somebody else's: the server's, the system's,
 * another tenant's. None is taken, and afterwards everybody still reaches what they reached before, at every address of
 * the server.
 */

import { request as openRequest } from 'node:http';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, allow, type Keys, outcomeOf } from './account.js';

const DOMAIN = 'oss.example.net';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;
let tenant: Keys;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({
    data: `${folder.path}/data`,
    buckets: ['mine', 'other', 'public'],
    flags: ['--domain', DOMAIN, '--domain', `nested.${DOMAIN}`],
  });
  account = new Account(server);
  // All there is on one bucket, new buckets, and the names of accounts.
  tenant = await account.makeUser('tenant', [
    allow('oss:*', ['acs:oss:*:*:mine', 'acs:oss:*:*:mine/*']),
    allow('oss:PutBucket', '*'),
    allow(['ram:Create*', 'ram:Update*', 'ram:Delete*', 'ram:Get*', 'ram:ListCustomDomains'], '*'),
  ]);
  await root('PUT', 'public', undefined, { acl: '' }, undefined, { 'x-oss-acl': 'public-read' });
  for (const bucket of ['other', 'public']) await root('PUT', bucket, 'k', {}, 'right');
  await root('PUT', 'mine', 'public/k', {}, 'wrong');
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

async function root(
  method: string,
  bucket: string,
  key: string | undefined,
  query: Record<string, string> = {},
  body?: string,
  headers: Record<string, string> = {},
): Promise<void> {
  const request = {
    method,
    bucket,
    query,
    headers,
    ...(key !== undefined && { key }),
    ...(body !== undefined && { body }),
  };
  expect(outcomeOf(await account.send(request, account.root))).toBe('200');
}

function cname(comp: string, domain: string): Promise<string> {
  const body = `<BucketCnameConfiguration><Cname><Domain>${domain}</Domain></Cname></BucketCnameConfiguration>`;
  return account.send({ method: 'POST', bucket: 'mine', query: { cname: '', comp }, body }, tenant).then(outcomeOf);
}

/** An unsigned read under a name. */
function read(host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest({ host: '127.0.0.1', port: server.port, path, headers: { host } });
    outgoing.on('error', reject);
    outgoing.on('response', async (answer) => {
      let body = '';
      for await (const chunk of answer) body += String(chunk);
      resolve(`${answer.statusCode} ${body}`);
    });
    outgoing.end();
  });
}

/** What everybody could do before the tenant chose its names. */
async function expectNothingTaken(): Promise<void> {
  // An unknown host makes the server look at what is recorded.
  await read('unknown.example.org', '/');
  const hosts = [
    `127.0.0.1:${server.port}`,
    'localhost',
    DOMAIN,
    `[::1]:${server.port}`,
    '0.0.0.0',
    '127.1',
    hostname(),
  ];
  for (const host of hosts) expect(await read(host, '/public/k'), host).toBe('200 right');
  for (const host of [`public.${DOMAIN}`, `public.nested.${DOMAIN}`, 'public.localhost']) {
    expect(await read(host, '/k'), host).toBe('200 right');
  }
  for (const signature of ['v1', 'v4', 'v1-url', 'v4-url'] as const) {
    const answer = await account.send({ method: 'GET', bucket: 'other', key: 'k', signature }, account.root);
    expect(outcomeOf(answer)).toBe('200');
  }
  expect(outcomeOf(await account.send({ method: 'GET' }, account.root))).toBe('200');
}

describe('custom domains', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '0.0.0.0',
    '0x7f.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.1',
    '192.0.2.1',
    '169.254.169.254',
    '::1',
    '[::1]',
    '2130706433',
    '127.0.0.1.',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'victim.localhost',
    'a.b.localhost',
    'localhost.localdomain',
    DOMAIN,
    DOMAIN.toUpperCase(),
    `${DOMAIN}.`,
    `${DOMAIN}:80`,
    `victim.${DOMAIN}`,
    `a.b.${DOMAIN}`,
    `nested.${DOMAIN}`,
    `victim.nested.${DOMAIN}`,
    'ｏｓｓ.example.net',
    'oss。example.net',
    'victim.oss-cn-hangzhou.aliyuncs.com',
    'oss-cn-hangzhou.aliyuncs.com',
    hostname(),
    '-',
    '..',
    '*.example.org',
    'example.org/x',
    'user@example.org',
    '&#49;27.0.0.1',
  ])('%s is refused', async (domain) => {
    for (const comp of ['add', 'token'])
      expect(await cname(comp, domain)).toMatch(/^400 (?:InvalidArgument|MalformedXML)$/);
  });

  it('and what is free is not, but once', async () => {
    expect(await cname('add', 'img.example.org')).toBe('200');
    expect(await cname('token', 'img.example.org')).toBe('200');
    expect(await read('img.example.org', '/public/k')).toMatch(/^403 /);
  });

  it('of two buckets that ask for one domain at once, one gets it', async () => {
    const body =
      '<BucketCnameConfiguration><Cname><Domain>race.example.org</Domain></Cname></BucketCnameConfiguration>';
    const bind = (bucket: string) =>
      account.send({ method: 'POST', bucket, query: { cname: '', comp: 'add' }, body }, account.root).then(outcomeOf);
    const outcomes = await Promise.all(['mine', 'other', 'public', 'mine', 'other', 'public'].map(bind));
    expect(outcomes.filter((outcome) => outcome === '200')).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === '409 CnameAlreadyExists')).toHaveLength(4);
  });
});

describe('buckets', () => {
  it.each(['-', '--', 'nested', 'localhost.', 'a.b', '127.0.0.1', 'x'.repeat(64), 'a-ossalias', 'MINE', '.', '..'])(
    '%s is refused',
    async (bucket) => {
      const answer = await account.send({ method: 'PUT', bucket }, tenant);
      expect(outcomeOf(answer)).toMatch(/^400 InvalidBucketName$|^404 /);
    },
  );

  it('a name of another tenant is taken', async () => {
    // Names of buckets belong to all; with the right to make any, the account's own is shown again, unchanged.
    expect(outcomeOf(await account.send({ method: 'PUT', bucket: 'other' }, tenant))).toBe('200');
    expect(outcomeOf(await account.send({ method: 'GET', bucket: 'other', key: 'k' }, tenant))).toBe(
      '403 AccessDenied',
    );
  });
});

describe('accounts', () => {
  const trustPolicy = JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: ['*'] } }],
  });
  const document = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
  it.each([
    ['policies/AdministratorAccess', { document }, 409],
    ['policies/administratoraccess', { document }, 409],
    ['policies/AliyunOSSReadOnlyAccess', { document }, 409],
    ['policies/tenant', { document }, 409],
    ['users/tenant', {}, 409],
    ['users/..', {}, 400],
    ['users/*', {}, 400],
    ['users/a:b', {}, 400],
    ['roles/*', { trustPolicy }, 400],
    ['groups/*', {}, 400],
    ['users/%00', {}, 400],
  ])('%s is refused', async (path, values, status) => {
    expect((await account.admin('POST', path, values, tenant)).status).toBe(status);
  });

  it('a system policy cannot be changed or deleted', async () => {
    expect((await account.admin('PUT', 'policies/AdministratorAccess', { document }, tenant)).status).toBe(403);
    expect((await account.admin('DELETE', 'policies/AdministratorAccess', undefined, tenant)).status).toBe(403);
  });
});

it('no name is taken from its owner', expectNothingTaken);

it('domains are shown to callers that may see them', async () => {
  const { body } = await account.admin('GET', 'custom-domains', undefined, tenant);
  const found = body.customDomains as readonly Record<string, unknown>[];
  expect(found.find(({ domain }) => domain === 'img.example.org')).toMatchObject({ bucket: 'mine' });
});
