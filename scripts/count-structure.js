// @ts-check
/**
 * Counts what the rules of the house bound, over the packages, tests and scripts of this checkout or of an older
 * revision: `node scripts/count-structure.js [REVISION]`. Two runs of it are a before and an after.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isTooWide, readSourceFacts } from './structure/source-facts.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [revision, ...more] = process.argv.slice(2);
if (more.length > 0 || revision?.startsWith('-')) {
  console.error('Cannot count: the only argument is a revision');
  process.exit(2);
}
const git = (/** @type {string[]} */ ...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
const listed = revision === undefined ? git('ls-files', '-z') : git('ls-tree', '-r', '-z', '--name-only', revision);
const paths = listed.split('\0').filter((path) => path !== '');
const read = (/** @type {string} */ path) =>
  revision === undefined ? readFileSync(`${root}${path}`, 'utf8') : git('show', `${revision}:${path}`);

const code = paths
  .filter((path) => /\.[cm]?[jt]s$/.test(path))
  .map((path) => ({ path, facts: readSourceFacts(path, read(path)) }));
const shipped = code.filter(({ path }) => /^packages\/[^/]+\/src\//.test(path) && !/\.test\.ts$/.test(path));
const prose = paths.filter((path) => path.endsWith('.md')).map((path) => ({ path, lines: read(path).split('\n') }));

const largest = code.toSorted((one, other) => other.facts.lineCount - one.facts.lineCount)[0];
const largestShipped = shipped.toSorted((one, other) => other.facts.lineCount - one.facts.lineCount)[0];
const functions = shipped.flatMap(({ path, facts }) => facts.functions.map((found) => ({ path, ...found })));
const longest = functions.toSorted((one, other) => other.lineCount - one.lineCount)[0];
const sum = (
  /** @type {(facts: import('./structure/source-facts.js').SourceFacts) => number} */ count,
  files = shipped,
) => files.reduce((total, { facts }) => total + count(facts), 0);

/** @type {[string, string | number][]} */
const rows = [
  ['Files of code', code.length],
  ['Lines of code, tests and scripts', sum((facts) => facts.lineCount, code)],
  ['Lines of the packages without tests', sum((facts) => facts.lineCount)],
  ['Largest file', `${largest?.facts.lineCount} ${largest?.path}`],
  ['Largest file of the packages without tests', `${largestShipped?.facts.lineCount} ${largestShipped?.path}`],
  ['Files over 400 lines', code.filter(({ facts }) => facts.lineCount > 400).length],
  ['Longest function of the packages', `${longest?.lineCount} ${longest?.name} in ${longest?.path}`],
  ['Functions of the packages over 70 lines', functions.filter(({ lineCount }) => lineCount > 70).length],
  ['Casts in the packages', sum((facts) => facts.casts.length)],
  ['JSON that is believed, in the packages', sum((facts) => facts.believedJson.length)],
  ['Exports without documentation', sum((facts) => facts.undocumentedExports.length)],
  ['Functions that throw and do not say so', sum((facts) => facts.silentThrows.length)],
  ['Properties optional in two ways', sum((facts) => facts.doubleOptionals.length)],
  ['Properties left out by a ternary', sum((facts) => facts.ternariesWithNothing.length, code)],
  ['Lines of code over 120 columns', sum((facts) => facts.wideLines.length, code)],
  [
    'Lines of prose over 120 columns, tables aside',
    prose.reduce(
      (total, { lines }) => total + lines.filter((line) => isTooWide(line) && !line.startsWith('|')).length,
      0,
    ),
  ],
];
for (const [name, value] of rows) console.log(`| ${name} | ${value} |`);
