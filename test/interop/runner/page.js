// @ts-check
/**
 * Keeps `docs/sdks.md` true: the lines that point a client at the server come from the tested programs, between
 * `begin connect` and `end connect`; the matrix comes from a full run. What stands between the page's own markers is
 * never typed by hand.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientNames, foldersOf } from './folders.js';

const pagePath = fileURLToPath(new URL('../../../docs/sdks.md', import.meta.url));
const LANGUAGES = /** @type {Record<string, string>} */ ({
  '.py': 'python',
  '.js': 'js',
  '.cjs': 'js',
  '.mjs': 'js',
  '.go': 'go',
  '.java': 'java',
  '.sh': 'sh',
});

/**
 * Puts the lines of every client into the page.
 * @returns {Promise<string[]>} Findings: clients without lines or without a place for them, and whether the page was
 * out of date.
 */
export async function updateConnections({ isCheck = false } = {}) {
  const before = await readFile(pagePath, 'utf8');
  let page = before;
  const findings = [];
  for (const name of await clientNames()) {
    const lines = await connectionOf(name);
    if (lines === undefined) continue;
    const changed = replaceBetween(page, `connect ${name}`, lines);
    if (changed === undefined)
      findings.push(`docs/sdks.md has no place "<!-- begin connect ${name} -->" for the lines of ${name}`);
    else page = changed;
  }
  if (page !== before) {
    if (isCheck)
      findings.push('docs/sdks.md does not show the lines of the programs: run npm run interop -- --connections');
    else await writeFile(pagePath, page);
  }
  return findings;
}

/** @param {string} text The matrices, as markdown. */
export async function writeMatrix(text) {
  const page = replaceBetween(await readFile(pagePath, 'utf8'), 'matrix', text);
  if (page === undefined) throw new Error('docs/sdks.md has no place "<!-- begin matrix -->"');
  await writeFile(pagePath, page);
}

/**
 * @param {string} name
 * @returns {Promise<string | undefined>} A fenced block.
 */
async function connectionOf(name) {
  const { folder } = foldersOf(name);
  const files = await readdir(folder, { recursive: true });
  for (const file of files.filter((path) => extname(path) in LANGUAGES && !path.includes('node_modules')).sort()) {
    const text = await readFile(join(folder, file), 'utf8');
    const match = /^[ \t]*(?:#|\/\/) begin connect\n([\s\S]*?)^[ \t]*(?:#|\/\/) end connect$/m.exec(text);
    if (match?.[1] !== undefined) return `\`\`\`${LANGUAGES[extname(file)]}\n${withoutIndent(match[1])}\n\`\`\``;
  }
  return undefined;
}

/** @param {string} text */
function withoutIndent(text) {
  const lines = text.replace(/\s+$/, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join('\n');
}

/**
 * @param {string} page
 * @param {string} marker
 * @param {string} text
 */
function replaceBetween(page, marker, text) {
  const begin = `<!-- begin ${marker} -->`;
  const end = `<!-- end ${marker} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}
