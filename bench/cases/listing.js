// @ts-check
/** A listing of a million keys in deep prefixes: page 900 of a thousand common prefixes against page 1. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { BUCKET, startAnnals } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { expectStatus, listHead } from '../load/requests.js';
import { percentile, row } from '../load/statistics.js';

const PREFIX = 'region/site/camera/';
const pageLength = 1000;

/** @type {import('../run.js').Case} */
export async function listing({ folder, scale }) {
  const keyCount = Math.max(20_000, Math.ceil(1_000_000 * scale));
  const data = `${folder}/data`;
  mkdirSync(data);
  // The bucket is made by the server, so that it has the owner it should have.
  await (await startAnnals(data)).stop();
  // Straight into the store, where a million keys take a minute: how they came there makes no difference to a listing.
  const filling = new Worker(new URL('../load/fill-store.js', import.meta.url), {
    workerData: { data, bucket: BUCKET, prefix: PREFIX, keyCount },
  });
  const [code] = await once(filling, 'exit');
  if (code !== 0) throw new Error(`The store could not be filled: exit code ${code}`);

  const annals = await startAnnals(data);
  const connection = await RawConnection.open(annals.port);
  const lastPage = Math.floor((keyCount / pageLength) * 0.9);
  /** @param {number} page From 1. */
  const measurePage = async (page) => {
    const marker = page === 1 ? '' : `${PREFIX}${String((page - 1) * pageLength - 1).padStart(8, '0')}/`;
    const startMs = performance.now();
    const answer = await connection.send(listHead(PREFIX, marker, pageLength));
    const elapsedMs = performance.now() - startMs;
    expectStatus(answer, 200);
    const count = answer.body.toString().split('<CommonPrefixes>').length - 1;
    if (count !== pageLength) throw new Error(`Page ${page} has ${count} common prefixes, expected ${pageLength}`);
    return elapsedMs;
  };
  /** @type {[number[], number[]]} */
  const [firstMs, lastMs] = [[], []];
  for (let round = 0; round < 30; round += 1) {
    const [first, last] = [await measurePage(1), await measurePage(lastPage)];
    // The first rounds warm up.
    if (round < 5) continue;
    firstMs.push(first);
    lastMs.push(last);
  }
  connection.close();
  await annals.stop();
  const [first, last] = [percentile(firstMs, 0.5), percentile(lastMs, 0.5)];
  return [
    row(
      `Listing ${keyCount.toLocaleString('en')} keys by prefix: page ${lastPage}`,
      `${last.toFixed(1)} ms`,
      `${first.toFixed(1)} ms page 1`,
      last / first,
      '<=',
      1.5,
    ),
  ];
}
