// @ts-check
/**
 * Writes the table of operations into docs/api-coverage.md and its short form into README.md, from the protocol's table and the server's
 * rows; the gate compares. Needs a built tree. Leaves out prose: it is in `coverage-notes.js` and around the markers.
 *
 *   node scripts/docs/coverage.js           compares
 *   node scripts/docs/coverage.js --write   writes
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OPERATIONS } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { COVERAGE_NOTES } from './coverage-notes.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BEGIN = '<!-- operations: written by scripts/docs/coverage.js -->';
const END = '<!-- end of operations -->';

/** @param {string} name */
const isDone = (name) => /** @type {Record<string, unknown>} */ (OPERATION_ROWS)[name] !== 'not-implemented';

/** Whether an operation only keeps a configuration: its note has to begin with these words. @param {string} name */
const isKeptOnly = (name) => COVERAGE_NOTES[name]?.notes?.startsWith('Configuration without effect') === true;

/** @param {string} name */
const stateOf = (name) => (!isDone(name) ? 'answers 501' : isKeptOnly(name) ? 'kept only' : 'done');

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

/** @returns {{ long: string, short: string, findings: string[] }} */
function render() {
  const findings = [];
  const entries = Object.entries(OPERATIONS);
  const lines = ['| Operation | Request | State | Proven by | Differences and choices |', '|---|---|---|---|---|'];
  for (const [name, row] of entries) {
    const note = COVERAGE_NOTES[name];
    const place = row.scope === 'object' ? '/KEY' : row.scope === 'any' ? '/…' : '/';
    const query = row.query.length === 0 ? '' : `?${row.query.join('&')}`;
    const header = 'header' in row && row.header !== undefined ? ` + \`${row.header}\`` : '';
    const request = `\`${row.methods.join('/')} ${place}${query}\`${header}`;
    if (isDone(name) && note === undefined) findings.push(`scripts/docs/coverage-notes.js: no entry for ${name}`);
    if (!isDone(name) && note !== undefined)
      findings.push(`scripts/docs/coverage-notes.js: ${name} is not implemented`);
    for (const test of note?.tests ?? []) {
      if (!existsSync(root + test)) findings.push(`scripts/docs/coverage-notes.js: ${name}: ${test} does not exist`);
    }
    const tests = (note?.tests ?? []).map((test) => `\`${test}\``).join(', ');
    lines.push(`| ${name} | ${request} | ${stateOf(name)} | ${tests} | ${note?.notes ?? ''} |`);
  }
  for (const name of Object.keys(COVERAGE_NOTES)) {
    if (!(name in OPERATIONS)) findings.push(`scripts/docs/coverage-notes.js: ${name} is not an operation`);
  }
  const done = entries.filter(([name]) => isDone(name)).map(([name]) => name);
  const missing = entries.map(([name]) => name).filter((name) => !isDone(name));
  const working = done.filter((name) => !isKeptOnly(name));
  const kept = done.filter(isKeptOnly);
  const short = [
    `**${working.length} operations work. ${kept.length} set what is kept and given back, but has no effect. ${missing.length} are recognised and answer 501 \`NotImplemented\`**,`,
    'never with a silent success and never with another operation’s behaviour.',
    '',
    folded('Those that work', working),
    '',
    folded('Those without effect', kept),
    '',
    folded('Those that answer 501', missing),
  ].join('\n');
  return { long: lines.join('\n'), short, findings };
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
