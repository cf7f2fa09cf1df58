/**
 * The blob engine over a pool of a real cluster does what every blob engine must do. Set ANNALS_TEST_SEED to repeat a
 * failed run.
 */
import { randomInt } from 'node:crypto';
import { checkBlobs, openRadosBlobStore } from '@annals/store';
import { blobStoreCases } from '@annals/store/conformance';
import { describe, it } from 'vitest';
import { freshPlace, sharedCluster } from './ceph-cluster.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));

for (const isChecked of [false, true]) {
  describe(`RADOS blob engine${isChecked ? ' with checksums' : ''}, seed ${seed}`, () => {
    for (const { name, run } of blobStoreCases) {
      it(name, async () => {
        const place = freshPlace(sharedCluster());
        const open = async () => {
          const store = await openRadosBlobStore({ place });
          return isChecked ? checkBlobs(store) : store;
        };
        let current = await open();
        const reopen = async () => {
          await current.close();
          current = await open();
          return current;
        };
        await run({ store: current, reopen, seed });
        await current.close();
      });
    }
  });
}
