// @ts-check
/** How many times as fast as a peer a contestant was in the same turns. */
import { microseconds, rate, row, withSpread } from './statistics.js';
import { standingOf } from './turns.js';

/**
 * @param {readonly import('./turns.js').Standing[]} standings
 * @param {object} comparison
 * @param {string} comparison.work What both did.
 * @param {string} comparison.own Name of the contestant.
 * @param {string} comparison.peer Name of the other one.
 * @param {string} [comparison.remark] Behind its name.
 * @param {number} comparison.target
 * @param {boolean} [comparison.isWait] Waits were measured, where less is faster; default: rates.
 * @returns {import('./statistics.js').Row[]} None when the peer was not measured.
 */
export function rowBesidePeer(standings, { work, own, peer, remark = '', target, isWait = false }) {
  const limitSpread = standings.find(({ name }) => name === peer)?.spread;
  if (limitSpread === undefined) return [];
  const { spread } = standingOf(standings, own);
  const format = isWait ? microseconds : rate;
  return [
    row(
      `${work}, times as fast as ${peer}${remark}`,
      withSpread(spread, format),
      `${withSpread(limitSpread, format)} ${peer}`,
      isWait ? limitSpread.median / spread.median : spread.median / limitSpread.median,
      '>=',
      target,
      { spread, limitSpread },
    ),
  ];
}
