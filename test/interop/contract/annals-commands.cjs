// @ts-check
/**
 * The commands of `annals` on objects that another SDK has written into the bucket (`written.cjs`), step by step. The
 * words, where there are some, are a program of Node that prints the object whose key stands behind them.
 */
const { execFile } = require('node:child_process');
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { promisify } = require('node:util');
const { equal, runStep } = require('./report.cjs');
const { DESCRIBED, ENCODED, FOLDER, GROWING, KEYS } = require('./written.cjs');
const { LINK, MULTIPART, PIECES, pattern, textOf } = require('./written.cjs');

const { ANNALS_ENDPOINT = '', BUCKET = '', SCRATCH = '' } = process.env;
const ANNALS = join(__dirname, '..', '..', '..', 'packages', 'cli', 'bin', 'annals.js');
const folder = join(SCRATCH, 'annals-commands');
mkdirSync(folder, { recursive: true });

const url = (/** @type {string} */ key) => `oss://${BUCKET}/${key}`;

/** @type {ReadonlyMap<string, Buffer>} */
const contents = new Map([
  ...[...KEYS, ENCODED, DESCRIBED].map((key) => /** @type {const} */ ([key, Buffer.from(textOf(key))])),
  [FOLDER, Buffer.alloc(0)],
  [MULTIPART, pattern()],
  [GROWING, Buffer.from(PIECES.join(''))],
  [LINK, Buffer.from(textOf('plain.txt'))],
]);

const run = (/** @type {readonly string[]} */ words, /** @type {object} */ more = {}) =>
  promisify(execFile)(process.execPath, words, { maxBuffer: 1 << 26, encoding: 'buffer', ...more });

/**
 * Runs a command with the keys of the environment and a home of its own.
 * @param {...string} words
 * @returns {Promise<Buffer>} Its standard output.
 */
async function annals(...words) {
  const env = { ...process.env, OSS_ENDPOINT: ANNALS_ENDPOINT, HOME: folder };
  return (await run([ANNALS, ...words], { cwd: folder, env })).stdout;
}

/**
 * @param {...string} words
 * @returns {Promise<any[]>} The lines of a command with `--json`.
 */
async function results(...words) {
  const [name = '', ...rest] = words;
  const text = String(await annals(name, '--json', ...rest));
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

/** @param {readonly string[]} keys */
const inOrder = (keys) => [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

async function list() {
  const listed = await results('ls', url(''));
  equal(
    listed.map(({ key }) => key),
    inOrder([...contents.keys()]),
    'keys',
  );
  const found = new Map(listed.map(({ key, type, length }) => [key, `${type} ${length}`]));
  equal(found.get('plain.txt'), `Normal ${textOf('plain.txt').length}`, 'a normal object');
  equal(found.get(MULTIPART), `Multipart ${pattern().length}`, 'an object in parts');
  equal(found.get(GROWING), `Appendable ${PIECES.join('').length}`, 'an appendable object');
}

async function stat() {
  for (const key of KEYS) {
    const [{ type, length }] = await results('stat', url(key));
    equal([type, length], ['Normal', Buffer.byteLength(textOf(key))], key);
  }
  const [growing] = await results('stat', url(GROWING));
  equal([growing.type, growing.nextPosition], ['Appendable', PIECES.join('').length], GROWING);
  const [{ contentType, metadata }] = await results('stat', url(DESCRIBED));
  equal([contentType, metadata.source], ['text/x-log', 'camera 7'], DESCRIBED);
  equal((await results('stat', url(ENCODED)))[0].contentEncoding, 'gzip', ENCODED);
}

async function cat() {
  for (const [key, bytes] of contents)
    equal((await annals('cat', url(key))).equals(bytes), true, `whether ${key} is right`);
}

async function append() {
  writeFileSync(join(folder, 'more'), 'line four\n');
  await annals('append', 'more', url(GROWING));
  equal(String(await annals('cat', url(GROWING))), `${PIECES.join('')}line four\n`, 'contents');
}

async function copy() {
  await annals('cp', url(MULTIPART), 'fetched.bin');
  equal(readFileSync(join(folder, 'fetched.bin')).equals(pattern()), true, 'whether the bytes in parts are right');
  for (const key of KEYS) {
    await annals('cp', url(key), url(`copies/${key}`));
    equal(String(await annals('cat', url(`copies/${key}`))), textOf(key), `the copy of ${key}`);
  }
  await annals('cp', '--part-size', '100KiB', 'fetched.bin', url('copies/sent.bin'));
  equal((await annals('cat', url('copies/sent.bin'))).equals(pattern()), true, 'whether the bytes came back');
  await annals('rm', '-r', url('copies/'));
}

async function sync() {
  await annals('sync', url(''), 'mirror');
  const files = readdirSync(join(folder, 'mirror'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 'mirror/'.length + 1));
  equal(inOrder(files), inOrder([...contents.keys()].filter((key) => key !== FOLDER)), 'files');
  for (const key of KEYS) equal(readFileSync(join(folder, 'mirror', key), 'utf8'), textOf(key), key);
  equal(await results('sync', url(''), 'mirror'), [], 'what a second run down copies');
  equal(await results('sync', 'mirror', url('')), [], 'what a run up copies');
}

async function tag() {
  await annals('tag', url('with space/a b.txt'), 'room=north wing');
  const [{ tags }] = await results('tag', url('with space/a b.txt'));
  equal(tags, { room: 'north wing' }, 'tags');
}

async function acl() {
  await annals('acl', url('plain.txt'), 'public-read');
  equal((await results('acl', url('plain.txt')))[0].acl, 'public-read', 'ACL');
}

async function versions() {
  const listed = await results('versions', url(''));
  equal(inOrder(listed.map((version) => version.url)), inOrder([...contents.keys()].map(url)), 'versions');
}

async function remove() {
  await annals('rm', '-r', url(''));
  equal(await results('ls', url('')), [], 'what is left');
}

/**
 * Another program reads what annals wrote.
 * @param {readonly string[]} reader
 */
async function readBack(reader) {
  writeFileSync(join(folder, 'sent.bin'), pattern());
  writeFileSync(join(folder, 'sent.log'), 'by annals\n');
  const key = 'by annals/Käse +%.bin';
  await annals('cp', '--part-size', '100KiB', 'sent.bin', url(key));
  await annals('append', 'sent.log', url('by annals/sent.log'));
  const { stdout: parts } = await run([...reader, key]);
  equal(parts.equals(pattern()), true, 'whether the bytes in parts are right');
  equal(String((await run([...reader, 'by annals/sent.log'])).stdout), 'by annals\n', 'what was appended');
}

async function main() {
  const reader = process.argv.slice(2);
  await runStep('ls', list);
  await runStep('stat', stat);
  await runStep('cat', cat);
  await runStep('tail', async () => {
    equal(String(await annals('tail', '-n', '1', url(GROWING))), PIECES[1], 'the last line');
  });
  await runStep('cp', copy);
  await runStep('sync', sync);
  await runStep('append', append);
  await runStep('tag', tag);
  await runStep('acl', acl);
  await runStep('versions', versions);
  if (reader.length > 0) await runStep('read-back', () => readBack(reader));
  await runStep('rm', remove);
}

main();
