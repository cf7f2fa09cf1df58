import { type KeyValueStore, openJournaledLmdbKeyValueStore, openMemoryKeyValueStore } from '@annals/store';
import { seededRandom } from '@annals/store/conformance';
import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { type AccountDirectory, type AccountDirectoryOptions, openAccountDirectory } from './account-directory.js';
import { AccountFailure, type AccountFailureReason } from './account-failure.js';
import { ACCOUNT_LIMITS } from './account-names.js';
import { MasterKeyRing } from './master-key.js';

const ROOT = { accessKeyId: 'ROOT', accessKeySecret: 'root-secret' };
const ACCOUNT_ID = '1234567890123456';
const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${ACCOUNT_ID}:root`] } }],
});
const READ = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"*"}]}';

function ring(...fills: readonly number[]): MasterKeyRing {
  return new MasterKeyRing(
    fills.map((fill) => new Uint8Array(32).fill(fill)),
    seededRandom(1).bytes,
  );
}

/** The real store, with its reads noted. */
function noteReads(keyValues: KeyValueStore): { readonly keyValues: KeyValueStore; readonly reads: string[] } {
  const reads: string[] = [];
  const noted: KeyValueStore = {
    get(key) {
      reads.push(Buffer.from(key).toString('latin1'));
      return keyValues.get(key);
    },
    list: (range) => keyValues.list(range),
    commit: (commit) => keyValues.commit(commit),
    snapshot: () => keyValues.snapshot(),
    watch: (key, listener) => keyValues.watch(key, listener),
    statistics: () => keyValues.statistics(),
    close: () => keyValues.close(),
  };
  return { keyValues: noted, reads };
}

async function open(change: Partial<AccountDirectoryOptions> = {}) {
  const now = { ms: 1_000_000 };
  const store = openMemoryKeyValueStore();
  const { keyValues, reads } = noteReads(change.keyValues ?? store);
  const options = {
    root: ROOT,
    keys: ring(1),
    accountId: ACCOUNT_ID,
    clock: () => now.ms,
    random: seededRandom(1).bytes,
    ...change,
  };
  const directory = await openAccountDirectory({ ...options, keyValues });
  return { directory, store: change.keyValues ?? store, reads, now };
}

async function reasonOf(work: Promise<unknown>): Promise<AccountFailureReason> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AccountFailure) return error.reason;
    throw error;
  }
  throw new Error('It did not fail');
}

describe('AccountDirectory', () => {
  test('keeps the uid of the account, whatever root key comes later', async () => {
    const { store } = await open();
    const { directory } = await open({ keyValues: store, accountId: '9', root: { ...ROOT, accessKeyId: 'NEW' } });
    expect(directory.accountId).toBe(ACCOUNT_ID);
    expect(await directory.find('NEW')).toMatchObject({ principal: { kind: 'root', accountId: ACCOUNT_ID } });
    expect(await directory.find('ROOT')).toBeUndefined();
  });

  test('everything is there after a restart', async () => {
    const folder = makeTemporaryFolder();
    const before = await openJournaledLmdbKeyValueStore({ directory: folder });
    const { directory } = await open({ keyValues: before });
    const { uid } = await directory.users.create({ name: 'alice' });
    await directory.policies.attach('AliyunOSSFullAccess', { entity: 'user', name: 'alice' });
    const { accessKeyId, accessKeySecret } = await directory.users.createAccessKey('alice');
    await before.close();
    const after = await openJournaledLmdbKeyValueStore({ directory: folder });
    const { directory: reopened } = await open({ keyValues: after });
    const principal = { kind: 'user', accountId: ACCOUNT_ID, uid, name: 'alice' } as const;
    expect(await reopened.find(accessKeyId)).toMatchObject({ secret: accessKeySecret, principal });
    expect((await reopened.identityOf(principal)).policies.map(({ name }) => name)).toEqual(['AliyunOSSFullAccess']);
    await after.close();
  });

  test('finds a key with one read, the root key with none', async () => {
    const { directory, reads } = await open();
    const user = await directory.users.create({ name: 'alice' });
    const { accessKeyId, accessKeySecret } = await directory.users.createAccessKey('alice');
    reads.length = 0;
    expect(await directory.find(accessKeyId)).toEqual({
      accessKeyId,
      secret: accessKeySecret,
      status: 'active',
      principal: { kind: 'user', accountId: ACCOUNT_ID, uid: user.uid, name: 'alice' },
    });
    expect(reads).toEqual([`Ak${accessKeyId}`]);
    await directory.find('ROOT');
    expect(await directory.find('a key\0with anything')).toBeUndefined();
    expect(await directory.find('x'.repeat(5000))).toBeUndefined();
    expect(reads).toHaveLength(1);
    expect(await directory.find('AKUNKNOWN')).toBeUndefined();
  });

  test('stores no secret in the clear', async () => {
    const { directory, store } = await open();
    await directory.users.create({ name: 'alice' });
    const { accessKeySecret } = await directory.users.createAccessKey('alice');
    const rows = await store.list({ start: Buffer.from('A'), end: Buffer.from('B'), limit: 100 });
    const text = rows.map(({ value }) => Buffer.from(value).toString('latin1')).join('\n');
    expect(text).toContain('alice');
    expect(text).not.toContain(accessKeySecret);
    expect(text).not.toContain(Buffer.from(accessKeySecret).toString('base64'));
  });

  test('a sealed secret does not open under another id', async () => {
    const { directory, store } = await open();
    await directory.users.create({ name: 'alice' });
    const { accessKeyId } = await directory.users.createAccessKey('alice');
    const row = await store.get(Buffer.from(`Ak${accessKeyId}`));
    await store.commit({ puts: [{ key: Buffer.from('AkOTHER'), value: row?.value ?? new Uint8Array() }] });
    expect(await reasonOf(Promise.resolve(directory.find('OTHER')))).toEqual({
      kind: 'cannot-unseal',
      accessKeyId: 'OTHER',
    });
  });

  test('a key can be switched off, on, and deleted', async () => {
    const { directory } = await open();
    await directory.users.create({ name: 'alice' });
    const { accessKeyId } = await directory.users.createAccessKey('alice');
    await directory.users.setAccessKeyStatus('alice', accessKeyId, 'inactive');
    expect(await directory.find(accessKeyId)).toMatchObject({ status: 'inactive' });
    await directory.users.setAccessKeyStatus('alice', accessKeyId, 'active');
    expect(await directory.users.listAccessKeys('alice')).toEqual([
      { accessKeyId, status: 'active', createdAtMs: 1_000_000 },
    ]);
    await directory.users.create({ name: 'bob' });
    expect(await reasonOf(directory.users.deleteAccessKey('bob', accessKeyId))).toMatchObject({ kind: 'not-found' });
    expect(await reasonOf(directory.users.setAccessKeyStatus('bob', accessKeyId, 'inactive'))).toMatchObject({
      kind: 'not-found',
    });
    await directory.users.deleteAccessKey('alice', accessKeyId);
    expect(await directory.find(accessKeyId)).toBeUndefined();
    expect(await directory.users.listAccessKeys('alice')).toEqual([]);
  });

  test('deleting a user deletes its keys, and a new one of that name is another', async () => {
    const { directory } = await open();
    await directory.users.create({ name: 'alice' });
    await directory.policies.attach('AdministratorAccess', { entity: 'user', name: 'alice' });
    const { accessKeyId } = await directory.users.createAccessKey('alice');
    const found = await directory.find(accessKeyId);
    if (found === undefined) throw new Error('The key was not found');
    expect((await directory.identityOf(found.principal)).policies).toHaveLength(1);
    await directory.users.delete('alice');
    await directory.users.create({ name: 'alice' });
    expect(await directory.find(accessKeyId)).toBeUndefined();
    expect(await directory.identityOf(found.principal)).toEqual({ status: 'gone', policies: [] });
  });

  test('gives a user the policies of its groups, each once', async () => {
    const { directory } = await open();
    const { uid } = await directory.users.create({ name: 'alice' });
    const principal = { kind: 'user', accountId: ACCOUNT_ID, uid, name: 'alice' } as const;
    await directory.groups.create({ name: 'readers' });
    await directory.policies.create({ name: 'read', document: READ });
    await directory.policies.attach('read', { entity: 'user', name: 'alice' });
    await directory.policies.attach('read', { entity: 'group', name: 'readers' });
    await directory.policies.attach('AliyunOSSFullAccess', { entity: 'group', name: 'readers' });
    await directory.users.addToGroup('alice', 'readers');
    await directory.users.addToGroup('alice', 'readers');
    expect(await directory.groups.listUsers('readers')).toEqual(['alice']);
    const names = async () => (await directory.identityOf(principal)).policies.map(({ name }) => name);
    expect(await names()).toEqual(['read', 'AliyunOSSFullAccess']);
    await directory.policies.detach('read', { entity: 'user', name: 'alice' });
    expect(await names()).toEqual(['read', 'AliyunOSSFullAccess']);
    await directory.groups.delete('readers');
    expect(await names()).toEqual([]);
    expect((await directory.users.get('alice')).groups).toEqual([]);
    await directory.users.update('alice', { status: 'inactive' });
    expect(await directory.identityOf(principal)).toEqual({ status: 'inactive', policies: [] });
  });

  test('roles: trust, policies, and sessions of a deleted one', async () => {
    const { directory } = await open();
    const { roleId } = await directory.roles.create({ name: 'uploader', trustPolicy: TRUST });
    await directory.policies.attach('AliyunOSSFullAccess', { entity: 'role', name: 'uploader' });
    expect(await directory.assumableRole('uploader')).toMatchObject({ roleId, sessionSecondsMax: 3600 });
    const session = {
      kind: 'role-session',
      accountId: ACCOUNT_ID,
      roleId,
      roleName: 'uploader',
      sessionName: 's',
    } as const;
    expect((await directory.identityOf(session)).policies).toHaveLength(1);
    await directory.roles.update('uploader', { sessionSecondsMax: 43_200 });
    expect(await directory.assumableRole('uploader')).toMatchObject({ sessionSecondsMax: 43_200 });
    await directory.roles.delete('uploader');
    expect(await directory.identityOf(session)).toEqual({ status: 'gone', policies: [] });
    expect(await directory.assumableRole('uploader')).toBeUndefined();
  });

  test('reads nothing while the cache is fresh, then the generation alone', async () => {
    const { directory, reads, now } = await open();
    const { uid } = await directory.users.create({ name: 'alice' });
    const principal = { kind: 'user', accountId: ACCOUNT_ID, uid, name: 'alice' } as const;
    await directory.identityOf(principal);
    reads.length = 0;
    now.ms += 999;
    await directory.identityOf(principal);
    expect(reads).toEqual([]);
    now.ms += 1;
    await Promise.all([directory.identityOf(principal), directory.identityOf(principal)]);
    expect(reads).toEqual(['Av']);
    now.ms -= 5000;
    await directory.identityOf(principal);
    expect(reads).toEqual(['Av', 'Av']);
  });

  test('sees changes of another process after a second, its own at once', async () => {
    const { directory: here, store, now } = await open();
    const { directory: there } = await open({ keyValues: store, random: seededRandom(1).bytes });
    const { uid } = await here.users.create({ name: 'alice' });
    const principal = { kind: 'user', accountId: ACCOUNT_ID, uid, name: 'alice' } as const;
    const policyCount = async () => (await here.identityOf(principal)).policies.length;
    expect(await policyCount()).toBe(0);
    await there.policies.attach('AdministratorAccess', { entity: 'user', name: 'alice' });
    expect(await policyCount()).toBe(0);
    now.ms += 1000;
    expect(await policyCount()).toBe(1);
    await here.policies.detach('AdministratorAccess', { entity: 'user', name: 'alice' });
    expect(await policyCount()).toBe(0);
  });

  test('a key switched off by another process is off for the next request', async () => {
    const { directory: here, store } = await open();
    const { directory: there } = await open({ keyValues: store });
    await here.users.create({ name: 'alice' });
    const { accessKeyId } = await here.users.createAccessKey('alice');
    expect(await there.find(accessKeyId)).toMatchObject({ status: 'active' });
    await here.users.setAccessKeyStatus('alice', accessKeyId, 'inactive');
    expect(await there.find(accessKeyId)).toMatchObject({ status: 'inactive' });
  });

  test('changes at the same moment all take effect, or are refused for what holds then', async () => {
    const { directory } = await open();
    await directory.policies.create({ name: 'read', document: READ });
    await directory.users.create({ name: 'alice' });
    const outcomes = await Promise.allSettled([
      directory.policies.attach('read', { entity: 'user', name: 'alice' }),
      directory.policies.delete('read'),
      ...Array.from({ length: 10 }, (_, index) => directory.users.create({ name: `u${index}` })),
      directory.users.create({ name: 'u0' }),
    ]);
    expect(await directory.users.list()).toHaveLength(11);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    const { policies } = await directory.users.get('alice');
    const isThere = (await directory.policies.list()).some(({ name }) => name === 'read');
    // Never attached and gone.
    expect(policies.includes('read')).toBe(isThere);
  });

  test('a stored document that no longer parses is a failure, not silence', async () => {
    const { directory, store } = await open();
    const { uid } = await directory.users.create({ name: 'alice' });
    await directory.policies.create({ name: 'read', document: READ });
    await directory.policies.attach('read', { entity: 'user', name: 'alice' });
    const row = JSON.stringify({ ...(await directory.policies.get('read')), document: '{}' });
    await store.commit({ puts: [{ key: Buffer.from('Apread'), value: Buffer.from(row) }] });
    const principal = { kind: 'user', accountId: ACCOUNT_ID, uid, name: 'alice' } as const;
    await expect(directory.identityOf(principal)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    await directory.policies.update('read', { document: READ });
    expect((await directory.identityOf(principal)).policies).toHaveLength(1);
  });

  test('reseals secrets after the master key was changed', async () => {
    const { directory, store } = await open();
    await directory.users.create({ name: 'alice' });
    const made = [await directory.users.createAccessKey('alice'), await directory.users.createAccessKey('alice')];
    const { directory: rotating } = await open({ keyValues: store, keys: ring(2, 1) });
    expect(await rotating.resealSecrets()).toBe(2);
    expect(await rotating.resealSecrets()).toBe(0);
    const { directory: rotated } = await open({ keyValues: store, keys: ring(2) });
    for (const { accessKeyId, accessKeySecret } of made) {
      expect(await rotated.find(accessKeyId)).toMatchObject({ secret: accessKeySecret });
    }
    const { directory: locked } = await open({ keyValues: store, keys: ring(3) });
    expect(await reasonOf(Promise.resolve(locked.find(made[0]?.accessKeyId ?? '')))).toMatchObject({
      kind: 'cannot-unseal',
    });
    expect(await reasonOf(locked.resealSecrets())).toMatchObject({ kind: 'cannot-unseal' });
  });

  test.each<[string, (directory: AccountDirectory) => Promise<unknown>, Partial<AccountFailureReason>]>([
    ['a name with a slash', (d) => d.users.create({ name: 'a/b' }), { kind: 'invalid-name', entity: 'user' }],
    ['an empty name', (d) => d.groups.create({ name: '' }), { kind: 'invalid-name', entity: 'group' }],
    ['a long name', (d) => d.roles.create({ name: 'r'.repeat(65), trustPolicy: TRUST }), { kind: 'invalid-name' }],
    ['a name with a line end', (d) => d.users.create({ name: 'alice\n' }), { kind: 'invalid-name' }],
    ['a name that is taken', (d) => d.users.create({ name: 'taken' }), { kind: 'already-exists' }],
    [
      'the name of a system policy',
      (d) => d.policies.create({ name: 'AliyunOSSFullAccess', document: READ }),
      { kind: 'already-exists' },
    ],
    ['changing a system policy', (d) => d.policies.update('AliyunOSSFullAccess', {}), { kind: 'read-only' }],
    ['deleting a system policy', (d) => d.policies.delete('AliyunOSSFullAccess'), { kind: 'read-only' }],
    ['a user that is not', (d) => d.users.get('nobody'), { kind: 'not-found', entity: 'user', name: 'nobody' }],
    ['a group that is not', (d) => d.users.addToGroup('taken', 'none'), { kind: 'not-found', entity: 'group' }],
    [
      'a policy that is not',
      (d) => d.policies.attach('none', { entity: 'user', name: 'taken' }),
      { kind: 'not-found', entity: 'policy' },
    ],
    [
      'a holder that is not',
      (d) => d.policies.attach('AliyunOSSFullAccess', { entity: 'role', name: 'none' }),
      { kind: 'not-found', entity: 'role' },
    ],
    [
      'a session too short',
      (d) => d.roles.create({ name: 'r', trustPolicy: TRUST, sessionSecondsMax: 900 }),
      { kind: 'invalid-value' },
    ],
    [
      'a session too long',
      (d) => d.roles.create({ name: 'r', trustPolicy: TRUST, sessionSecondsMax: 43_201 }),
      { kind: 'invalid-value' },
    ],
    ['a long text', (d) => d.users.create({ name: 'u', displayName: 'x'.repeat(1025) }), { kind: 'invalid-value' }],
  ])('refuses %s', async (_, work, reason) => {
    const { directory } = await open();
    await directory.users.create({ name: 'taken' });
    expect(await reasonOf(work(directory))).toMatchObject(reason);
  });

  test('refuses documents that are no policies', async () => {
    const { directory } = await open();
    const refusal = { code: 'InvalidPolicyDocument' };
    await expect(directory.policies.create({ name: 'p', document: '{}' })).rejects.toMatchObject(refusal);
    await expect(directory.roles.create({ name: 'r', trustPolicy: READ })).rejects.toMatchObject(refusal);
  });

  test('refuses what is more than the limits', async () => {
    const { directory } = await open();
    await directory.users.create({ name: 'alice' });
    await directory.users.createAccessKey('alice');
    await directory.users.createAccessKey('alice');
    expect(await reasonOf(directory.users.createAccessKey('alice'))).toMatchObject({
      kind: 'limit-exceeded',
      countMax: 2,
    });
    for (let index = 0; index < ACCOUNT_LIMITS.policyCountMax; index += 1) {
      await directory.policies.create({ name: `p${index}`, document: READ });
      await directory.policies.attach(`p${index}`, { entity: 'user', name: 'alice' });
    }
    const oneMore = directory.policies.attach('AliyunOSSFullAccess', { entity: 'user', name: 'alice' });
    expect(await reasonOf(oneMore)).toMatchObject({ kind: 'limit-exceeded' });
    expect(await reasonOf(directory.policies.delete('p3'))).toEqual({
      kind: 'in-use',
      entity: 'policy',
      name: 'p3',
      by: ['user alice'],
    });
  });
});
