// @ts-check
/**
 * Appends of 16 KiB to 8 MiB, each durable before its 200: against bare HTTP that takes bodies of that size, and the
 * disk. The file of the disk grows and is removed at the end only, so that its blocks are new ones; it is synced after
 * as many bytes as the writers have under way, since a server may sync these together.
 */
import { randomFillSync } from 'node:crypto';
import { openDiskLimit } from '../load/disk.js';
import { openAnnals, openBare } from '../load/services.js';
import { megabytes, row, withSpread } from '../load/statistics.js';
import { byTurns, inMegabytes, standingOf } from '../load/turns.js';
import { appending } from '../load/workloads.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const SYNCED_BYTES_MAX = 32 * MIB;

/** @type {readonly { length: number, writers: number, target: number, of: 'slower' | 'disk' }[]} */
const SIZES = [
  ...[16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, MIB].map((length) => ({
    length,
    writers: 16,
    target: 0.7,
    of: /** @type {const} */ ('slower'),
  })),
  { length: 8 * MIB, writers: 1, target: 0.75, of: 'disk' },
  { length: 8 * MIB, writers: 4, target: 0.9, of: 'disk' },
];

/** @param {number} length */
const sizeOf = (length) => (length >= MIB ? `${length / MIB} MiB` : `${length / KIB} KiB`);

/** @type {import('../run.js').Case} */
export async function bodies({ folder, scale, addContest }) {
  const rows = [];
  /** @type {{ size: string, median: number }[]} */
  const before = [];
  let worst = { text: '', limit: '', ratio: Number.POSITIVE_INFINITY };
  for (const { length, writers, target, of } of SIZES) {
    const [bare, annals] = [await openBare(), await openAnnals(`${folder}/data-${length}-${writers}`)];
    const disk = openDiskLimit(folder);
    const body = randomFillSync(Buffer.alloc(length));
    const work = {
      connectionCount: writers,
      turnMs: Math.max(1000, 3000 * scale),
      value: /** @type {const} */ ('bytes'),
      prefix: 'a',
      body,
    };
    const [fromBare, fromAnnals] = [appending(bare, work), appending(annals, work)];
    const standings = await byTurns([fillingDisk(disk, length * writers, work.turnMs), fromBare, fromAnnals], {
      rounds: 3,
      turnMs: work.turnMs,
    });
    for (const contestant of [fromBare, fromAnnals]) contestant.close();
    disk.close();
    await bare.stop();
    await annals.stop();
    const [own, http, written] = ['Annals', 'bare HTTP', 'write+fdatasync'].map((name) => standingOf(standings, name));
    if (own === undefined || http === undefined || written === undefined) throw new Error('Nothing was measured');
    const place = `${sizeOf(length)}, ${writers === 1 ? 'one writer' : `${writers} writers`}`;
    addContest({
      title: `Appends of ${place}`,
      kind: 'bodies',
      place,
      unit: 'MB/s',
      standings: inMegabytes(standings),
    });
    const limit = of === 'slower' && http.spread.median < written.spread.median ? http : written;
    const { spread, costs } = own;
    const ratio = spread.median / limit.spread.median;
    const [measured, against] = [withSpread(spread, megabytes), withSpread(limit.spread, megabytes)];
    rows.push(
      row(`Appends of ${place}`, measured, `${against} ${limit.name}`, ratio, '>=', target, {
        spread,
        limitSpread: limit.spread,
        costs,
      }),
    );
    const amplification = costs.callBytesPerByte ?? Number.NaN;
    const name = `Appends of ${place}: bytes given to write calls for a byte accepted`;
    if (length <= MIB) rows.push(row(name, amplification.toFixed(2), '1', amplification, '<=', 1.3));
    for (const { size, median } of writers === 16 ? before : []) {
      const share = spread.median / median;
      if (share >= worst.ratio) continue;
      worst = {
        text: `${megabytes(spread.median)} with ${sizeOf(length)}`,
        limit: `${megabytes(median)} with ${size}`,
        ratio: share,
      };
    }
    if (writers === 16) before.push({ size: sizeOf(length), median: spread.median });
  }
  rows.push(
    row('The size that is slowest beside a smaller one, 16 writers', worst.text, worst.limit, worst.ratio, '>=', 1),
  );
  return rows;
}

/**
 * @param {ReturnType<typeof openDiskLimit>} disk
 * @param {number} underWayBytes
 * @param {number} turnMs
 * @returns {import('../load/turns.js').Contestant}
 */
function fillingDisk(disk, underWayBytes, turnMs) {
  const piece = randomFillSync(Buffer.alloc(Math.min(SYNCED_BYTES_MAX, underWayBytes)));
  return {
    name: 'write+fdatasync',
    pids: [],
    async take(share) {
      const startMs = performance.now();
      let count = 0;
      for (; performance.now() - startMs < turnMs * share; count += 1) disk.write(piece, 1, true);
      const acceptedBytes = count * piece.length;
      return { value: (acceptedBytes / (performance.now() - startMs)) * 1000, requests: count, acceptedBytes };
    },
  };
}
