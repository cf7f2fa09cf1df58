/**
 * Who may protect objects and who may get past a protection, over a real server process; and that a restart forgets
 * none of it.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, type AccountRequest, allow, type Keys, outcomeOf } from './account.js';

const BUCKET = 'examplebucket';
const ANY = `acs:oss:*:*:${BUCKET}/*`;
const UNTIL = '2099-01-01T00:00:00.000Z';
const RETENTION = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${UNTIL}</RetainUntilDate></Retention>`;
const BYPASS = { 'x-oss-bypass-governance-retention': 'true' };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET] });
  account = new Account(server);
  const configure = (name: string, body: string) =>
    account.send({ method: 'PUT', bucket: BUCKET, query: { [name]: '' }, body }, account.root);
  await configure('versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
  const opened = await configure(
    'objectWorm',
    '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled></ObjectWormConfiguration>',
  );
  expect(opened.status).toBe(200);
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

const put = (key: string, headers: Record<string, string> = {}): AccountRequest => ({
  method: 'PUT',
  bucket: BUCKET,
  key,
  body: 'x',
  headers,
});
const retain = (key: string, headers: Record<string, string> = {}): AccountRequest => ({
  method: 'PUT',
  bucket: BUCKET,
  key,
  query: { retention: '' },
  body: RETENTION,
  headers,
});

async function outcome(request: AccountRequest, keys?: Keys): Promise<string> {
  return outcomeOf(await account.send(request, keys));
}

it('takes rights of its own to protect, also at the upload, and to get past', async () => {
  const writer = await account.makeUser('writer', [allow(['oss:PutObject', 'oss:DeleteObjectVersion'], ANY)]);
  const keeper = await account.makeUser('keeper', [
    allow(['oss:PutObject', 'oss:PutObjectRetention', 'oss:PutObjectLegalHold', 'oss:DeleteObjectVersion'], ANY),
  ]);
  const master = await account.makeUser('master', [
    allow(['oss:PutObjectRetention', 'oss:DeleteObjectVersion', 'oss:BypassGovernanceRetention'], ANY),
  ]);
  const protecting = { 'x-oss-object-worm-mode': 'GOVERNANCE', 'x-oss-object-worm-retain-until-date': UNTIL };
  expect(await outcome(put('a', protecting), writer)).toBe('403 AccessDenied');
  expect(await outcome(put('a', { 'x-oss-object-worm-legal-hold': 'ON' }), writer)).toBe('403 AccessDenied');
  expect(await outcome(put('a'), writer)).toBe('200');
  expect(await outcome(retain('a'), writer)).toBe('403 AccessDenied');
  const hold = { method: 'PUT', bucket: BUCKET, key: 'a', query: { legalHold: '' } };
  expect(await outcome({ ...hold, body: '<LegalHold><Status>ON</Status></LegalHold>' }, writer)).toBe(
    '403 AccessDenied',
  );

  expect(await outcome(retain('a'), keeper)).toBe('200');
  expect(await outcome(put('b', protecting), keeper)).toBe('200');
  expect(await outcome({ ...hold, body: '<LegalHold><Status>OFF</Status></LegalHold>' }, keeper)).toBe('200');
  expect(await outcome({ ...hold, method: 'GET' }, keeper)).toBe('403 AccessDenied');

  const { headers } = await account.send({ method: 'HEAD', bucket: BUCKET, key: 'a' }, account.root);
  const versionId = headers['x-oss-version-id'] ?? '';
  const remove = { method: 'DELETE', bucket: BUCKET, key: 'a', query: { versionId } };
  expect(await outcome(remove, keeper)).toBe('409 FileImmutable');
  expect(await outcome({ ...remove, headers: BYPASS }, keeper)).toBe('403 AccessDenied');
  const batch = {
    method: 'POST',
    bucket: BUCKET,
    query: { delete: '' },
    headers: BYPASS,
    body: `<Delete><Object><Key>a</Key><VersionId>${versionId}</VersionId></Object></Delete>`,
  };
  expect(await outcome(batch, keeper)).toBe('403 AccessDenied');
  expect(await outcome(retain('a', BYPASS), keeper)).toBe('403 AccessDenied');
  expect(await outcome(remove, master)).toBe('409 FileImmutable');
  expect(await outcome({ ...remove, headers: BYPASS }, master)).toBe('204');
});

it('no ACL gives the right to protect', async () => {
  const open = { method: 'PUT', bucket: BUCKET, query: { acl: '' }, headers: { 'x-oss-acl': 'public-read-write' } };
  expect(await outcome(open, account.root)).toBe('200');
  expect(await outcome(put('stranger'))).toBe('200');
  expect(await outcome(put('stranger', { 'x-oss-object-worm-legal-hold': 'ON' }))).toBe('403 AccessDenied');
  expect(await outcome(retain('stranger'))).toBe('403 AccessDenied');
  expect(await outcome({ ...open, headers: { 'x-oss-acl': 'private' } }, account.root)).toBe('200');
});

it('is still there after a kill and a restart', async () => {
  expect(await outcome(put('kept', { 'x-oss-object-worm-legal-hold': 'ON' }), account.root)).toBe('200');
  expect(await outcome(retain('kept'), account.root)).toBe('200');
  await server.kill();
  account.close();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [BUCKET] });
  account = new Account(server);
  const { headers } = await account.send({ method: 'HEAD', bucket: BUCKET, key: 'kept' }, account.root);
  expect(headers).toMatchObject({
    'x-oss-object-worm-mode': 'GOVERNANCE',
    'x-oss-object-worm-retain-until-date': UNTIL,
    'x-oss-object-worm-legal-hold': 'ON',
  });
  const query = { versionId: headers['x-oss-version-id'] ?? '' };
  expect(await outcome({ method: 'DELETE', bucket: BUCKET, key: 'kept', query }, account.root)).toBe(
    '409 FileImmutable',
  );
});
