// @ts-check
/** 5 GiB in 8 MiB appends and 5 GiB in one PutObject: throughput against write+fdatasync of the same bytes, and the server's memory. */
import { randomFillSync } from 'node:crypto';
import { writeAndSync } from '../load/disk.js';
import { peakMemoryBytes, startAnnals } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus, putHead } from '../load/requests.js';
import { megabytes, row } from '../load/statistics.js';

const pieceLength = 8 * 2 ** 20;
const memoryBytesMax = 300 * 2 ** 20;

/** @type {import('../run.js').Case} */
export async function largeUploads({ folder, scale }) {
  const piece = randomFillSync(Buffer.alloc(pieceLength));
  const count = Math.max(8, Math.ceil(640 * scale));
  const total = count * pieceLength;
  // Once before, once after, and the better one counts: disks are often slower on blocks they have never written.
  const limit = (/** @type {boolean} */ syncEach) =>
    (total / writeAndSync(folder, piece, count, syncEach).totalMs) * 1000;
  const rows = [];

  for (const [name, syncEach, send] of /** @type {const} */ ([
    [
      `${total / 2 ** 30} GiB in 8 MiB appends`,
      true,
      async (/** @type {RawConnection} */ connection) => {
        for (let index = 0; index < count; index += 1) {
          expectStatus(await connection.send(appendHead('large', index * pieceLength, pieceLength), [piece]), 200);
        }
      },
    ],
    [
      `${total / 2 ** 30} GiB in one PutObject`,
      false,
      async (/** @type {RawConnection} */ connection) => {
        expectStatus(await connection.send(putHead('large-put', total), new Array(count).fill(piece)), 200);
      },
    ],
  ])) {
    const before = limit(syncEach);
    const annals = await startAnnals(`${folder}/data-${syncEach ? 'append' : 'put'}`);
    const connection = await RawConnection.open(annals.port);
    const startMs = performance.now();
    await send(connection);
    const measured = (total / (performance.now() - startMs)) * 1000;
    const memory = peakMemoryBytes(annals.pid);
    connection.close();
    await annals.stop();
    const best = Math.max(before, limit(syncEach));
    rows.push(row(name, megabytes(measured), `${megabytes(best)} write+fdatasync`, measured / best, '>=', 0.6));
    if (memory !== undefined) {
      rows.push(
        row(
          `${name}: server memory`,
          `${(memory / 2 ** 20).toFixed(0)} MiB peak`,
          '300 MiB',
          memory / memoryBytesMax,
          '<=',
          1,
        ),
      );
    }
  }
  return rows;
}
