/** What is told to whoever administers a server: actions that never match, a root key id that is a user's, what the server owes. Over a real process and its commands. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess, temporaryFolder } from '../harness/server-process.js';
import { Account, allow, outcomeOf, policy } from './account.js';

const BUCKET = 'examplebucket';
const ANNALS = fileURLToPath(new URL('../../packages/cli/bin/annals.js', import.meta.url));

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

async function annals(...words: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { accessKeyId, accessKeySecret } = account.root;
  const keys = { OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret };
  const env = { ...process.env, OSS_ENDPOINT: server.endpoint, ...keys };
  return promisify(execFile)(process.execPath, [ANNALS, ...words], { env });
}

test('a policy with actions that no request asks for is taken, and whoever puts it is told which', async () => {
  const document = policy([allow(['oss:AppendObject', 'oss:GetObject'], '*')]);
  const made = await account.change('POST', 'policies/appender', { document });
  expect(made.neverMatching).toEqual(['oss:appendobject']);
  expect(
    await account.change('PUT', 'policies/appender', { document: policy([allow('oss:GetObject', '*')]) }),
  ).not.toHaveProperty('neverMatching');
  const file = join(folder.path, 'policy.json');
  await writeFile(file, document);
  expect((await annals('policy', 'update', 'appender', file)).stderr).toContain('never match: oss:appendobject');
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

test('annals status shows what the sweep owes', async () => {
  await account.send({ method: 'PUT', bucket: BUCKET, key: 'a', body: 'x'.repeat(1000) }, account.root);
  expect(outcomeOf(await account.send({ method: 'DELETE', bucket: BUCKET, key: 'a' }, account.root))).toBe('204');
  const { stdout } = await annals('status');
  for (const name of [
    'garbage.noteCount',
    'garbage.lengthBytes',
    'compaction.jobCount',
    'writers.pressure',
    'requests.waitingCount',
  ]) {
    expect(stdout).toMatch(new RegExp(`^${name}: [0-9.]+$`, 'm'));
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
