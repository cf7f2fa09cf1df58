/**
 * Every operation that is built, asked for by a user: without its right it is refused, with exactly its right it is
 * not. The rights come from the protocol's table, so a row that asks for another, for more or for none is found.
 */
import { OPERATION_NAMES, OPERATIONS, type OperationName, Query, signHeadersV4 } from '@annals/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUCKET, NOW_MS } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import type { NewAccessKey } from '../accounts/manage-users.js';
import { OPERATION_ROWS } from '../operations/table.js';

/** Signed in the body, and never signed: tested where forms and preflights are. */
const SIGNED_ELSEWHERE: readonly OperationName[] = ['PostObject', 'OptionObject'];

const built = OPERATION_NAMES.filter(
  (name) => OPERATION_ROWS[name].effect !== 'not built' && !SIGNED_ELSEWHERE.includes(name),
);

let server: TestServer;
let count = 0;

beforeAll(async () => {
  server = await startTestServer({ buckets: [BUCKET], clock: () => NOW_MS });
});

afterAll(() => server.close());

/** Copies take the right to read their source as well. */
function actionsOf(name: OperationName, isVersioned: boolean): readonly string[] {
  const { action, versionAction } = OPERATIONS[name];
  const own = isVersioned && versionAction !== undefined ? versionAction : action;
  return name === 'CopyObject' || name === 'UploadPartCopy' ? [own, 'oss:GetObject'] : [own];
}

/** A user who may do just this. */
async function makeUser(actions: readonly string[]): Promise<NewAccessKey> {
  const { users, policies } = server.accounts.directory;
  count += 1;
  const name = `user-${count}`;
  await users.create({ name });
  if (actions.length > 0) {
    const document = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
    await policies.create({ name, document });
    await policies.attach(name, { entity: 'user', name });
  }
  return users.createAccessKey(name);
}

/** @returns Status, or status and code. */
async function ask(name: OperationName, isVersioned: boolean, credentials: NewAccessKey): Promise<string> {
  const { methods, scope, query, values, header } = OPERATIONS[name];
  const [method = 'GET'] = methods;
  const parameters: [string, string][] = query.map((parameter) => [parameter, '']);
  for (const [parameter, [value = '']] of Object.entries(values ?? {})) parameters.push([parameter, value]);
  if (isVersioned) parameters.push(['versionId', 'null']);
  const headers = new Map<string, string>();
  if (header !== undefined) headers.set(header, `/${BUCKET}/source`);
  const resource = {
    ...(scope !== 'service' && { bucket: name === 'PutBucket' ? 'new-bucket' : BUCKET }),
    ...(scope === 'object' && { key: 'k' }),
  };
  const signed = signHeadersV4({
    request: { method, query: new Query(parameters), headers },
    resource,
    credentials,
    nowMs: NOW_MS,
    region: 'cn-hangzhou',
  });
  const path = [resource.bucket ?? '', ...(resource.bucket === undefined ? [] : [resource.key ?? ''])].join('/');
  const queryText = parameters
    .map(([parameter, value]) => (value === '' ? parameter : `${parameter}=${value}`))
    .join('&');
  // A batch has its keys in its body; what others make of the document is not asked here.
  const body = `<Delete><Object><Key>k</Key>${isVersioned ? '<VersionId>null</VersionId>' : ''}</Object></Delete>`;
  const hasBody = method === 'PUT' || method === 'POST';
  const lines = Object.entries({ host: 'localhost', ...Object.fromEntries(headers), ...signed })
    .map(([line, value]) => `${line}: ${value}\r\n`)
    .join('');
  const connection = await server.connect();
  await connection.send(
    `${method} /${path}${queryText === '' ? '' : `?${queryText}`} HTTP/1.1\r\n${lines}` +
      (hasBody ? `Content-Length: ${body.length}\r\n\r\n${body}` : '\r\n'),
  );
  const answer = await connection.readAnswer(method);
  connection.destroy();
  const document =
    answer.body.length > 0
      ? answer.body.toString()
      : Buffer.from(answer.headers.get('x-oss-err') ?? '', 'base64').toString();
  const code = /<Code>(.*?)<\/Code>/.exec(document)?.[1];
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}

describe.each(built)('%s', (name) => {
  const hasVersions = OPERATIONS[name].versionAction !== undefined;
  test.each(hasVersions ? [false, true] : [false])('takes exactly its right; of a version: %s', async (isVersioned) => {
    const actions = actionsOf(name, isVersioned);
    // Destructive ones come with the others: put back what they may have taken.
    await restoreBucket();
    for (const missing of actions) {
      const others = await makeUser([...actions.filter((action) => action !== missing), unrelatedTo(actions)]);
      expect(await ask(name, isVersioned, others), `without ${missing}`).toBe('403 AccessDenied');
    }
    await restoreBucket();
    const outcome = await ask(name, isVersioned, await makeUser(actions));
    expect(outcome).not.toContain('AccessDenied');
    expect(outcome).not.toContain('InternalError');
    expect(outcome).not.toContain('SignatureDoesNotMatch');
  });
});

/** A policy needs an action that there is. */
function unrelatedTo(actions: readonly string[]): string {
  const unrelated = ['oss:ListBuckets', 'oss:GetBucketLocation'].find((action) => !actions.includes(action));
  return unrelated ?? 'oss:GetBucketStat';
}

async function restoreBucket(): Promise<void> {
  const { store, accounts } = server;
  await store
    .createBucket({
      name: BUCKET,
      ownerId: accounts.directory.accountId,
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    })
    .catch(() => undefined);
}
