/**
 * Each of the chosen engines does what its contract says: rows, bodies, and bodies with checksums. Set ANNALS_TEST_SEED
 * to repeat a failed run.
 */
import { randomInt } from 'node:crypto';
import { checkBlobs } from '@annals/store';
import { blobStoreCases, keyValueStoreCases } from '@annals/store/conformance';
import { describe, it, onTestFinished } from 'vitest';
import { chosenEngines } from '../harness/chosen-engines.js';

const engines = chosenEngines();
if (engines === undefined) throw new Error('Cannot test without engines: start this by "npm run test:engines"');
const { name: pair, makePlace } = engines;
const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));

interface Closable {
  close(): Promise<void>;
}

/** Opens an engine, hands it to the case, and closes the one that is open in the end. */
async function withEngine<Engine extends Closable>(
  open: () => Promise<Engine>,
  run: (store: Engine, reopen: () => Promise<Engine>) => Promise<void>,
): Promise<void> {
  let current = await open();
  const reopen = async (): Promise<Engine> => {
    await current.close();
    current = await open();
    return current;
  };
  try {
    await run(current, reopen);
  } finally {
    await current.close();
  }
}

describe(`rows of ${pair}, seed ${seed}`, () => {
  for (const { name, run } of keyValueStoreCases) {
    it(name, async () => {
      const { openRows, remove } = await makePlace();
      onTestFinished(remove);
      // A watch may also be told without a reason, and some cases count: no look at the database in their time.
      await withEngine(
        () => openRows(true),
        (store, reopen) => run({ store, reopen, seed }),
      );
    });
  }
});

describe.each([false, true])(`bodies of ${pair}, seed ${seed}, with checksums: %s`, (isChecked) => {
  for (const { name, run } of blobStoreCases) {
    it(name, async () => {
      const { openBodies, remove } = await makePlace();
      onTestFinished(remove);
      const open = async () => (isChecked ? checkBlobs(await openBodies()) : openBodies());
      await withEngine(open, (store, reopen) => run({ store, reopen, seed }));
    });
  }
});
