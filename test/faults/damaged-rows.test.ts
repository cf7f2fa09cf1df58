/**
 * Rows that are whole by their checksum and do not say what such a row says, as a client meets them: 500 with a request
 * id for those who need the row, and no word of it for anybody else; for the operator a count, and a line of the log
 * that names the row. Rows of accounts, and single configurations of a bucket.
 */
import { join } from 'node:path';
import { type KeyValueStore, openJournaledLmdbKeyValueStore } from '@annals/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import type { KeyPair } from '../harness/sign-request.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let accountRows: KeyValueStore;
let server: TestServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  accountRows = await openJournaledLmdbKeyValueStore({ directory: join(folder.path, 'accounts') });
  server = await startTestServer({ accountRows, buckets: ['hit', 'whole'] });
  for (const bucket of ['hit', 'whole'])
    expect((await server.send({ method: 'PUT', bucket, key: 'k', body: 'bytes' })).status).toBe(200);
});

afterAll(async () => {
  await server.close();
  await accountRows.close();
  await folder.remove();
});

async function makeUser(name: string): Promise<KeyPair> {
  const { directory } = server.accounts;
  await directory.users.create({ name });
  await directory.policies.attach('AdministratorAccess', { entity: 'user', name });
  return directory.users.createAccessKey(name);
}

/** Changes one field of a row of JSON; its checksum is that of what it holds. */
async function spoil(
  rows: KeyValueStore,
  key: string,
  change: (row: Record<string, unknown>) => object,
): Promise<void> {
  const entry = await rows.get(Buffer.from(key));
  const row = JSON.parse(Buffer.from(entry?.value ?? []).toString('utf8')) as Record<string, unknown>;
  await rows.commit({
    puts: [{ key: Buffer.from(key), value: Buffer.from(JSON.stringify({ ...row, ...change(row) })) }],
  });
}

function expectInternalError({ status, headers, body }: RawAnswer): string {
  expect([status, body.toString()]).toEqual([500, expect.stringContaining('<Code>InternalError</Code>')]);
  const id = headers['x-oss-request-id'] ?? '';
  expect(id).toMatch(/^[0-9A-F]{24}$/);
  expect(body.toString()).toContain(`<RequestId>${id}</RequestId>`);
  return id;
}

const damageLines = (requestId: string): unknown[] =>
  server.logLines.flatMap((line) =>
    line.msg === 'stored bytes are damaged' && line.requestId === requestId ? [line.detail] : [],
  );

test('a damaged row of a user hits that user alone, and the log names it', async () => {
  const [hit, whole] = [await makeUser('hit'), await makeUser('whole')];
  const get = (keys: KeyPair) => server.send({ method: 'GET', bucket: 'whole', key: 'k', keys });
  expect([(await get(hit)).status, (await get(whole)).status]).toEqual([200, 200]);
  await spoil(accountRows, 'Auhit', () => ({ policies: { AdministratorAccess: true } }));
  // A change by another process is seen after a moment; this process forgets what it knows with each change of its own.
  await makeUser('another');
  const id = expectInternalError(await get(hit));
  expect(damageLines(id)).toEqual(['the row "Auhit" does not hold what it should: its value.policies is no list']);
  expect((await get(whole)).body.toString()).toBe('bytes');
  expect((await server.send({ method: 'GET', bucket: 'whole', key: 'k' })).status).toBe(200);
  expect(await fetch(`http://${server.host}/-/metrics`).then((page) => page.text())).toMatch(
    /^annals_damage_total\{kind="corrupt",found_by="request"\} [1-9]/m,
  );
});

test('a damaged configuration hits the requests that need it, and the log names row and member', async () => {
  const put = (query: string, document: string) =>
    server.send({ method: 'PUT', bucket: 'hit', query: { [query]: '' }, body: document });
  const website = '<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>';
  const referer =
    '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList/></RefererConfiguration>';
  expect((await put('website', website)).status).toBe(200);
  const spoilMember = (members: object) =>
    spoil(server.rows.store, 'Bhit', (row) => ({ configurations: { ...(row.configurations as object), ...members } }));
  const read = (query: string) => server.send({ method: 'GET', bucket: 'hit', query: { [query]: '' } });
  const object = () => server.send({ method: 'GET', bucket: 'hit', key: 'k' });
  await spoilMember({ website: { routingRules: 'all' } });
  expect(damageLines(expectInternalError(await read('website')))).toEqual([
    'the configuration website in the row "Bhit" does not hold what it should: its value.routingRules is no list',
  ]);
  expect((await object()).body.toString()).toBe('bytes');
  // A policy that cannot be read may deny.
  await spoilMember({ policy: '{"Version":"2"}' });
  expect(damageLines(expectInternalError(await object()))).toEqual(['the policy of bucket hit is not valid']);
  expect((await server.send({ method: 'GET', bucket: 'whole', key: 'k' })).body.toString()).toBe('bytes');
  // What the owner puts again or removes is whole again.
  expect((await server.send({ method: 'DELETE', bucket: 'hit', query: { policy: '' } })).status).toBe(204);
  expect((await put('referer', referer)).status).toBe(200);
  expect((await object()).body.toString()).toBe('bytes');
  expect((await put('website', website)).status).toBe(200);
  expect((await read('website')).status).toBe(200);
});
