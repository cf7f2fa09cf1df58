// @ts-check
/**
 * Puts a run into the documentation: tables into docs/performance.md and README.md, between their markers, and pictures
 * and the figures themselves into docs/performance. The run of several gateways has a section and figures of its own.
 *
 *   npm run bench && node bench/write-page.js bench-results.json
 *   npm run bench -- --only gateways && node bench/write-page.js --gateways bench-results.json
 *   node bench/write-page.js --check      says which files have other figures than those in docs/performance
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { picturesOf } from './page/pictures.js';
import { pageOf, readmeOf, sectionOf } from './page/tables.js';

const FOLDER = 'docs/performance';
/** What is between the markers of each name, and where the figures of it are. */
const FIGURES = { figures: `${FOLDER}/figures.json`, gateways: `${FOLDER}/gateways.json` };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    gateways: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
});
const { check, root } = values;
const given = positionals[0] ?? (check ? undefined : 'bench-results.json');

/** @param {keyof typeof FIGURES} name @returns {import('./page/results.js').Results} */
function resultsOf(name) {
  const isGiven = given !== undefined && values.gateways === (name === 'gateways');
  return JSON.parse(readFileSync(isGiven ? given : `${root}/${FIGURES[name]}`, 'utf8'));
}

/** @param {keyof typeof FIGURES} name @param {string} page @param {string} text */
function between(name, page, text) {
  const [begin, end] = [`<!-- ${name}: written by bench/write-page.js -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`A page has no place for the ${name}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

const read = (/** @type {string} */ path) => readFileSync(`${root}/${path}`, 'utf8');
const [results, gateways] = [resultsOf('figures'), resultsOf('gateways')];
const pictures = await picturesOf(results);
/** @type {Map<string, string>} */
const files = new Map([
  [FIGURES.figures, `${JSON.stringify(results, null, 2)}\n`],
  [FIGURES.gateways, `${JSON.stringify(gateways, null, 2)}\n`],
  ...pictures.map(({ file, svg }) => /** @type {const} */ ([`${FOLDER}/${file}`, svg])),
  [
    'docs/performance.md',
    between(
      'figures',
      between('gateways', read('docs/performance.md'), sectionOf(gateways)),
      pageOf(results, pictures),
    ),
  ],
  ['README.md', between('figures', read('README.md'), readmeOf(results))],
]);

if (check) {
  const present = new Set(readdirSync(`${root}/${FOLDER}`).map((file) => `${FOLDER}/${file}`));
  for (const [path, text] of files) {
    const isFile = !path.startsWith(`${FOLDER}/`) || present.delete(path);
    if (isFile && read(path) === text) continue;
    console.log(`${path}: other figures than ${FOLDER}/*.json`);
    process.exitCode = 1;
  }
  for (const path of present) {
    console.log(`${path}: no figures of ${FOLDER}/*.json`);
    process.exitCode = 1;
  }
} else {
  rmSync(`${root}/${FOLDER}`, { recursive: true, force: true });
  mkdirSync(`${root}/${FOLDER}`);
  for (const [path, text] of files) writeFileSync(`${root}/${path}`, text);
}
