/**
 * What a server reports to its operator: actions that never match, a root key id that is a user's, the debt of the
 * server. Over a real process, with its commands in this one.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../backup/commands.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, allow, type Keys, outcomeOf, policy } from './account.js';

const BUCKET = 'examplebucket';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;

async function start(accessKeyId?: string): Promise<void> {
  server = await startServerProcess({
    data: join(folder.path, 'data'),
    buckets: [BUCKET],
    ...(accessKeyId !== undefined && { accessKeyId }),
  });
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

/** Runs a command against the server, which must succeed. */
async function annals(...words: readonly string[]): Promise<{ readonly output: string; readonly errors: string }> {
  const outcome = await runCommand(words, server);
  expect(outcome.code, outcome.errors).toBe(0);
  return outcome;
}

/** Runs a command that takes a policy, or refuses it. @returns What never matches; else what was said. */
async function saidOfPolicy(words: readonly string[], keys: Keys): Promise<string> {
  const { code, errors } = await runCommand(words, { endpoint: server.endpoint, ...keys });
  return code === 0 ? (/never match: (.*)/.exec(errors)?.[1] ?? '') : errors;
}

test('a policy with actions that no request asks for is taken, and the answer names them', async () => {
  const document = policy([allow(['oss:AppendObject', 'oss:GetObject'], '*')]);
  const made = await account.change('POST', 'policies/appender', { document });
  expect(made.neverMatching).toEqual(['oss:appendobject']);
  expect(
    await account.change('PUT', 'policies/appender', { document: policy([allow('oss:GetObject', '*')]) }),
  ).not.toHaveProperty('neverMatching');
  const file = join(folder.path, 'policy.json');
  await writeFile(file, document);
  expect((await annals('policy', 'update', 'appender', file)).errors).toContain('never match: oss:appendobject');
  const statement = {
    Effect: 'Allow',
    Action: ['oss:HeadObject', 'ram:CreateUser', 'oss:GetObject'],
    Principal: ['*'],
  };
  const put = { method: 'PUT', bucket: BUCKET, query: { policy: '' } };
  const answer = await account.send(
    { ...put, body: policy([{ ...statement, Resource: `acs:oss:*:*:${BUCKET}/*` }]) },
    account.root,
  );
  expect([answer.status, answer.headers['x-oss-annals-never-matching']]).toEqual([
    200,
    'oss:headobject, ram:createuser',
  ]);
  const plain = { ...statement, Action: 'oss:GetObject', Resource: `acs:oss:*:*:${BUCKET}/*` };
  const again = await account.send({ ...put, body: policy([plain]) }, account.root);
  expect([again.status, again.headers['x-oss-annals-never-matching']]).toEqual([200, undefined]);
});

/** A place where policies come in. */
interface PolicyEntry {
  readonly name: string;
  /** Of statements in this place. */
  readonly statement: object;
  /** @returns What was said of it: code and message, or what never matches. */
  readonly put: (document: string) => Promise<string>;
}

const ACCESS_POINT_DOCUMENT =
  '<CreateAccessPointConfiguration><AccessPointName>ap-01</AccessPointName><NetworkOrigin>internet</NetworkOrigin></CreateAccessPointConfiguration>';

async function policyEntries(): Promise<readonly PolicyEntry[]> {
  const roleArn = await account.makeRole('walked', [allow('oss:*', '*')]);
  const user = await account.makeUser('walker', [allow('sts:AssumeRole', '*')]);
  await account.change('POST', 'policies/walked-policy', { document: policy([allow('oss:GetObject', '*')]) });
  const made = await account.send(
    { method: 'PUT', bucket: BUCKET, query: { accessPoint: '' }, body: ACCESS_POINT_DOCUMENT },
    account.root,
  );
  expect(made.status).toBe(200);
  const trust = { Principal: { RAM: [`acs:ram::${await account.accountId()}:root`] } };
  const ofBucket = { Principal: ['*'], Resource: `acs:oss:*:*:${BUCKET}/*` };
  const viaAdmin = (method: string, path: string, member: string) => async (document: string) => {
    const { status, body } = await account.admin(method, path, { [member]: document });
    return status === 200 ? String(body.neverMatching ?? '') : `${String(body.code)} ${String(body.message)}`;
  };
  const viaObject = (method: string, path: string, member: string) => async (document: string) =>
    viaAdmin(method, path, member)(JSON.parse(document) as string);
  const viaBucket =
    (query: Readonly<Record<string, string>>, headers = {}) =>
    async (document: string) => {
      const answer = await account.send(
        { method: 'PUT', bucket: BUCKET, query, headers, body: document },
        account.root,
      );
      if (answer.status === 200) return String(answer.headers['x-oss-annals-never-matching'] ?? '');
      return `${outcomeOf(answer).slice(4)} ${answer.body.toString()}`;
    };
  const viaSts = async (document: string) => {
    const answer = await account.askRole(roleArn, user, document);
    if (answer.status === 200) return answer.headers.get('x-oss-annals-never-matching') ?? '';
    const { Code, Message } = (await answer.json()) as Record<string, string>;
    return `${Code} ${Message}`;
  };
  const file = join(folder.path, 'walked.json');
  const viaCommand =
    (...words: readonly string[]) =>
    async (document: string) => {
      await writeFile(file, document);
      return saidOfPolicy(words, account.root);
    };
  const viaStsCommand = async (document: string) => {
    await writeFile(file, document);
    return saidOfPolicy(['sts', 'assume-role', roleArn, '--policy', file], user);
  };
  const anything = { Resource: '*' };
  return [
    { name: 'a new policy', statement: anything, put: viaAdmin('POST', 'policies/walked-new', 'document') },
    { name: 'a policy', statement: anything, put: viaAdmin('PUT', 'policies/walked-policy', 'document') },
    { name: 'a policy as object', statement: anything, put: viaObject('PUT', 'policies/walked-policy', 'document') },
    { name: 'a new role', statement: trust, put: viaAdmin('POST', 'roles/walked-new', 'trustPolicy') },
    { name: 'a role', statement: trust, put: viaAdmin('PUT', 'roles/walked', 'trustPolicy') },
    { name: 'a bucket', statement: ofBucket, put: viaBucket({ policy: '' }) },
    {
      name: 'an access point',
      statement: ofBucket,
      put: viaBucket({ accessPointPolicy: '' }, { 'x-oss-access-point-name': 'ap-01' }),
    },
    { name: 'a session', statement: anything, put: viaSts },
    { name: 'annals policy', statement: anything, put: viaCommand('policy', 'update', 'walked-policy', file) },
    { name: 'annals role', statement: trust, put: viaCommand('role', 'update', 'walked', '--trust-policy', file) },
    { name: 'annals sts', statement: anything, put: viaStsCommand },
  ];
}

test('wherever a policy comes in, actions that nothing can ask for are refused, and those that never match there are reported', async () => {
  const right = { Effect: 'Allow', Action: 'sts:AssumeRole' };
  for (const { name, statement, put } of await policyEntries()) {
    const isCommand = name.startsWith('annals');
    const fitting = name.includes('role') ? right : { Effect: 'Allow', Action: 'oss:GetObject' };
    for (const action of isCommand
      ? ['ram:Foo']
      : ['oss:PutObjct', 'ram:Foo', 'ecs:*', 'osss:GetObject', 'oss:Putt*']) {
      for (const wrong of [{ Action: action }, { Action: ['oss:*', action] }, { NotAction: action }]) {
        const said = await put(
          policy([
            { ...fitting, ...statement },
            { Effect: 'Deny', ...wrong, ...statement },
          ]),
        );
        expect([name, wrong, said]).toEqual([name, wrong, expect.stringMatching(/Policy/)]);
        expect(said).toContain(`is no action that this server knows`);
        expect(said).toContain(action.toLowerCase());
      }
    }
    // Nothing of an access point's policy is ever asked for, which its documentation says.
    const reported = name === 'an access point' ? '' : expect.stringContaining('oss:appendobject');
    const more = await put(policy([{ ...fitting, Action: ['oss:AppendObject', fitting.Action], ...statement }]));
    expect([name, more]).toEqual([name, reported]);
    if (name.includes('new')) continue;
    expect([name, await put(policy([{ ...fitting, ...statement }]))]).toEqual([name, '']);
  }
});

test('annals status shows what the sweep owes', async () => {
  await account.send({ method: 'PUT', bucket: BUCKET, key: 'a', body: 'x'.repeat(1000) }, account.root);
  expect(outcomeOf(await account.send({ method: 'DELETE', bucket: BUCKET, key: 'a' }, account.root))).toBe('204');
  const { output } = await annals('status');
  for (const name of [
    'garbage.noteCount',
    'garbage.lengthBytes',
    'compaction.jobCount',
    'writers.pressure',
    'requests.waitingCount',
  ]) {
    expect(output).toMatch(new RegExp(`^${name}: [0-9.]+$`, 'm'));
  }
  const nobody = await account.makeUser('nobody', [allow('oss:*', '*')]);
  expect((await account.admin('GET', 'status', undefined, nobody)).status).toBe(403);
});

test('a root access key id that a user has is refused at the start, by the name of the user', async () => {
  const user = await account.makeUser('twin');
  account.close();
  await server.stop();
  await expect(start(user.accessKeyId)).rejects.toThrow(`the user "twin" has it`);
  await start();
  expect((await account.admin('GET', 'users/twin')).status).toBe(200);
});
