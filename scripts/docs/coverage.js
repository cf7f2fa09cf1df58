// @ts-check
/**
 * Writes the lists and the table of operations into docs/api-coverage.md and their counts into README.md, from the
 * protocol's table and the server's rows; the gate compares. Needs a built tree. Leaves out prose around the markers,
 * and which tests prove an operation: `coverage-proofs.js`.
 *
 *   node scripts/docs/coverage.js           compares
 *   node scripts/docs/coverage.js --write   writes
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OPERATION_NAMES, OPERATIONS } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { COVERAGE_PROOFS } from './coverage-proofs.js';
import { wrapParagraphs } from './markdown.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BEGIN = '<!-- operations: written by scripts/docs/coverage.js -->';
const END = '<!-- end of operations -->';

/** @typedef {import('@annals/protocol').OperationName} OperationName */
/** @typedef {import('@annals/server').OperationRow<OperationName>} OperationRow */

/** How the page calls what a row says of its effect. @type {Readonly<Record<OperationRow['effect'], string>>} */
const STATES = { works: 'done', kept: 'kept only', 'not built': 'answers 501' };

/** The same for callers who did not sign. @type {Readonly<Record<OperationRow['anonymous'], string>>} */
const UNSIGNED = { always: 'always', 'if granted': 'if granted', never: 'refused' };

/**
 * @param {string} path From the root of the repository.
 * @param {string} text Put between the markers.
 * @param {boolean} write
 * @returns {string[]} Findings.
 */
function fill(path, text, write) {
  if (!existsSync(root + path)) return [`${path}: file is missing`];
  const page = readFileSync(root + path, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) return [`${path}: the markers "${BEGIN}" and "${END}" are missing`];
  const wanted = `${page.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${page.slice(end)}`;
  if (wanted === page) return [];
  if (!write) return [`${path}: the table of operations is out of date; run: node scripts/docs/coverage.js --write`];
  writeFileSync(root + path, wanted);
  return [];
}

/**
 * @param {string} summary
 * @param {string[]} names
 * @returns {string} A list that a page shows when its reader asks for it.
 */
function folded(summary, names) {
  return `<details><summary>${summary}</summary>\n\n${names.join(', ')}.\n\n</details>`;
}

/**
 * @param {OperationName} name
 * @returns {string} How a request for an operation looks.
 */
function requestOf(name) {
  const { methods, scope, query, header } = OPERATIONS[name];
  const place = scope === 'object' ? '/KEY' : scope === 'any' ? '/…' : '/';
  const parameters = query.length === 0 ? '' : `?${query.join('&')}`;
  return `\`${methods.join('/')} ${place}${parameters}\`${header === undefined ? '' : ` + \`${header}\``}`;
}

/** @param {readonly string[]} names */
const codes = (names) => names.map((name) => `\`${name}\``).join(', ');

/**
 * @param {OperationName} name
 * @returns {string} Its line of the table.
 */
function lineOf(name) {
  /** @type {OperationRow} */
  const { effect, anonymous, extensions = [], remark = '' } = OPERATION_ROWS[name];
  const notes = [...(extensions.length > 0 ? [`Extension: ${codes(extensions)}.`] : []), ...(remark ? [remark] : [])];
  const cells = [
    name,
    requestOf(name),
    STATES[effect],
    codes(COVERAGE_PROOFS[name] ?? []),
    UNSIGNED[anonymous],
    notes.join(' '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @returns {string[]} Findings. */
function checkProofs() {
  const findings = [];
  for (const name of OPERATION_NAMES) {
    const isBuilt = OPERATION_ROWS[name].effect !== 'not built';
    const proofs = COVERAGE_PROOFS[name];
    if (isBuilt && proofs === undefined) findings.push(`scripts/docs/coverage-proofs.js: no entry for ${name}`);
    if (!isBuilt && proofs !== undefined) findings.push(`scripts/docs/coverage-proofs.js: ${name} is not built`);
    for (const test of proofs ?? []) {
      if (!existsSync(root + test)) findings.push(`scripts/docs/coverage-proofs.js: ${name}: ${test} does not exist`);
    }
  }
  for (const name of Object.keys(COVERAGE_PROOFS)) {
    if (!(name in OPERATIONS)) findings.push(`scripts/docs/coverage-proofs.js: ${name} is not an operation`);
  }
  return findings;
}

/** @returns {{ long: string, short: string, findings: string[] }} */
function render() {
  const ofEffect = (/** @type {OperationRow['effect']} */ effect) =>
    OPERATION_NAMES.filter((name) => OPERATION_ROWS[name].effect === effect);
  const [working, kept, missing] = [ofEffect('works'), ofEffect('kept'), ofEffect('not built')];
  const long = [
    folded('Those that work', working),
    '',
    folded('Those without effect', kept),
    '',
    folded('Those that answer 501', missing),
    '',
    '| Operation | Request | State | Proven by | Unsigned callers | Differences and choices |',
    '|---|---|---|---|---|---|',
    ...OPERATION_NAMES.map(lineOf),
  ];
  const short = [
    `**${working.length} operations work. ${kept.length} keep, show or remove settings that have no effect. ${missing.length} are recognised and answer 501 \`NotImplemented\`**,`,
    'never with a silent success and never with another operation’s behaviour.',
  ];
  return {
    long: wrapParagraphs(long.join('\n')),
    short: wrapParagraphs(short.join('\n')),
    findings: checkProofs(),
  };
}

/**
 * @param {boolean} write
 * @returns {string[]} Findings.
 */
export function checkCoverage(write = false) {
  const { long, short, findings } = render();
  return [...findings, ...fill('docs/api-coverage.md', long, write), ...fill('README.md', short, write)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkCoverage(process.argv.includes('--write'));
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
