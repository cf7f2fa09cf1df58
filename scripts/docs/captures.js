// @ts-check
/**
 * Captures what commands draw on a terminal, for `docs/captures`: starts a server, runs each command in a
 * pseudo-terminal (`script` of util-linux), and writes its screen in the middle of the work as an SVG.
 * Needs a built tree. Leaves out everything that a line of text does not need: colours, screens, scrolling.
 *
 *   node scripts/docs/captures.js
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const annals = join(root, 'packages/cli/bin/annals.js');
const COLUMNS = 110;
const MIB = 1024 * 1024;
const keys = { id: 'capture', secret: randomBytes(20).toString('hex') };

/** @typedef {{ name: string, shown: string, words: string[] }} Capture */

/** @type {readonly Capture[]} */
const CAPTURES = [
  {
    name: 'append',
    shown: 'annals append recording.ts oss://cameras/front/recording.ts',
    words: ['append', 'recording.ts', 'oss://cameras/front/recording.ts'],
  },
  {
    name: 'cp',
    shown: 'annals cp --part-size 16MiB recording.ts oss://cameras/copies/',
    words: ['cp', '--part-size', '16MiB', 'recording.ts', 'oss://cameras/copies/'],
  },
];

/**
 * Runs a command in a pseudo-terminal.
 * @param {readonly string[]} words
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<string[]>} What the terminal got, piece by piece.
 */
async function runInTerminal(words, options) {
  const quoted = [process.execPath, annals, ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qfec', `stty cols ${COLUMNS} rows 24; ${quoted}`, '/dev/null'], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  /** @type {string[]} */
  const pieces = [];
  child.stdout.setEncoding('utf8').on('data', (piece) => pieces.push(piece));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`"annals ${words.join(' ')}" ended with ${code}: ${pieces.join('')}`);
  return pieces;
}

/**
 * The lines of a terminal that has got `text`: carriage returns, erasing, and moves to a column are followed, and
 * everything else that is no text is left out.
 * @param {string} text
 * @returns {string[]}
 */
function screenOf(text) {
  const lines = [''];
  let column = 0;
  // The escape character gets a picture, so that patterns have no control characters.
  for (const [token] of text.replaceAll('\u001B', '␛').matchAll(/␛\[[?\d;]*[A-Za-z]|[^␛]/gsu)) {
    const line = lines.at(-1) ?? '';
    if (token === '\r') column = 0;
    else if (token === '\n') lines.push('');
    else if (/^␛\[0?K$/.test(token)) lines[lines.length - 1] = line.slice(0, column);
    else if (/^␛\[2?K$/.test(token)) lines[lines.length - 1] = '';
    else if (/^␛\[\d*G$/.test(token)) column = Math.max(0, Number.parseInt(token.slice(2), 10) - 1 || 0);
    else if (!token.startsWith('␛')) {
      lines[lines.length - 1] = line.slice(0, column).padEnd(column) + token + line.slice(column + 1);
      column += 1;
    }
  }
  return lines.filter((line) => line.trim() !== '');
}

/**
 * @param {readonly string[]} pieces
 * @returns {readonly string[]} The screen when about half was done.
 */
function middleOf(pieces) {
  const screens = pieces.map((_, index) => screenOf(pieces.slice(0, index + 1).join('')));
  const drawn = screens.filter((lines) => /\/s\b/.test(lines.at(-1) ?? ''));
  return drawn[Math.floor(drawn.length / 2)] ?? [];
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * @param {string} title
 * @param {readonly string[]} lines
 * @returns {string} A picture of a terminal.
 */
function pictureOf(title, lines) {
  const [lineHeight, left, top] = [20, 14, 28];
  const height = top + lines.length * lineHeight;
  const texts = lines.map(
    (line, index) => `  <text x="${left}" y="${top + index * lineHeight}" xml:space="preserve">${escaped(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="${height}" viewBox="0 0 960 ${height}">
  <title>${escaped(title)}</title>
  <rect width="960" height="${height}" rx="6" fill="#1e1e1e"/>
  <g fill="#d4d4d4" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${texts.join('\n')}
  </g>
</svg>
`;
}

const folder = await mkdtemp(join(tmpdir(), 'annals-captures-'));
const env = {
  PATH: process.env.PATH ?? '',
  HOME: folder,
  TERM: 'xterm-256color',
  ANNALS_ROOT_ACCESS_KEY_ID: keys.id,
  ANNALS_ROOT_ACCESS_KEY_SECRET: keys.secret,
  OSS_ACCESS_KEY_ID: keys.id,
  OSS_ACCESS_KEY_SECRET: keys.secret,
};
const serve = ['serve', '--port', '0', '--data', join(folder, 'data'), '--bucket', 'cameras', '--log-level', 'error'];
const server = spawn(process.execPath, [annals, ...serve], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [line] = await once(createInterface(server.stdout), 'line');
  const endpoint = String(line).replace(/^.* /, '');
  await writeFile(join(folder, 'recording.ts'), randomBytes(384 * MIB));
  await mkdir(join(root, 'docs/captures'), { recursive: true });
  for (const { name, shown, words } of CAPTURES) {
    const pieces = await runInTerminal(words, { cwd: folder, env: { ...env, OSS_ENDPOINT: endpoint } });
    const middle = middleOf(pieces);
    if (middle.length === 0) throw new Error(`"${shown}" has drawn no bar`);
    const lines = [`$ ${shown}`, ...middle];
    await writeFile(join(root, 'docs/captures', `${name}.svg`), pictureOf(shown, lines));
    console.log(lines.join('\n'));
  }
} finally {
  server.kill('SIGTERM');
  await once(server, 'close');
  await rm(folder, { recursive: true });
}
