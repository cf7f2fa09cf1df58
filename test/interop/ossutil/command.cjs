// @ts-check
/**
 * Runs ossutil in a folder of its own with the settings that point it at the server. Leaves out what its output means.
 */
const { execFile } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { ANNALS_ENDPOINT = '', OSS_ACCESS_KEY_ID = '', OSS_ACCESS_KEY_SECRET = '' } = process.env;
const { OSS_REGION = '', SCRATCH = '', SIGNATURE = 'v4', OSSUTIL_SETTINGS = '' } = process.env;

/** The program, as the first word of the command line tells. */
const [ossutil = ''] = process.argv.slice(2);
/** ossutil leaves reports and checkpoints in the working directory, so it is none of the user's. */
const folder = join(SCRATCH, `ossutil-${SIGNATURE}`);
mkdirSync(folder, { recursive: true });
// Settings of our own, so that those in the home directory have no say.
writeFileSync(join(folder, 'ossutil.ini'), `[Credentials]\n[Default]\n${OSSUTIL_SETTINGS}\n`);

const ROOT = ['--access-key-id', OSS_ACCESS_KEY_ID, '--access-key-secret', OSS_ACCESS_KEY_SECRET];

/**
 * @param {readonly string[]} words
 * @param {readonly string[]} [credentials]
 */
function wordsOf(words, credentials = ROOT) {
  const settings = ['--config-file', 'ossutil.ini', '--endpoint', ANNALS_ENDPOINT];
  const signing = ['--sign-version', SIGNATURE, '--region', OSS_REGION];
  return [...words, ...settings, ...signing, ...credentials];
}

/**
 * @param {readonly string[]} words
 * @param {readonly string[]} [credentials]
 * @returns {Promise<string>} What it printed; the error of a command that failed has the end of it as its message.
 */
function run(words, credentials) {
  return new Promise((resolve, reject) => {
    execFile(ossutil, wordsOf(words, credentials), { cwd: folder, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}${stderr}`.split('\n').slice(-6).join(' ').trim()));
    });
  });
}

/**
 * @param {string} name
 * @param {string | Buffer} contents
 */
function file(name, contents) {
  writeFileSync(join(folder, name), contents);
  return name;
}

module.exports = { ROOT, file, folder, ossutil, run, wordsOf };
