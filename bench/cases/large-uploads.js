// @ts-check
/**
 * 5 GiB in one PutObject, and in 8 MiB appends for the server's memory: throughput against write+fdatasync of the same
 * bytes, bare HTTP and, for PutObject, MD5 on one core. What is slowest is the limit.
 */
import { createHash, randomFillSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { writeAndSync } from '../load/disk.js';
import { peakMemoryBytes } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus, putHead } from '../load/requests.js';
import { openAnnals, openBare } from '../load/services.js';
import { megabytes, row, withSpread } from '../load/statistics.js';
import { byTurns, inMegabytes, standingOf } from '../load/turns.js';

const pieceLength = 8 * 2 ** 20;
const memoryBytesMax = 300 * 2 ** 20;
const ROUND_COUNT = 3;

/**
 * @param {string} name
 * @param {number} bytes
 * @param {() => Promise<void> | void} work
 * @returns {import('../load/turns.js').Contestant}
 */
const working = (name, bytes, work) => ({
  name,
  pids: [],
  async take() {
    const startMs = performance.now();
    await work();
    return { value: (bytes / (performance.now() - startMs)) * 1000, requests: 1, acceptedBytes: bytes };
  },
});

/** @type {import('../run.js').Case} */
export async function largeUploads({ folder, scale, addContest }) {
  const piece = randomFillSync(Buffer.alloc(pieceLength));
  const count = Math.max(8, Math.ceil(640 * scale));
  const total = count * pieceLength;
  const size = `${Number((total / 2 ** 30).toFixed(2))} GiB`;
  const md5 = working('MD5 on one core', total, () => {
    const hash = createHash('md5');
    for (let index = 0; index < count; index += 1) hash.update(piece);
    hash.digest();
  });
  const rows = [];
  for (const { name, data, syncEach, send, others, target } of [
    {
      name: `${size} in 8 MiB appends`,
      data: `${folder}/data-append`,
      syncEach: true,
      send: async (/** @type {RawConnection} */ connection, /** @type {string} */ key) => {
        for (let index = 0; index < count; index += 1) {
          expectStatus(await connection.send(appendHead(key, index * pieceLength, pieceLength), [piece]), 200);
        }
      },
      others: [],
      target: 0.75,
    },
    {
      name: `${size} in one PutObject`,
      data: `${folder}/data-put`,
      syncEach: false,
      send: async (/** @type {RawConnection} */ connection, /** @type {string} */ key) => {
        expectStatus(await connection.send(putHead(key, total), new Array(count).fill(piece)), 200);
      },
      others: [md5],
      target: 0.9,
    },
  ]) {
    const [bare, annals] = [await openBare(), await openAnnals(data)];
    /** @param {import('../load/services.js').Service} service @returns {import('../load/turns.js').Contestant} */
    const sending = (service) => {
      let round = 0;
      const turns = working(service.name, total, async () => {
        const connection = await RawConnection.open(service.port);
        round += 1;
        await send(connection, `large-${round}`);
        connection.close();
      });
      return { ...turns, pids: service.pids };
    };
    const disk = working('write+fdatasync', total, () => void writeAndSync(folder, piece, count, syncEach));
    const standings = await byTurns([disk, ...others, sending(bare), sending(annals)], {
      rounds: ROUND_COUNT,
      warmUpRounds: 0,
    });
    const memory = peakMemoryBytes(annals.pids[0] ?? 0) ?? 0;
    await bare.stop();
    await annals.stop();
    rmSync(data, { recursive: true });
    addContest({ title: name, kind: 'others', place: size, unit: 'MB/s', standings: inMegabytes(standings) });
    const { spread, costs } = standingOf(standings, 'Annals');
    const [limit] = ['write+fdatasync', ...others.map((other) => other.name)]
      .map((other) => standingOf(standings, other))
      .sort((left, right) => left.spread.median - right.spread.median);
    if (limit === undefined) throw new Error('Nothing was measured');
    rows.push(
      row(
        name,
        withSpread(spread, megabytes),
        `${withSpread(limit.spread, megabytes)} ${limit.name}`,
        spread.median / limit.spread.median,
        '>=',
        target,
        { spread, limitSpread: limit.spread, costs },
      ),
    );
    if (memory > 0) {
      const peak = `${(memory / 2 ** 20).toFixed(0)} MiB peak`;
      rows.push(row(`${name}: server memory`, peak, '300 MiB', memory / memoryBytesMax, '<=', 1));
    }
  }
  return rows;
}
