// @ts-check
/** The figures of a run as Markdown: targets, everybody's figures side by side, and what peers promise. */
import { inShort } from './results.js';

/** Of these measurements, README.md has the first row. */
const KEY_FIGURES = [
  /^1 KiB append, one writer, p50$/,
  /^1 KiB appends, 64 writers$/,
  /^Appends of 8 MiB, 4 writers$/,
  /^GET of a .* appended object$/,
];

/** @param {import('./results.js').Results} results */
function runOf({ date, machine, scale, minutes, load }) {
  const work = scale === 1 ? '' : `, at ${scale} of the full work`;
  const average = load.average.toFixed(1);
  const busy = load.isIdle
    ? []
    : [`**The machine was not idle** (load average ${average} before the run): compare ratios only.`];
  const where = `${machine.cores} cores (${machine.cpu ?? 'unknown'}), Node ${machine.node}`;
  return [`${date}, ${where}${work}, ${minutes} minutes.`, ...busy].join('\n');
}

/** @param {readonly import('./results.js').MeasuredRow[]} rows */
const targetsOf = (rows) => [
  '| Measured | Result | Limit in the same run | Ratio | Target | |',
  '|---|---|---|---|---|---|',
  ...rows.map(({ name, measured, limit, ratio, relation, target, isReached }) => {
    const sign = relation === '<=' ? '≤' : '≥';
    return `| ${name} | ${measured} | ${limit} | ${ratio === null ? 'unknown' : ratio.toFixed(2)} | ${sign} ${target} | ${isReached ? 'reached' : '**missed**'} |`;
  }),
];

/** @param {readonly import('../load/turns.js').Contest[]} contests */
const contestsOf = (contests) => [
  '| Work | Who | Median | Min to max | p99 | CPU a request | Disk bytes a byte | Call bytes a byte |',
  '|---|---|---|---|---|---|---|---|',
  ...contests.flatMap(({ title, unit, standings }) =>
    standings.map(({ name, spread, p99Ms, costs, failure }) => {
      const figure = (/** @type {number} */ value) => `${inShort(value)}${unit === '/s' ? '/s' : ` ${unit}`}`;
      if (spread === undefined) return `| ${title} | ${name} | failed: ${oneLine(failure ?? '')} | | | | | |`;
      const cells = [
        figure(spread.median),
        `${inShort(spread.min)} to ${inShort(spread.max)}`,
        p99Ms === undefined ? '' : `${inShort(p99Ms)} ms`,
        costs.cpuMicrosecondsPerRequest === undefined ? '' : `${inShort(costs.cpuMicrosecondsPerRequest)} µs`,
        costs.diskBytesPerByte === undefined ? '' : costs.diskBytesPerByte.toFixed(2),
        costs.callBytesPerByte === undefined ? '' : costs.callBytesPerByte.toFixed(2),
      ];
      return `| ${title} | ${name} | ${cells.join(' | ')} |`;
    }),
  ),
];

/** @param {string} text */
const oneLine = (text) => text.replace(/\s+/g, ' ').replaceAll('|', '/').slice(0, 120);

/** @param {import('./results.js').Results['failures']} failures */
const failuresOf = (failures) => [
  '| Case that ended early | Why |',
  '|---|---|',
  ...failures.map((entry) => `| ${entry.case} | \`${oneLine(entry.failure).replaceAll('`', '')}\` |`),
  '',
];

/** @param {readonly import('../peers/peers.js').PeerState[]} peers */
const peersOf = (peers) => [
  '| Peer | Version | How durable its answer to a write is | Failures |',
  '|---|---|---|---|',
  ...peers.map(({ name, version, durability, failures }) => {
    const state = version ?? 'not installed: left out';
    return `| ${name} | ${state} | ${durability} | ${failures.map(oneLine).join('; ') || 'none'} |`;
  }),
];

/**
 * @param {import('./results.js').Results} results
 * @param {readonly { file: string, text: string }[]} pictures
 */
export function pageOf(results, pictures) {
  return [
    runOf(results),
    '',
    ...(results.failures.length === 0 ? [] : failuresOf(results.failures)),
    '### Targets',
    '',
    ...targetsOf(results.rows),
    '',
    ...pictures.flatMap(({ file, text }) => [`![${text}](performance/${file})`, '']),
    '### Side by side',
    '',
    ...contestsOf(results.contests),
    '',
    '### Peers',
    '',
    ...peersOf(results.peers),
  ].join('\n');
}

/** @param {import('./results.js').Results} results Of cases that have a section of their own. */
export function sectionOf(results) {
  return [
    runOf(results),
    '',
    ...(results.failures.length === 0 ? [] : failuresOf(results.failures)),
    ...targetsOf(results.rows),
    '',
    ...contestsOf(results.contests),
  ].join('\n');
}

/** @param {import('./results.js').Results} results */
export function readmeOf(results) {
  const rows = KEY_FIGURES.flatMap((name) => results.rows.find((row) => name.test(row.name)) ?? []);
  return [runOf(results), '', ...targetsOf(rows)].join('\n');
}
