// @ts-check
/**
 * Puts the rows of a run into docs/performance.md and the short form into README.md, between their markers:
 *
 *   npm run bench && node bench/write-page.js bench-results.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BEGIN = '<!-- figures: written by bench/write-page.js -->';
const END = '<!-- end of figures -->';
const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {import('./load/statistics.js').Row & { isReached: boolean }} MeasuredRow */

const [resultsPath = 'bench-results.json'] = process.argv.slice(2);
/** @typedef {{ cpu?: string, cores: number, node: string }} Machine */
/** @type {{ machine: Machine, scale: number, date: string, rows: MeasuredRow[] }} */
const results = JSON.parse(readFileSync(resultsPath, 'utf8'));

const lines = [
  `${results.date}, ${results.machine.cores} cores (${results.machine.cpu ?? 'unknown'}), Node ${results.machine.node}${results.scale === 1 ? '' : `, at ${results.scale} of the full work`}:`,
  '',
  '| Measured | Result | Limit in the same run | Ratio | Target | |',
  '|---|---|---|---|---|---|',
  ...results.rows.map(({ name, measured, limit, ratio, relation, target, isReached }) => {
    const sign = relation === '<=' ? '≤' : '≥';
    return `| ${name} | ${measured} | ${limit} | ${ratio.toFixed(2)} | ${sign} ${target} | ${isReached ? 'reached' : '**missed**'} |`;
  }),
];

for (const path of ['docs/performance.md', 'README.md']) {
  const page = readFileSync(root + path, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for the figures`);
  writeFileSync(root + path, `${page.slice(0, begin + BEGIN.length)}\n\n${lines.join('\n')}\n\n${page.slice(end)}`);
}
