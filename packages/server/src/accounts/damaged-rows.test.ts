import { openMemoryKeyValueStore } from '@annals/store';
import { expect, test } from 'vitest';
import { openAccountDirectory } from './account-directory.js';
import { MasterKeyRing } from './master-key.js';

async function open() {
  const store = openMemoryKeyValueStore();
  const random = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes).fill(7);
  const keys = new MasterKeyRing([new Uint8Array(32).fill(1)], random);
  const root = { accessKeyId: 'ROOT', accessKeySecret: 'root-secret' };
  const directory = await openAccountDirectory({ keyValues: store, keys, root, accountId: '1000', clock: () => 5 });
  return { directory, store };
}

test('a damaged revocation refuses those it is about, by the name of its row, and nobody else', async () => {
  const { directory, store } = await open();
  await store.commit({ puts: [{ key: Buffer.from('Askey STS.A'), value: Buffer.from('{"kind":"key"') }] });
  const lineage = (accessKeyId: string) => ({
    uid: '2001',
    links: [{ accessKeyId, roleId: '3001', sessionName: 's', issuedAtMs: 1 }],
  });
  await expect(directory.isRevoked(lineage('STS.A'))).rejects.toMatchObject({
    reason: { kind: 'corrupt', detail: expect.stringContaining('"Askey STS.A"') },
  });
  expect(await directory.isRevoked(lineage('STS.B'))).toBe(false);
  await directory.sessions.revokeKey('STS.B');
  expect(await directory.isRevoked(lineage('STS.B'))).toBe(true);
  await directory.sessions.revokeKey('STS.A');
  expect(await directory.isRevoked(lineage('STS.A'))).toBe(true);
});

test('a damaged limit grants its subject nothing, is told, and can be set again', async () => {
  const { directory, store } = await open();
  await directory.limits.set({ kind: 'bucket', name: 'other' }, { objectCountMax: 5 });
  await store.commit({ puts: [{ key: Buffer.from('Albucket hit'), value: Buffer.from('{"kind":"bucket"}') }] });
  const told: unknown[] = [];
  const { rows } = await directory.limits.inForce(({ reason }) => void told.push(reason));
  expect(told).toMatchObject([{ kind: 'corrupt', detail: expect.stringContaining('"Albucket hit"') }]);
  expect(rows).toEqual([
    {
      kind: 'bucket',
      name: 'hit',
      lengthBytesMax: 0,
      objectCountMax: 0,
      requestsPerSecondMax: 0,
      bytesPerSecondMax: 0,
    },
    { kind: 'bucket', name: 'other', objectCountMax: 5 },
  ]);
  await directory.limits.set({ kind: 'bucket', name: 'hit' }, { objectCountMax: 7 });
  expect(await directory.limits.list()).toHaveLength(2);
});
