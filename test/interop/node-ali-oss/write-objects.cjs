// @ts-check
/** Writes what the commands of annals are tried on, through ali-oss. */
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { connect } = require('./connect.cjs');
const written = require('../contract/written.cjs');

const { ANNALS_ENDPOINT = '', BUCKET = '', SCRATCH = '' } = process.env;
const client = connect(ANNALS_ENDPOINT, BUCKET, {});

const put = (/** @type {string} */ key, /** @type {object} */ options = {}) =>
  client.put(key, Buffer.from(written.textOf(key)), options);

async function main() {
  for (const key of written.KEYS) await put(key);
  await client.put(written.FOLDER, Buffer.alloc(0));
  await put(written.ENCODED, { headers: { 'Content-Encoding': 'gzip' } });
  await put(written.DESCRIBED, { headers: { 'Content-Type': 'text/x-log' }, meta: { source: 'camera 7' } });
  const path = join(SCRATCH, 'parts');
  writeFileSync(path, written.pattern());
  await client.multipartUpload(written.MULTIPART, path, { partSize: written.PART_LENGTH });
  let position = 0;
  for (const piece of written.PIECES) {
    const answer = await client.append(written.GROWING, Buffer.from(piece), { position: String(position) });
    position = Number(answer.nextAppendPosition);
  }
  await client.putSymlink(written.LINK, 'plain.txt', {});
}

main();
