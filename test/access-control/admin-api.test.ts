/** The admin API and the commands that use it, over a real server process: who may use it, and what is refused. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, type AccountRequest, allow, type Keys } from './account.js';

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
  await account.makeUser('uploader', [allow('oss:PutObject', `acs:oss:*:*:${BUCKET}/uploads/*`)]);
  await account.makeUser('guest');
  const session = { method: 'PUT', bucket: BUCKET, key: 'session/v4', body: 'hello' };
  expect((await account.send(session, account.root)).status).toBe(200);
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

function get(key: string): AccountRequest {
  return { method: 'GET', bucket: BUCKET, key };
}

describe('the admin API', () => {
  it('is for the root, and for users whose policies say so', async () => {
    const keys = await account.makeUser('helper');
    expect(await account.admin('GET', 'users', undefined, keys)).toMatchObject({
      status: 403,
      body: { code: 'AccessDenied' },
    });
    await account.giveUser('helper', [allow('ram:ListUsers', '*'), allow('ram:*', 'acs:ram:*:*:user/team-*')]);
    expect((await account.admin('GET', 'users', undefined, keys)).status).toBe(200);
    expect((await account.admin('POST', 'users/team-a', {}, keys)).status).toBe(200);
    expect((await account.admin('DELETE', 'users/guest', undefined, keys)).status).toBe(403);
    expect((await account.admin('PUT', 'users/helper/policies/AdministratorAccess', undefined, keys)).status).toBe(403);
  });

  it('takes no signature in a URL and none that is missing or wrong', async () => {
    const request: AccountRequest = { method: 'GET', bucket: '-', key: 'admin/users' };
    for (const signature of ['anonymous', 'v1-url', 'v4-url'] as const) {
      expect((await account.send({ ...request, signature }, account.root)).status).toBe(403);
    }
    const wrong = await account.admin('GET', 'users', undefined, { ...account.root, accessKeySecret: 'wrong' });
    expect(wrong).toMatchObject({ status: 403, body: { code: 'SignatureDoesNotMatch' } });
    expect((await account.send({ ...request, signature: 'v1' }, account.root)).status).toBe(200);
  });

  it('takes no body without its MD5', async () => {
    const body = JSON.stringify({ displayName: 'x' });
    const request: AccountRequest = { method: 'POST', bucket: '-', key: 'admin/users/unsigned', body };
    const answer = await account.send(request, account.root);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'InvalidDigest' });
    expect((await account.admin('GET', 'users/unsigned')).status).toBe(404);
  });

  it.each<[string, string, object | undefined, number, string]>([
    ['GET', 'users/missing', undefined, 404, 'EntityNotExist.User'],
    ['POST', 'users/guest', {}, 409, 'EntityAlreadyExists.User'],
    ['POST', 'users/bad%20name', {}, 400, 'InvalidParameter.UserName'],
    ['PUT', 'users/guest', { status: 'asleep' }, 400, 'InvalidParameter'],
    ['PUT', 'users/guest', { stauts: 'active' }, 400, 'InvalidParameter'],
    ['POST', 'policies/broken', { document: '{' }, 400, 'InvalidPolicyDocument'],
    ['DELETE', 'policies/AdministratorAccess', undefined, 403, 'ReadOnly.Policy'],
    ['DELETE', 'policies/uploader', undefined, 409, 'DeleteConflict.Policy'],
    ['GET', 'nothing', undefined, 404, 'InvalidArgument'],
  ])('%s %s with %j: %i %s', async (method, path, values, status, code) => {
    expect(await account.admin(method, decodeURIComponent(path), values)).toMatchObject({ status, body: { code } });
  });

  it('gives no more than two keys to a user', async () => {
    await account.makeUser('two-keys');
    await account.change('POST', 'users/two-keys/access-keys');
    expect(await account.admin('POST', 'users/two-keys/access-keys')).toMatchObject({
      status: 409,
      body: { code: 'LimitExceeded' },
    });
  });

  it('hides no key of a bucket that the host names', async () => {
    const host = `${BUCKET}.localhost:${server.port}`;
    const response = await account.send({ ...get('-/admin/users'), headers: { host } });
    expect(response.headers['content-type']).toBe('application/xml');
  });
});

describe('the command line', () => {
  const program = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

  async function annals(words: string[], keys: Keys = account.root): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...words], {
      env: {
        PATH: process.env.PATH,
        OSS_ENDPOINT: server.endpoint,
        OSS_ACCESS_KEY_ID: keys.accessKeyId,
        OSS_ACCESS_KEY_SECRET: keys.accessKeySecret,
        ...(keys.token !== undefined && { OSS_SESSION_TOKEN: keys.token }),
      },
    });
    return stdout;
  }

  function keysOf(output: string): Keys {
    const value = (name: string) => new RegExp(`^export ${name}=(.*)$`, 'm').exec(output)?.[1];
    const token = value('OSS_SESSION_TOKEN');
    return {
      accessKeyId: value('OSS_ACCESS_KEY_ID') ?? '',
      accessKeySecret: value('OSS_ACCESS_KEY_SECRET') ?? '',
      ...(token !== undefined && { token }),
    };
  }

  it('makes a user who assumes a role and appends', async () => {
    await annals(['user', 'create', 'operator', '--display-name', 'The operator']);
    const keys = keysOf(await annals(['access-key', 'create', 'operator']));
    await annals(['policy', 'attach', 'AliyunSTSAssumeRoleAccess', '--user', 'operator']);
    expect(await annals(['user', 'show', 'operator'])).toContain('policies: AliyunSTSAssumeRoleAccess');
    expect(JSON.parse(await annals(['user', 'list', '--json'])).users).toContainEqual(
      expect.objectContaining({ name: 'operator', displayName: 'The operator' }),
    );
    const arn = await account.makeRole('operators', [allow('oss:*', '*')]);
    const session = keysOf(await annals(['sts', 'assume-role', arn, '--session', 'cli', '--duration', '15m'], keys));
    expect(await annals(['sts', 'identity'], session)).toContain(':assumed-role/operators/cli');
    expect(await annals(['ls', `oss://${BUCKET}/session/`], session)).toContain('session/v4');
    await expect(annals(['ls', `oss://${BUCKET}/`], keys)).rejects.toMatchObject({ code: 4 });
    await expect(annals(['user', 'show', 'missing'])).rejects.toMatchObject({
      stderr: expect.stringContaining('There is no user "missing".'),
    });
    expect(await annals(['master-key', 'reseal'])).toBe('0\n');
    // A process for every command: some seconds of work on an idle machine.
  }, 240_000);
});
