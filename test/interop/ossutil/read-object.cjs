// @ts-check
/** Prints an object as ossutil reads it; the words are the program and the key. */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { folder, run } = require('./command.cjs');

const [, key = ''] = process.argv.slice(2);

run(['cp', '-f', `oss://${process.env.BUCKET}/${key}`, 'read-by-ossutil']).then(() => {
  process.stdout.write(readFileSync(join(folder, 'read-by-ossutil')));
});
