// @ts-check
/**
 * Writes the table of the server's rooms into docs/ARCHITECTURE.md, from the list that the rules of imports are made
 * of; the gate compares.
 *
 *   node scripts/docs/rooms.js           compares
 *   node scripts/docs/rooms.js --write   writes
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import rooms from '../server-rooms.cjs';

const PATH = 'docs/ARCHITECTURE.md';
const root = fileURLToPath(new URL('../../', import.meta.url));
const BEGIN = '<!-- rooms: written by scripts/docs/rooms.js -->';
const END = '<!-- end of rooms -->';

/** @returns {string} The table. */
function render() {
  const lines = Object.entries(rooms.SERVER_ROOMS).map(([name, { purpose, mayImport }]) => {
    const imported = mayImport.map((other) => `\`${other}\``).join(', ');
    return `| \`${name}\` | ${purpose} | ${imported || 'nothing'} |`;
  });
  return ['| Room of `server` | What it does | May import of the server |', '|---|---|---|', ...lines].join('\n');
}

/**
 * @param {boolean} write
 * @returns {string[]} Findings.
 */
export function checkRooms(write = false) {
  const page = readFileSync(root + PATH, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) return [`${PATH}: the markers "${BEGIN}" and "${END}" are missing`];
  const wanted = `${page.slice(0, begin + BEGIN.length)}\n\n${render()}\n\n${page.slice(end)}`;
  if (wanted === page) return [];
  if (!write) return [`${PATH}: the table of rooms is out of date; run: node scripts/docs/rooms.js --write`];
  writeFileSync(root + PATH, wanted);
  return [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkRooms(process.argv.includes('--write'));
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
