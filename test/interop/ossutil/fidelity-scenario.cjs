// @ts-check
/**
 * Details of the public service through ossutil, command by command. Its configurations are files of XML, set and read
 * back.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { configurations, elementsOf } = require('../contract/configurations.cjs');
const { equal, notInSdk, runStep } = require('../contract/report.cjs');
const { file, folder, run } = require('./command.cjs');

const { BUCKET = '', OSS_ACCESS_KEY_ID = '' } = process.env;
const PART_LENGTH = 102_400;

const url = (/** @type {string} */ key, bucket = BUCKET) => `oss://${bucket}/${key}`;

/**
 * The end of what a command printed that had to fail.
 * @param {readonly string[]} words
 * @param {readonly string[]} [credentials]
 */
async function failureOf(words, credentials) {
  const text = await run(words, credentials).then(
    () => undefined,
    ({ message }) => String(message),
  );
  if (text === undefined) throw new Error(`ossutil ${words[0]} succeeded although it had to be refused`);
  return text;
}

/**
 * @param {string} key
 * @param {string} bucket
 * @param {...string} options
 * @returns {Promise<Record<string, string>>}
 */
async function stat(key, bucket, ...options) {
  const printed = await run(['stat', url(key, bucket), ...options]);
  const lines = printed.split('\n').flatMap((line) => [...line.matchAll(/^(\S+)\s+: (.*)$/g)]);
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]));
}

/**
 * @param {string} key
 * @param {string} bucket
 */
async function bytesOf(key, bucket) {
  await run(['cp', '-f', url(key, bucket), 'read-back']);
  return readFileSync(join(folder, 'read-back'));
}

/** @param {string} bucket */
async function versionedBucket(bucket) {
  await run(['mb', `oss://${bucket}`]);
  await run(['bucket-versioning', '--method', 'put', `oss://${bucket}`, 'enabled']);
}

async function existsWrongKeys() {
  for (const keys of [
    ['unknown-key', 'secret'],
    [OSS_ACCESS_KEY_ID, 'wrong'],
  ]) {
    const stranger = ['--access-key-id', `${keys[0]}`, '--access-key-secret', `${keys[1]}`];
    const missing = await failureOf(['stat', `oss://${BUCKET}-none`], stranger);
    equal(missing.includes('NoSuchBucket'), true, `whether a missing bucket is told (${missing})`);
    const existing = await failureOf(['stat', `oss://${BUCKET}`], stranger);
    equal(existing.includes('NoSuchBucket'), false, `whether the bucket is told to be missing (${existing})`);
  }
}

async function uploadEmptyFile() {
  await run(['cp', '-f', file('empty', ''), url('empty'), '--bigfile-threshold', '1', '--part-size', `${PART_LENGTH}`]);
  equal((await bytesOf('empty', BUCKET)).length, 0, 'length');
  equal((await stat('empty', BUCKET))['x-oss-object-type'], 'Normal', 'type');
  return 'note: cp puts what is shorter than the smallest threshold, 1 byte';
}

async function setMetaVersioned() {
  const bucket = `${BUCKET}-meta`;
  await versionedBucket(bucket);
  const meta = 'Content-Type:text/x-log#x-oss-meta-a:old';
  await run(['cp', '-f', file('piece', 'contents'), url('k', bucket), '--meta', meta, '--acl', 'private']);
  const old = await stat('k', bucket);
  await run(['set-meta', url('k', bucket), 'x-oss-meta-a:new', '--update', '-f']);
  const found = await stat('k', bucket);
  equal(found['x-oss-version-id'] === old['x-oss-version-id'], false, 'whether the version is the old one');
  equal([found['x-oss-meta-a'], found['content-type'], found.acl], ['new', 'text/x-log', 'private'], 'new version');
  equal((await bytesOf('k', bucket)).toString(), 'contents', 'contents');
  const before = await stat('k', bucket, '--version-id', `${old['x-oss-version-id']}`);
  equal(before['x-oss-meta-a'], 'old', 'metadata of the old version');
}

async function copyLargeVersion() {
  const bucket = `${BUCKET}-large`;
  await versionedBucket(bucket);
  const body = Buffer.from(Array.from({ length: 3 * PART_LENGTH }, (_, index) => (index * 31 + (index >> 8)) & 255));
  await run(['cp', '-f', file('large', body), url('large', bucket)]);
  const { 'x-oss-version-id': old } = await stat('large', bucket);
  await run(['cp', '-f', file('piece', 'newer'), url('large', bucket)]);
  const parts = ['--bigfile-threshold', `${PART_LENGTH}`, '--part-size', `${PART_LENGTH}`];
  await run(['cp', '-f', url('large', bucket), url('copy', bucket), '--version-id', `${old}`, ...parts]);
  equal(body.equals(await bytesOf('copy', bucket)), true, 'contents of the old version');
}

const { cors, inventoryOf, lifecycle, qos, replication, website } = configurations(BUCKET);

/**
 * Sets a document by a command, reads it by the same and compares what the elements hold.
 * @param {string} command
 * @param {string} document
 * @param {{ id?: string, told?: RegExp }} [more] An id that reading and deleting need; what the service adds.
 */
async function keeps(command, document, { id, told } = {}) {
  const ids = id === undefined ? [] : [id];
  await run([command, '--method', 'put', `oss://${BUCKET}`, file('set.xml', document)]);
  const readIds = command === 'inventory' ? ids : [];
  const printed = await run([command, '--method', 'get', `oss://${BUCKET}`, ...readIds]);
  const start = printed.indexOf('<', printed.indexOf('?>'));
  const got = printed.slice(start, printed.lastIndexOf('>') + 1).replace(/>\s+</g, '><');
  equal(elementsOf(told === undefined ? got : got.replace(told, '')), elementsOf(document), command);
  await run([command, '--method', 'delete', `oss://${BUCKET}`, ...ids]);
}

async function listControlCharacters() {
  const keys = ['\x01', '\t', '\r', '\x1f', '&<>"\'', '+ %'].map((character) => `control/${character}key`);
  for (const key of keys) await run(['cp', '-f', file('piece', 'x'), url(key)]);
  const printed = await run(['ls', '-s', url('control/'), '--limited-num', '100']);
  const found = printed.split('\n').filter((line) => line.startsWith('oss://'));
  equal(found, keys.map((key) => url(key)).sort(), 'listing');
  await run(['rm', '-r', '-f', url('control/')]);
  equal((await run(['ls', '-s', url('control/')])).includes('key'), false, 'whether keys are left');
  return 'note: without a line break in a key, as a line of the output is a key';
}

async function main() {
  notInSdk('the command has no request of its own for it', 'head-bucket');
  await runStep('exists-wrong-keys', existsWrongKeys);
  await runStep('upload-empty-file', uploadEmptyFile);
  notInSdk('cp has no option for it', 'multipart-sequential', 'copy-conditional', 'range-if-range');
  await runStep('set-meta-versioned', setMetaVersioned);
  await runStep('copy-large-version', copyLargeVersion);
  await runStep('lifecycle-dates', () => keeps('lifecycle', lifecycle));
  await runStep('inventory', () => keeps('inventory', inventoryOf('first'), { id: 'first' }));
  await runStep('mirror-rules', () => keeps('website', website, { told: /<MirrorPassOriginalSlashes>false<[^>]*>/ }));
  await runStep('replication', () =>
    keeps('replication', replication, { id: 'to-far', told: /<Status>\w+<\/Status>/ }),
  );
  await runStep('qos', () => keeps('bucket-qos', qos));
  await runStep('cors-vary', async () => {
    await keeps('cors', cors, { told: /<ResponseVary>false<.ResponseVary>/ });
    return 'note: the command leaves ResponseVary out of what it sends';
  });
  await runStep('list-control-characters', listControlCharacters);
}

main();
