// @ts-check
/**
 * 64 writers on 64 objects, 1 KiB appends, each durable before its 200: against bare HTTP answering the same requests.
 */
import { startAnnals, startBareServer } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus } from '../load/requests.js';
import { rate, row } from '../load/statistics.js';

const writerCount = 64;
const body = Buffer.alloc(1024, 'a');

/**
 * @param {RawConnection[]} connections
 * @param {number[]} positions
 * @param {number} durationMs
 */
async function appendAll(connections, positions, durationMs) {
  let count = 0;
  const startMs = performance.now();
  await Promise.all(
    connections.map(async (connection, writer) => {
      while (performance.now() - startMs < durationMs) {
        const position = positions[writer] ?? 0;
        expectStatus(await connection.send(appendHead(`writer-${writer}`, position, body.length), [body]), 200);
        positions[writer] = position + body.length;
        count += 1;
      }
    }),
  );
  return (count / (performance.now() - startMs)) * 1000;
}

/** @param {number} port */
const openAll = (port) => Promise.all(Array.from({ length: writerCount }, () => RawConnection.open(port)));

/** @type {import('../run.js').Case} */
export async function appendThroughput({ folder, scale }) {
  const [bare, annals] = [await startBareServer(), await startAnnals(`${folder}/data`)];
  const [bareConnections, annalsConnections] = [await openAll(bare.port), await openAll(annals.port)];
  const positions = new Array(writerCount).fill(0);
  let [bareBest, annalsSum] = [0, 0];
  const rounds = 3;
  const roundMs = 4000 * scale;
  await appendAll(bareConnections, new Array(writerCount).fill(0), roundMs / 2);
  await appendAll(annalsConnections, positions, roundMs / 2);
  for (let round = 0; round < rounds; round += 1) {
    bareBest = Math.max(bareBest, await appendAll(bareConnections, new Array(writerCount).fill(0), roundMs));
    annalsSum += await appendAll(annalsConnections, positions, roundMs);
  }
  for (const connection of [...bareConnections, ...annalsConnections]) connection.close();
  await bare.stop();
  await annals.stop();
  const measured = annalsSum / rounds;
  return [
    row('1 KiB appends, 64 writers', rate(measured), `${rate(bareBest)} bare HTTP`, measured / bareBest, '>=', 0.25),
  ];
}
