import { openMemoryKeyValueStore } from '@annals/store';
import { expect, test } from 'vitest';
import { agreeOnMasterKeys, MasterKeysDiffer } from './agree-on-master-keys.js';

/** The store of a test, and what is sealed in it. */
function openFixture() {
  const keyValues = openMemoryKeyValueStore();
  const sealing = new Set<string>();
  const start = (...ids: readonly string[]): Promise<void> =>
    agreeOnMasterKeys({ keyValues, keys: { ids }, seals: async (id) => sealing.has(id) });
  return { start, sealing };
}

test('agreeOnMasterKeys refuses a gateway without a key of the store, even while nothing is sealed', async () => {
  const { start } = openFixture();
  await start('one');
  await start('one');
  await expect(start('other')).rejects.toMatchObject({ missingId: 'one', isSealing: true });
  await start('one');
});

test('agreeOnMasterKeys lets only one of several first gateways choose the key', async () => {
  const { start } = openFixture();
  const outcomes = await Promise.allSettled([start('one'), start('two'), start('three')]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('agreeOnMasterKeys follows a rotation, and asks for the old key as long as something is sealed with it', async () => {
  const { start, sealing } = openFixture();
  sealing.add('old');
  await start('old');
  await start('old', 'new');
  // The others have both by now.
  await start('new', 'old');
  await expect(start('old')).rejects.toThrow(MasterKeysDiffer);
  await start('old', 'new');
  await expect(start('new')).rejects.toMatchObject({ missingId: 'old', isSealing: false });
  sealing.delete('old');
  await start('new');
  await expect(start('old')).rejects.toMatchObject({ missingId: 'new', isSealing: true });
  await start('new');
});
