/**
 * The audit log, temporary keys that are revoked and a root key pair that rotates, over a real server process and its
 * own commands.
 */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../packages/cli/src/program.js';
import { runInProcess } from '../harness/in-process.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, allow, type Keys, outcomeOf } from './account.js';

const BUCKET = 'examplebucket';
/** The data folder's own root key pair is the one that rotates, not one of the environment. */
const WITHOUT_PAIR = ['env', '-u', 'ANNALS_ROOT_ACCESS_KEY_ID', '-u', 'ANNALS_ROOT_ACCESS_KEY_SECRET'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;
let root: Keys;

const data = (): string => join(folder.path, 'data');

async function start(): Promise<void> {
  server = await startServerProcess({ data: data(), buckets: [BUCKET], launcher: WITHOUT_PAIR });
  root = JSON.parse(await readFile(join(data(), 'root-access-key.json'), 'utf8')) as Keys;
  account = new Account({ ...server, ...root });
}

async function stop(): Promise<void> {
  account.close();
  await server.stop();
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await start();
});

afterAll(async () => {
  await stop();
  await folder.remove();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command against the server, in this process. */
async function annals(words: readonly string[], keys: Keys = root): Promise<Ended> {
  const environment = {
    ...process.env,
    OSS_ENDPOINT: server.endpoint,
    OSS_ACCESS_KEY_ID: keys.accessKeyId,
    OSS_ACCESS_KEY_SECRET: keys.accessKeySecret,
  };
  const surroundings = { folder: process.cwd(), environment };
  const { code, output, errors } = await runInProcess(() => runProgram('0.0.0', words), surroundings);
  return { code, stdout: output, stderr: errors };
}

async function canRead(keys: Keys): Promise<string> {
  return outcomeOf(await account.send({ method: 'GET', bucket: BUCKET, query: { 'list-type': '2' } }, keys));
}

describe('temporary keys', () => {
  it('are revoked by id, session, role and user, with what was lent on from them, and stay so over a restart', async () => {
    const everything = allow('oss:*', '*');
    const roleArn = await account.makeRole('reader', [everything, allow('sts:AssumeRole', '*')]);
    const otherArn = await account.makeRole('other', [everything]);
    const user = await account.makeUser('borrower', [allow('sts:AssumeRole', '*')]);
    const stranger = await account.makeUser('stranger', [allow('sts:AssumeRole', '*')]);
    const [one, two, ofStranger] = [
      await account.assumeRole(roleArn, user),
      await account.assumeRole(roleArn, user),
      await account.assumeRole(otherArn, stranger),
    ];
    expect(await Promise.all([one, two, ofStranger].map(canRead))).toEqual(['200', '200', '200']);

    expect((await annals(['sts', 'revoke', '--key', one.accessKeyId])).code).toBe(0);
    expect(await canRead(one)).toBe('403 InvalidSecurityToken');
    expect(await canRead(two)).toBe('200');
    await expect(account.admin('GET', 'users', undefined, one)).resolves.toMatchObject({ status: 403 });

    await account.change('PUT', 'revocations/roles/reader/sessions/another');
    expect(await canRead(two)).toBe('200');
    await account.change('PUT', 'revocations/roles/reader/sessions/session');
    expect(await canRead(two)).toBe('403 InvalidSecurityToken');
    const three = await account.assumeRole(roleArn, user);
    expect(await canRead(three)).toBe('200');
    await account.change('PUT', 'revocations/roles/reader');
    expect(await canRead(three)).toBe('403 InvalidSecurityToken');

    const four = await account.assumeRole(otherArn, user);
    await account.change('PUT', 'revocations/users/borrower');
    expect(await canRead(four)).toBe('403 InvalidSecurityToken');
    expect(await canRead(ofStranger)).toBe('200');
    expect(await canRead(await account.assumeRole(otherArn, user))).toBe('200');

    expect((await account.admin('PUT', `revocations/keys/${user.accessKeyId}`)).status).toBe(400);
    expect((await account.admin('PUT', 'revocations/roles/nobody')).status).toBe(404);
    await stop();
    await start();
    expect(await Promise.all([one, two, three, four].map(canRead))).toEqual(Array(4).fill('403 InvalidSecurityToken'));
    expect(await canRead(ofStranger)).toBe('200');
    const { stdout } = await annals(['sts', 'revocations']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('  ')[0]),
    ).toEqual(['key', 'role', 'session', 'session', 'user']);
  });
});

describe('the root key pair', () => {
  it('rotates while serving, with an overlap and without, and is the same after a restart', async () => {
    const old = root;
    const rotated = await annals(['root', 'rotate', '--overlap', '1h', '--json']);
    expect(rotated.stderr).toBe('');
    root = (JSON.parse(rotated.stdout) as { rootAccessKey: Keys }).rootAccessKey;
    expect([await canRead(root), await canRead(old)]).toEqual(['200', '200']);
    await stop();
    await start();
    expect([await canRead(root), await canRead(old)]).toEqual(['200', '200']);
    expect((await annals(['root', 'show'])).stdout).toContain(old.accessKeyId);
    expect((await annals(['root', 'end-overlap'])).code).toBe(0);
    expect([await canRead(root), await canRead(old)]).toEqual(['200', '403 InvalidAccessKeyId']);

    const before = root;
    root = (JSON.parse((await annals(['root', 'rotate', '--json'])).stdout) as { rootAccessKey: Keys }).rootAccessKey;
    expect([await canRead(root), await canRead(before)]).toEqual(['200', '403 InvalidAccessKeyId']);
    expect(server.output().stderr).not.toContain(root.accessKeySecret);
    account = new Account({ ...server, ...root });
  });

  it('can be rotated by the root alone, under any policy', async () => {
    const administrator = await account.makeUser('administrator', [allow('*', '*')]);
    expect((await account.admin('GET', 'users', undefined, administrator)).status).toBe(200);
    for (const [method, path] of [
      ['GET', 'root'],
      ['POST', 'root/rotate'],
      ['DELETE', 'root/previous'],
    ] as const) {
      expect((await account.admin(method, path, undefined, administrator)).status).toBe(403);
    }
  });
});

describe('the audit log', () => {
  it('has everything above in its chain, no secret, and uploads that make public or protect', async () => {
    const upload = { method: 'PUT', bucket: BUCKET, key: 'public', headers: { 'x-oss-object-acl': 'public-read' } };
    expect(outcomeOf(await account.send({ ...upload, body: 'x' }, root))).toBe('200');
    expect(outcomeOf(await account.send({ method: 'PUT', bucket: BUCKET, key: 'plain', body: 'x' }, root))).toBe('200');
    const { stdout } = await annals(['audit', 'show', '--data', data(), '--json']);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const actions = records.map(({ action }) => action);
    for (const action of [
      'server.Start',
      'server.Stop',
      'ram:CreateUser',
      'ram:CreateAccessKey',
      'ram:RevokeTemporaryKey',
      'ram:RevokeRoleSessions',
      'ram:RotateRootAccessKey',
      'sts:AssumeRole',
      'oss:PutObject',
    ]) {
      expect(actions).toContain(action);
    }
    expect(actions.filter((action) => action === 'oss:PutObject')).toHaveLength(2);
    for (const secret of [root.accessKeySecret, 'accessKeySecret', 'SecurityToken'])
      expect(stdout).not.toContain(secret);
    const filtered = await annals(['audit', 'show', '--data', data(), '--action', 'rotateroot', '--result', 'done']);
    expect(filtered.stdout.trimEnd().split('\n')).toHaveLength(2);
    const head = (await annals(['audit', 'head'])).stdout.split(' ')[1]?.trim() ?? '';
    const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
    expect(metrics).toContain(`annals_audit_sequence{hash="${head}"}`);
    expect(await annals(['audit', 'verify', '--data', data(), '--expect', head])).toMatchObject({ code: 0 });
  });

  it('has who tried to change rules without the right to, and who asked for a role in vain', async () => {
    const nosy = await account.makeUser('nosy', [allow('oss:GetObject', '*')]);
    const closedRole = await account.makeRole('closed', []).catch(() => undefined);
    const attempts = [
      { method: 'PUT', bucket: BUCKET, query: { acl: '' }, headers: { 'x-oss-acl': 'public-read' } },
      { method: 'PUT', bucket: BUCKET, query: { policy: '' }, body: '{}' },
      { method: 'DELETE', bucket: BUCKET },
      { method: 'PUT', bucket: BUCKET, key: 'x', query: { acl: '' }, headers: { 'x-oss-object-acl': 'public-read' } },
      { method: 'PUT', bucket: BUCKET, key: 'x', body: 'x', headers: { 'x-oss-object-acl': 'public-read' } },
    ];
    for (const attempt of attempts) expect(outcomeOf(await account.send(attempt, nosy))).toBe('403 AccessDenied');
    // Data, and reading rules: in the request log.
    expect(outcomeOf(await account.send({ method: 'PUT', bucket: BUCKET, key: 'x', body: 'x' }, nosy))).toMatch('403');
    expect(outcomeOf(await account.send({ method: 'GET', bucket: BUCKET, query: { acl: '' } }, nosy))).toMatch('403');
    expect(outcomeOf(await account.send(attempts[2] as (typeof attempts)[number]))).toMatch('403');
    await account.assumeRole(closedRole ?? 'acs:ram::1:role/none', nosy).catch(() => undefined);
    const { stdout } = await annals(['audit', 'show', '--data', data(), '--actor', 'nosy', '--json']);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ action, phase, result, errorCode }) => [action, phase, result, errorCode])).toEqual([
      ...['PutBucketAcl', 'PutBucketPolicy', 'DeleteBucket', 'PutObjectAcl', 'PutObject'].map((name) => [
        `oss:${name}`,
        'event',
        'failed',
        'AccessDenied',
      ]),
      ['sts:AssumeRole', 'event', 'failed', 'NoPermission'],
    ]);
  });

  it('has what was done to the folder while its server was stopped, and which keys it was started with', async () => {
    await stop();
    const rotated = await annals(['key', 'rotate', 'payroll', '--data', data()]);
    expect(rotated.code).toBe(0);
    expect((await annals(['key', 'rotate', '--data', data()])).code).toBe(0);
    expect((await annals(['fsck', '--repair', data()])).code).toBe(0);
    expect((await annals(['fsck', data()])).code).toBe(0);
    await start();
    // Beside a running server nothing is rotated, since its audit log would not have it.
    const refused = await annals(['key', 'rotate', 'payroll', '--data', data()]);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^annals: Cannot rotate/);
    const { stdout } = await annals(['audit', 'show', '--data', data(), '--last', '8', '--json']);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.map(({ action, phase }) => `${action} ${phase}`)).toEqual([
      'server.Stop event',
      'key.RotateKmsKey intent',
      'key.RotateKmsKey outcome',
      'key.RotateMasterKey intent',
      'key.RotateMasterKey outcome',
      'fsck.Repair intent',
      'fsck.Repair outcome',
      'server.Start event',
    ]);
    expect(records[5]?.actor).toMatchObject({ kind: 'operator' });
    const [, , , , , , , started = {}] = records;
    const { keys } = started.detail as { keys: { master: string[]; kms: Record<string, string[]> } };
    expect([keys.master.length, keys.kms.payroll?.length]).toEqual([2, 1]);
    expect(await annals(['audit', 'verify', '--data', data()])).toMatchObject({ code: 0 });
  });

  it('shows a crash in the middle of a line as what it is, and an edit as a fault', async () => {
    await stop();
    const [name = ''] = (await readdir(join(data(), 'audit'))).sort().slice(-1);
    const path = join(data(), 'audit', name);
    await appendFile(path, '{"sequence":');
    await start();
    const torn = await annals(['audit', 'verify', '--data', data(), '--json']);
    expect(JSON.parse(torn.stdout)).toMatchObject({ isIntact: true, tornLineCount: 1, incompleteLengthBytes: 0 });
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"ram:CreateUser"', '"ram:DeleteUser"'));
    const edited = await annals(['audit', 'verify', '--data', data()]);
    expect(edited.code).toBe(1);
    expect(edited.stdout).toMatch(new RegExp(`^${name}:\\d+: record \\d+ was changed`));
  });
});
