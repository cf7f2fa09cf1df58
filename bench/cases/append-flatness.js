// @ts-check
/** 200,000 appends to one object: the last thousand against the first thousand. */
import { startAnnals } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus } from '../load/requests.js';
import { mean, microseconds, row } from '../load/statistics.js';

/** @type {import('../run.js').Case} */
export async function appendFlatness({ folder, scale }) {
  const body = Buffer.alloc(1024, 'a');
  const annals = await startAnnals(`${folder}/data`);
  const connection = await RawConnection.open(annals.port);
  const count = Math.max(4000, Math.ceil(200_000 * scale));
  const durationsMs = new Float64Array(count);
  // Warms the server up on another object, or the first thousand would look slow and flatter us.
  for (let index = 0; index < 3000; index += 1) {
    expectStatus(await connection.send(appendHead('warm-up', index * body.length, body.length), [body]), 200);
  }
  for (let index = 0; index < count; index += 1) {
    const startMs = performance.now();
    expectStatus(await connection.send(appendHead('flat', index * body.length, body.length), [body]), 200);
    durationsMs[index] = performance.now() - startMs;
  }
  connection.close();
  await annals.stop();
  const first = mean([...durationsMs.subarray(0, 1000)]);
  const last = mean([...durationsMs.subarray(count - 1000)]);
  return [
    row(
      `${count.toLocaleString('en')} appends to one object: mean of the last 1,000`,
      microseconds(last),
      `${microseconds(first)} first 1,000`,
      last / first,
      '<=',
      1.3,
    ),
  ];
}
