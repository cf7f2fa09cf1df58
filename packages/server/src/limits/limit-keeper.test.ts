/** Limits that one process changes take effect in another that serves the same store. */
import { randomBytes } from 'node:crypto';
import { openMemoryBlobStore, openMemoryKeyValueStore, openObjectStore, type StoreQuotas } from '@annals/store';
import { expect, test } from 'vitest';
import { type AccountDirectory, openAccountDirectory } from '../accounts/account-directory.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import { LimitKeeper } from './limit-keeper.js';
import { RequestRates } from './request-rates.js';
import { TransferRates } from './transfer-rates.js';

const BUCKET = 'bucket';
const ROOT = { accessKeyId: 'ROOT', accessKeySecret: 'root-secret' };

test('limits changed by another process are in effect after the next look, also after a look that failed', async () => {
  const keyValues = openMemoryKeyValueStore();
  const store = await openObjectStore({ keyValues, blobs: openMemoryBlobStore() });
  const keys = new MasterKeyRing([new Uint8Array(32).fill(1)], randomBytes);
  const open = (): Promise<AccountDirectory> =>
    openAccountDirectory({ keyValues, keys, root: ROOT, accountId: '1234567890123456' });
  const [mine, others] = [await open(), await open()];
  const quotas: StoreQuotas[] = [];
  const looks: (() => void)[] = [];
  const failures: unknown[] = [];
  let isAway = false;
  const keeper = new LimitKeeper({
    rows: mine.limits,
    store,
    maintenance: { setQuotas: (changed) => void quotas.push(changed) },
    rates: new RequestRates(Date.now, () => undefined),
    transfers: new TransferRates({ refused: () => undefined, waited: () => undefined }),
    defaults: { bucket: {}, user: {} },
    onDamage: (damage) => failures.push(damage),
    changes: {
      generation: async () => {
        if (isAway) throw new Error('away');
        return mine.generation();
      },
      onFailure: (error) => failures.push(error),
      timer: (callback) => {
        looks.push(callback);
        return () => undefined;
      },
    },
  });
  const look = async (): Promise<void> => {
    looks.shift()?.();
    await expect.poll(() => looks.length).toBe(1);
  };
  await keeper.start();
  await look();
  expect(quotas).toHaveLength(1);
  await others.limits.set({ kind: 'bucket', name: BUCKET }, { lengthBytesMax: 100 });
  isAway = true;
  await look();
  expect([quotas.length, failures.length]).toEqual([1, 1]);
  isAway = false;
  await look();
  expect(quotas.at(-1)?.buckets.own.get(BUCKET)).toEqual({ lengthBytesMax: 100 });
  await look();
  expect(quotas).toHaveLength(2);
  await keeper.stop();
  await store.maintenance.close();
});
