// @ts-check
/** One writer, 1 KiB appends, each durable before its 200: against the sum of bare HTTP and bare write+fdatasync. */
import { openDiskLimit } from '../load/disk.js';
import { startAnnals, startBareServer } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus } from '../load/requests.js';
import { microseconds, percentile, row } from '../load/statistics.js';

/** @type {import('../run.js').Case} */
export async function appendLatency({ folder, scale }) {
  const body = Buffer.alloc(1024, 'a');
  const [bare, annals] = [await startBareServer(), await startAnnals(`${folder}/data`)];
  const [bareConnection, annalsConnection] = [
    await RawConnection.open(bare.port),
    await RawConnection.open(annals.port),
  ];
  /** @type {[number[], number[], number[]]} */
  const [bareMs, diskMs, annalsMs] = [[], [], []];
  const disk = openDiskLimit(folder);
  let position = 0;
  const rounds = 10;
  const warmUpRounds = 6;
  const perRound = Math.ceil(500 * scale);
  // The first rounds only warm up: it takes some thousand requests until everything is compiled. The three take turns,
  // so that a slow moment of the machine hits all of them.
  for (let round = 1 - warmUpRounds; round <= rounds; round += 1) {
    for (let index = 0; index < perRound; index += 1) {
      const startMs = performance.now();
      expectStatus(await bareConnection.send(appendHead('latency', index, body.length), [body]), 200);
      if (round > 0) bareMs.push(performance.now() - startMs);
    }
    const durationsMs = disk.write(body, perRound, true);
    if (round > 0) diskMs.push(...durationsMs);
    for (let index = 0; index < perRound; index += 1) {
      const startMs = performance.now();
      expectStatus(await annalsConnection.send(appendHead('latency', position, body.length), [body]), 200);
      if (round > 0) annalsMs.push(performance.now() - startMs);
      position += body.length;
    }
  }
  disk.close();
  bareConnection.close();
  annalsConnection.close();
  await bare.stop();
  await annals.stop();
  const limitMs = percentile(bareMs, 0.5) + percentile(diskMs, 0.5);
  const measuredMs = percentile(annalsMs, 0.5);
  return [
    row(
      '1 KiB append, one writer, p50',
      `${microseconds(measuredMs)} (p99 ${microseconds(percentile(annalsMs, 0.99))})`,
      `${microseconds(percentile(bareMs, 0.5))} bare HTTP + ${microseconds(percentile(diskMs, 0.5))} write+fdatasync`,
      measuredMs / limitMs,
      '<=',
      3,
    ),
  ];
}
