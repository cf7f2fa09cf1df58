// @ts-check
/**
 * Whether everybody gets a share: a thousand and ten thousand connections that append, against 64; and 1 KiB appends
 * beside four streams of 8 MiB appends, against alone.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openDiskLimit } from '../load/disk.js';
import { startDiskStreams } from '../load/disk-streams.js';
import { openAnnals } from '../load/services.js';
import { percentile, rate, row, spreadOf, withSpread } from '../load/statistics.js';
import { byTurns, standingOf } from '../load/turns.js';
import { waitsBeside } from '../load/waits-beside.js';
import { appending, drive, openConnections } from '../load/workloads.js';

const body = Buffer.alloc(1024, 'a');
const COUNTS = [64, 1000, 10_000];

/** @type {import('../run.js').Case} */
export async function fairness({ folder, scale, addContest }) {
  return [...(await manyConnections(folder, scale, addContest)), await besideStreams(folder, scale)];
}

/** @param {number} count */
const nameOf = (count) => `${count.toLocaleString('en')} connections`;

/**
 * @param {string} folder
 * @param {number} scale
 * @param {(contest: import('../load/turns.js').Contest) => void} addContest
 */
async function manyConnections(folder, scale, addContest) {
  const settings = `${folder}/annals.yaml`;
  // By default a server takes as many as half of its descriptors, which may be less, and answers 503 to more requests
  // than may wait for their turn.
  writeFileSync(settings, 'limits:\n  connections: 12000\n  waiting-requests: 12000\n');
  const annals = await openAnnals(`${folder}/many`, ['--config', settings]);
  // Ten thousand connections that each append a few times.
  const work = { turnMs: Math.max(3000, 8000 * scale), value: /** @type {const} */ ('rate'), body };
  const contestants = COUNTS.map((connectionCount) => ({
    ...appending(annals, { ...work, connectionCount, prefix: `of-${connectionCount}` }),
    name: nameOf(connectionCount),
    // The same server for all: its costs are in none.
    pids: [],
  }));
  const standings = await byTurns(contestants, { rounds: 3, turnMs: work.turnMs });
  for (const contestant of contestants) contestant.close();
  await annals.stop();
  addContest({
    title: '1 KiB appends by number of connections',
    kind: 'others',
    place: 'Annals',
    unit: '/s',
    standings,
  });
  const few = standingOf(standings, nameOf(64));
  return COUNTS.slice(1).flatMap((count) => {
    const many = standingOf(standings, nameOf(count));
    const [p50Ms, p99Ms] = [many.p50Ms ?? Number.NaN, many.p99Ms ?? Number.NaN];
    return [
      row(
        `1 KiB appends, ${nameOf(count)} in sum`,
        withSpread(many.spread, rate),
        `${withSpread(few.spread, rate)} of 64`,
        many.spread.median / few.spread.median,
        '>=',
        1,
        { spread: many.spread, limitSpread: few.spread },
      ),
      row(
        `1 KiB appends, ${nameOf(count)}: p99`,
        `${p99Ms.toFixed(0)} ms`,
        `${p50Ms.toFixed(0)} ms p50`,
        p99Ms / p50Ms,
        '<=',
        10,
      ),
    ];
  });
}

/**
 * @param {string} folder
 * @param {number} scale
 */
async function besideStreams(folder, scale) {
  const annals = await openAnnals(`${folder}/beside`);
  const { append } = annals;
  if (append === undefined) throw new Error('Annals cannot append');
  const streams = await openConnections(annals.port, 4);
  const pieceLength = 8 * 2 ** 20;
  const piece = Buffer.alloc(pieceLength, 's');
  const positions = new Array(streams.length).fill(0);
  const turnMs = Math.max(1000, 5000 * scale);
  const stream = () =>
    drive(streams, turnMs, async (connection, index) => {
      await append(connection, `stream-${index}`, positions[index], piece);
      positions[index] += piece.length;
    });
  /** @type {[number[], number[], number[]]} */
  const [alone, beside, ofDisk] = [[], [], []];
  for (let round = -1; round < 3; round += 1) {
    const aloneMs = await p99Beside(annals.port, `alone-${round}`, () => pause(turnMs));
    const besideMs = await p99Beside(annals.port, `beside-${round}`, stream);
    if (round < 0) continue;
    alone.push(aloneMs);
    beside.push(besideMs);
    ofDisk.push(await p99OfDisk(folder, { count: streams.length, pieceLength }, turnMs));
  }
  for (const connection of streams) connection.close();
  await annals.stop();
  const milliseconds = (/** @type {number} */ ms) => `${ms.toFixed(1)} ms`;
  const [spread, limitSpread] = [spreadOf(beside), spreadOf(alone)];
  return row(
    'p99 of 1 KiB appends beside four streams of 8 MiB appends',
    withSpread(spread, milliseconds),
    `${withSpread(limitSpread, milliseconds)} alone; write+fdatasync beside such streams ${withSpread(spreadOf(ofDisk), milliseconds)}`,
    spread.median / limitSpread.median,
    '<=',
    5,
    { spread, limitSpread },
  );
}

/**
 * Appends of one writer in a process of its own, until `work` ends.
 * @param {number} port
 * @param {string} key
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} Milliseconds.
 */
async function p99Beside(port, key, work) {
  return percentile((await waitsBeside(port, key, work)).waits, 0.99);
}

/**
 * One small write and sync after the other, beside programs that write large pieces and sync them.
 * @param {string} folder
 * @param {{ count: number, pieceLength: number }} streams
 * @param {number} turnMs
 * @returns {Promise<number>} Milliseconds.
 */
async function p99OfDisk(folder, streams, turnMs) {
  const disk = openDiskLimit(folder);
  const stop = await startDiskStreams(folder, streams);
  /** @type {number[]} */
  const waitsMs = [];
  const endMs = performance.now() + turnMs;
  while (performance.now() < endMs) waitsMs.push(...disk.write(body, 1, true));
  await stop();
  disk.close();
  return percentile(waitsMs, 0.99);
}
