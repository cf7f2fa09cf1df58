// @ts-check
/**
 * Measures several by turns, so that a slow moment of the machine hits all of them. One that may fail (a peer) is left
 * out from its first failure on, which is reported; any other failure ends the run.
 */
import { bytesBetween, processorTime, readBooks, settle } from './process-costs.js';
import { percentile, spreadOf } from './statistics.js';

/**
 * What one turn did.
 * @typedef {object} Turn
 * @property {number} value In the unit of the contest.
 * @property {number} requests
 * @property {number} acceptedBytes Bodies that were accepted.
 * @property {readonly number[]} [waitsMs] How long each answer took.
 */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {readonly number[]} pids Processes whose costs count; none for what runs in the load generator.
 * @property {(share: number) => Promise<Turn>} take With the share of a whole turn that is to be done.
 * @property {boolean} [mayFail]
 */

/**
 * @typedef {object} Standing
 * @property {string} name
 * @property {import('./statistics.js').Spread} [spread] Undefined when it failed.
 * @property {number} [p50Ms] Of all answers of the rounds that count.
 * @property {number} [p99Ms]
 * @property {import('./process-costs.js').Costs} costs Processor time counts in the turns after the warm-up, when
 *   programs are compiled and nobody else works; bytes from its start until the server has settled after the last turn,
 *   since they follow late.
 * @property {string} [failure]
 */

/**
 * What several did of the same work.
 * @typedef {object} Contest
 * @property {string} title
 * @property {'appends' | 'bodies' | 'reads' | 'others'} kind Which picture shows it.
 * @property {string} place Where in the picture, such as the number of writers.
 * @property {'/s' | 'ms' | 'MB/s'} unit
 * @property {Standing[]} standings
 */

/**
 * A program that has just started answers a request several times as slowly as later: so long each works before it
 * counts, whatever the scale.
 */
const WARM_UP_MS = 4000;

/**
 * @param {readonly Contestant[]} contestants
 * @param {{ rounds: number, warmUpRounds?: number, turnMs?: number }} options `turnMs`: how long a whole turn takes;
 *   undefined where a turn is an amount of work: then each round of the warm-up is half of it.
 * @returns {Promise<Standing[]>} In the order of the contestants.
 */
export async function byTurns(contestants, { rounds, warmUpRounds = 1, turnMs }) {
  const warmUpShare = Math.max(0.5, turnMs === undefined ? 0 : WARM_UP_MS / warmUpRounds / turnMs);
  const entries = contestants.map((contestant) => ({
    contestant,
    booksAtStart: readBooks(contestant.pids),
    /** @type {Turn[]} */
    counted: [],
    acceptedBytes: 0,
    cpuMs: 0,
    /** @type {string | undefined} */
    failure: undefined,
  }));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    // The order alternates, since who comes second finds other caches.
    for (const entry of round % 2 === 0 ? entries : [...entries].reverse()) {
      if (entry.failure !== undefined) continue;
      try {
        const before = readBooks(entry.contestant.pids);
        const turn = await entry.contestant.take(round < 0 ? warmUpShare : 1);
        entry.acceptedBytes += turn.acceptedBytes;
        if (round < 0) continue;
        entry.counted.push(turn);
        entry.cpuMs += (readBooks(entry.contestant.pids)?.cpuMs ?? Number.NaN) - (before?.cpuMs ?? Number.NaN);
      } catch (error) {
        if (entry.contestant.mayFail !== true) throw error;
        entry.failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  await settle(contestants.flatMap(({ pids }) => pids));
  /** @type {Standing[]} */
  const standings = [];
  for (const entry of entries) {
    const { name, pids } = entry.contestant;
    if (entry.failure !== undefined) {
      standings.push({ name, costs: {}, failure: entry.failure });
      continue;
    }
    const waitsMs = entry.counted.flatMap((turn) => turn.waitsMs ?? []);
    standings.push({
      name,
      spread: spreadOf(entry.counted.map((turn) => turn.value)),
      ...(waitsMs.length > 0 && { p50Ms: percentile(waitsMs, 0.5), p99Ms: percentile(waitsMs, 0.99) }),
      costs: {
        ...bytesBetween(entry.booksAtStart, readBooks(pids), entry.acceptedBytes),
        ...processorTime(entry.cpuMs, sumOf(entry.counted)),
      },
    });
  }
  return standings;
}

/** @param {readonly Turn[]} turns */
const sumOf = (turns) => turns.reduce((sum, { requests }) => sum + requests, 0);

/**
 * @param {readonly Standing[]} standings
 * @param {string} name
 * @returns {Standing & { spread: import('./statistics.js').Spread }}
 * @throws {Error} When there is none of that name, or it failed.
 */
export function standingOf(standings, name) {
  const found = standings.find((standing) => standing.name === name);
  if (found?.spread === undefined) throw new Error(`${name} was not measured${found ? `: ${found.failure}` : ''}`);
  return { ...found, spread: found.spread };
}

/**
 * @param {readonly Standing[]} standings In bytes a second.
 * @returns {Standing[]}
 */
export function inMegabytes(standings) {
  return standings.map(({ spread, ...standing }) => ({
    ...standing,
    ...(spread && { spread: { median: spread.median / 1e6, min: spread.min / 1e6, max: spread.max / 1e6 } }),
  }));
}
