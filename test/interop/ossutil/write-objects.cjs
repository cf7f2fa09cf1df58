// @ts-check
/** Writes what the commands of annals are tried on, through ossutil. */
const { file, run } = require('./command.cjs');
const written = require('../contract/written.cjs');

const { BUCKET = '' } = process.env;
const url = (/** @type {string} */ key) => `oss://${BUCKET}/${key}`;

const put = (/** @type {string} */ key, /** @type {readonly string[]} */ options = []) =>
  run(['cp', '-f', file('piece', written.textOf(key)), url(key), ...options]);

async function main() {
  for (const key of written.KEYS) await put(key);
  await run(['mkdir', url(written.FOLDER)]);
  await put(written.ENCODED, ['--meta', 'Content-Encoding:gzip']);
  await put(written.DESCRIBED, ['--meta', 'Content-Type:text/x-log#x-oss-meta-source:camera 7']);
  const parts = ['--bigfile-threshold', `${written.PART_LENGTH}`, '--part-size', `${written.PART_LENGTH}`];
  await run(['cp', '-f', file('parts', written.pattern()), url(written.MULTIPART), ...parts]);
  for (const piece of written.PIECES) await run(['appendfromfile', file('piece', piece), url(written.GROWING)]);
  await run(['create-symlink', url(written.LINK), 'plain.txt']);
}

main();
