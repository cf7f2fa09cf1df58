/**
 * The blob engine over a bucket of a real S3 server does what every blob engine must do. Set ANNALS_TEST_SEED to repeat
 * a failed run.
 */
import { randomInt } from 'node:crypto';
import { checkBlobs, openS3BlobStore } from '@annals/store';
import { blobStoreCases } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startVersityGateway, type VersityGateway } from './versity-gateway.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));
const BUCKET = 'conformance';

let gateway: VersityGateway;
let prefixCount = 0;

beforeAll(async () => {
  gateway = await startVersityGateway();
  await gateway.makeBucket(BUCKET);
});

afterAll(() => gateway?.remove());

for (const isChecked of [false, true]) {
  describe(`S3 blob engine${isChecked ? ' with checksums' : ''}, seed ${seed}`, () => {
    for (const { name, run } of blobStoreCases) {
      it(name, async () => {
        prefixCount += 1;
        const place = gateway.place(BUCKET, `case-${prefixCount}/`);
        const open = async () => {
          const store = await openS3BlobStore({ place });
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
