// @ts-check

/**
 * @param {readonly number[]} values
 * @param {number} fraction 0.5 is the median.
 */
export function percentile(values, fraction) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** @param {readonly number[]} values */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * What the rounds of a run measured.
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 */

/**
 * @param {readonly number[]} values One for each round.
 * @returns {Spread}
 */
export function spreadOf(values) {
  return { median: percentile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * One line of the table.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} measured
 * @property {string} limit What the machine can do at most, measured in the same run.
 * @property {number} ratio
 * @property {'<=' | '>='} relation
 * @property {number} target
 * @property {Spread} [spread] Of what was measured, over the rounds.
 * @property {Spread} [limitSpread]
 * @property {import('./process-costs.js').Costs} [costs] Of the server that was measured.
 */

/**
 * @param {string} name
 * @param {string} measured
 * @param {string} limit
 * @param {number} ratio
 * @param {'<=' | '>='} relation
 * @param {number} target
 * @param {Pick<Row, 'spread' | 'limitSpread' | 'costs'>} details
 * @returns {Row}
 */
export function row(name, measured, limit, ratio, relation, target, details = {}) {
  return { name, measured, limit, ratio, relation, target, ...details };
}

/** @param {Row} line */
export function isReached(line) {
  return line.relation === '<=' ? line.ratio <= line.target : line.ratio >= line.target;
}

/** @param {number} ms */
export const microseconds = (ms) => `${(ms * 1000).toFixed(0)} µs`;
/** @param {number} perSecond */
export const rate = (perSecond) => `${perSecond.toFixed(0)}/s`;
/** @param {number} bytesPerSecond */
export const megabytes = (bytesPerSecond) => `${(bytesPerSecond / 1e6).toFixed(0)} MB/s`;

/**
 * @param {Spread} spread
 * @param {(value: number) => string} format
 */
export const withSpread = ({ median, min, max }, format) => `${format(median)} (${format(min)} to ${format(max)})`;

/** @returns {number} Milliseconds of a clock that all processes of a machine share; it never goes back. */
export const sharedNowMs = () => Number(process.hrtime.bigint()) / 1e6;
