// @ts-check
/**
 * What a run wrote, as the page reads it.
 * @typedef {object} Results
 * @property {{ cpu?: string, cores: number, node: string, platform: string }} machine
 * @property {string} date
 * @property {number} scale
 * @property {number} minutes How long the run took.
 * @property {{ average: number, isIdle: boolean }} load Before the run.
 * @property {import('../peers/peers.js').PeerState[]} peers
 * @property {{ case: string, failure: string }[]} failures Cases that ended early.
 * @property {import('../load/turns.js').Contest[]} contests
 * @property {MeasuredRow[]} rows
 */

/** @typedef {import('../load/statistics.js').Row & { case: string, isReached: boolean }} MeasuredRow */

/** One figure for one line of text or one bar, with about three digits. @param {number} value */
export function inShort(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(0);
  return value >= 1 ? value.toFixed(1) : value.toFixed(3);
}
