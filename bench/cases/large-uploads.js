// @ts-check
/**
 * 5 GiB in 8 MiB appends and 5 GiB in one PutObject: throughput against write+fdatasync of the same bytes, and the
 * server's memory. Where the disk is faster than Node can take bytes from a socket, or faster than one core computes
 * MD5, the disk is not the limit: so the slowest of the limits has a line of its own.
 */
import { createHash, randomFillSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { writeAndSync } from '../load/disk.js';
import { peakMemoryBytes, startAnnals, startBareServer } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus, putHead } from '../load/requests.js';
import { megabytes, row } from '../load/statistics.js';

const pieceLength = 8 * 2 ** 20;
const memoryBytesMax = 300 * 2 ** 20;

/** The best round counts, of the server as of the disk: disks are often slower on blocks they have never written. */
const ROUND_COUNT = 3;

/**
 * @param {number} lengthBytes
 * @param {() => Promise<void> | void} work
 * @returns {Promise<number>} Bytes a second.
 */
async function rateOf(lengthBytes, work) {
  const startMs = performance.now();
  await work();
  return (lengthBytes / (performance.now() - startMs)) * 1000;
}

/**
 * @param {number} port
 * @param {(connection: RawConnection) => Promise<void>} send
 * @param {number} lengthBytes
 */
async function sendRate(port, send, lengthBytes) {
  const connection = await RawConnection.open(port);
  const bytesPerSecond = await rateOf(lengthBytes, () => send(connection));
  connection.close();
  return bytesPerSecond;
}

/** @type {import('../run.js').Case} */
export async function largeUploads({ folder, scale }) {
  const piece = randomFillSync(Buffer.alloc(pieceLength));
  const count = Math.max(8, Math.ceil(640 * scale));
  const total = count * pieceLength;
  const disk = (/** @type {boolean} */ syncEach) =>
    (total / writeAndSync(folder, piece, count, syncEach).totalMs) * 1000;
  const md5 = await rateOf(total / 4, () => {
    const hash = createHash('md5');
    for (let index = 0; index < count / 4; index += 1) hash.update(piece);
    hash.digest();
  });
  const size = `${total / 2 ** 30} GiB`;
  const rows = [];

  for (const { name, data, syncEach, send, otherLimits } of [
    {
      name: `${size} in 8 MiB appends`,
      data: 'data-append',
      syncEach: true,
      send: async (/** @type {RawConnection} */ connection) => {
        for (let index = 0; index < count; index += 1) {
          expectStatus(await connection.send(appendHead('large', index * pieceLength, pieceLength), [piece]), 200);
        }
      },
      otherLimits: [],
    },
    {
      name: `${size} in one PutObject`,
      data: 'data-put',
      syncEach: false,
      send: async (/** @type {RawConnection} */ connection) => {
        expectStatus(await connection.send(putHead('large-put', total), new Array(count).fill(piece)), 200);
      },
      otherLimits: [{ limit: 'MD5 on one core', bytesPerSecond: md5 }],
    },
  ]) {
    let [best, measured, memory] = [disk(syncEach), 0, 0];
    const bare = await startBareServer();
    const http = await sendRate(bare.port, send, total);
    await bare.stop();
    for (let round = 0; round < ROUND_COUNT; round += 1) {
      const annals = await startAnnals(`${folder}/${data}`);
      measured = Math.max(measured, await sendRate(annals.port, send, total));
      memory = Math.max(memory, peakMemoryBytes(annals.pid) ?? 0);
      await annals.stop();
      rmSync(`${folder}/${data}`, { recursive: true });
      best = Math.max(best, disk(syncEach));
    }
    rows.push(row(name, megabytes(measured), `${megabytes(best)} write+fdatasync`, measured / best, '>=', 0.6));
    const limits = [
      { limit: 'write+fdatasync', bytesPerSecond: best },
      { limit: 'bare HTTP', bytesPerSecond: http },
      ...otherLimits,
    ].sort((left, right) => left.bytesPerSecond - right.bytesPerSecond);
    const slowest = limits[0];
    if (slowest === undefined) throw new Error('Nothing was measured');
    rows.push(
      row(
        `${name}, against the slowest limit`,
        megabytes(measured),
        limits.map(({ limit, bytesPerSecond }) => `${megabytes(bytesPerSecond)} ${limit}`).join(', '),
        measured / slowest.bytesPerSecond,
        '>=',
        0.6,
      ),
    );
    if (memory > 0) {
      const peak = `${(memory / 2 ** 20).toFixed(0)} MiB peak`;
      rows.push(row(`${name}: server memory`, peak, '300 MiB', memory / memoryBytesMax, '<=', 1));
    }
  }
  return rows;
}
