// @ts-check
/**
 * 1 KiB appends, each durable before its 200, of one writer, 64 and a thousand: against bare HTTP, the disk, and the
 * peers that can append.
 */
import { openDiskLimit } from '../load/disk.js';
import { rowBesidePeer } from '../load/row-beside-peer.js';
import { openAnnals, openBare } from '../load/services.js';
import { microseconds, percentile, rate, row, withSpread } from '../load/statistics.js';
import { byTurns, standingOf } from '../load/turns.js';
import { appending } from '../load/workloads.js';
import { startPeers } from '../peers/peers.js';

const body = Buffer.alloc(1024, 'a');

/** @type {import('../run.js').Case} */
export async function smallAppends({ folder, scale, peers, addContest }) {
  const [bare, annals] = [await openBare(), await openAnnals(`${folder}/data`)];
  const others = await startPeers(peers, folder, 'append');
  const disk = openDiskLimit(folder);
  /** @type {import('../load/statistics.js').Row[]} */
  const rows = [];
  for (const { writers, rounds, turnMs } of [
    { writers: 1, rounds: 10, turnMs: Math.max(500, 2000 * scale) },
    { writers: 64, rounds: 5, turnMs: Math.max(1000, 4000 * scale) },
    { writers: 1000, rounds: 5, turnMs: Math.max(1500, 6000 * scale) },
  ]) {
    /** @type {'wait' | 'rate'} */
    const value = writers === 1 ? 'wait' : 'rate';
    const work = {
      connectionCount: writers,
      turnMs,
      value,
      prefix: `of-${writers}`,
      body,
    };
    const contestants = [
      ...[bare, annals].map((service) => appending(service, work)),
      ...others.services.map((service) => appending(service, { ...work, mayFail: true })),
    ];
    const standings = await byTurns([...(writers === 1 ? [syncing(disk, turnMs)] : []), ...contestants], {
      rounds,
      warmUpRounds: 4,
      turnMs,
    });
    for (const contestant of contestants) contestant.close();
    const place = writers === 1 ? 'one writer' : `${writers.toLocaleString('en')} writers`;
    addContest({
      title: `1 KiB appends, ${place}`,
      kind: 'appends',
      place,
      unit: writers === 1 ? 'ms' : '/s',
      standings,
    });
    rows.push(...(writers === 1 ? rowsOfOne(standings) : rowsOfMany(standings, place)));
    rows.push(...rowsOfPeers(standings, others.peers, writers, place));
  }
  disk.close();
  await others.stop();
  await bare.stop();
  await annals.stop();
  return rows;
}

/**
 * The disk as one that takes turns.
 * @param {ReturnType<typeof openDiskLimit>} disk
 * @param {number} turnMs
 * @returns {import('../load/turns.js').Contestant}
 */
function syncing(disk, turnMs) {
  return {
    name: 'write+fdatasync',
    pids: [],
    async take(share) {
      /** @type {number[]} */
      const waitsMs = [];
      const endMs = performance.now() + turnMs * share;
      while (performance.now() < endMs) waitsMs.push(...disk.write(body, 10, true));
      const acceptedBytes = waitsMs.length * body.length;
      return { value: percentile(waitsMs, 0.5), requests: waitsMs.length, acceptedBytes, waitsMs };
    },
  };
}

/** @param {readonly import('../load/turns.js').Standing[]} standings */
function rowsOfOne(standings) {
  const [annals, bare, disk] = ['Annals', 'bare HTTP', 'write+fdatasync'].map((name) => standingOf(standings, name));
  if (annals === undefined || bare === undefined || disk === undefined) throw new Error('Nothing was measured');
  const limitMs = bare.spread.median + disk.spread.median;
  const p99Ms = annals.p99Ms ?? Number.NaN;
  return [
    row(
      '1 KiB append, one writer, p50',
      `${withSpread(annals.spread, microseconds)}`,
      `${microseconds(bare.spread.median)} bare HTTP + ${microseconds(disk.spread.median)} write+fdatasync`,
      annals.spread.median / limitMs,
      '<=',
      2,
      { spread: annals.spread, costs: annals.costs },
    ),
    row(
      '1 KiB append, one writer, p99',
      microseconds(p99Ms),
      `${microseconds(annals.spread.median)} p50`,
      p99Ms / annals.spread.median,
      '<=',
      8,
    ),
  ];
}

/** @param {readonly import('../load/turns.js').Standing[]} standings @param {string} place */
function rowsOfMany(standings, place) {
  const [annals, bare] = [standingOf(standings, 'Annals'), standingOf(standings, 'bare HTTP')];
  return [
    row(
      `1 KiB appends, ${place}`,
      withSpread(annals.spread, rate),
      `${withSpread(bare.spread, rate)} bare HTTP`,
      annals.spread.median / bare.spread.median,
      '>=',
      0.4,
      { spread: annals.spread, limitSpread: bare.spread, costs: annals.costs },
    ),
    row(
      `1 KiB appends, ${place}: processor time of the server, an append`,
      `${(annals.costs.cpuMicrosecondsPerRequest ?? Number.NaN).toFixed(0)} µs`,
      '90 µs',
      (annals.costs.cpuMicrosecondsPerRequest ?? Number.NaN) / 90,
      '<=',
      1,
    ),
    row(
      `1 KiB appends, ${place}: bytes given to write calls for a byte accepted`,
      (annals.costs.callBytesPerByte ?? Number.NaN).toFixed(2),
      '1',
      annals.costs.callBytesPerByte ?? Number.NaN,
      '<=',
      1.3,
    ),
  ];
}

/**
 * @param {readonly import('../load/turns.js').Standing[]} standings
 * @param {readonly import('../peers/peers.js').Peer[]} peers
 * @param {number} writers
 * @param {string} place
 */
function rowsOfPeers(standings, peers, writers, place) {
  return peers.flatMap(({ name, targets }) => {
    const target = (writers === 1000 && targets.appendOfThousand) || targets.append;
    if (target === undefined) return [];
    const work = `1 KiB appends, ${place}`;
    return rowBesidePeer(standings, { work, own: 'Annals', peer: name, target, isWait: writers === 1 });
  });
}
