// @ts-check
/**
 * Takes ossutil through the shared scenario, command by command; SIGNATURE chooses v1 or v4.
 * What a command cannot be asked for (a position, the type of a listed object) is told as missing, not worked around.
 */
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { equal, notInSdk, required, runStep } = require('../contract/report.cjs');
const { ROOT, file, folder, ossutil, run, wordsOf } = require('./command.cjs');

const { BUCKET = '' } = process.env;
const FIRST = 'first piece\n';
const SECOND = 'second piece\n';
const THIRD = 'third piece\n';
const WHOLE = FIRST + SECOND + THIRD;
const GROWING = 'dir/growing log.txt';
const PART_LENGTH = 102_400;

/**
 * @param {string} code
 * @param {readonly string[]} words
 * @param {readonly string[]} [credentials]
 */
async function refused(code, words, credentials) {
  const text = await run(words, credentials).then(
    () => 'no error',
    ({ message }) => String(message),
  );
  if (!text.includes(`ErrorCode=${code},`)) throw new Error(`ossutil reported ${text}, wanted ${code}`);
}

/** @param {string} key */
const url = (key, bucket = BUCKET) => `oss://${bucket}/${key}`;

/**
 * @param {string} key
 * @param {string} text
 * @param {...string} options
 */
const append = (key, text, ...options) => run(['appendfromfile', file('piece', text), url(key), ...options]);

/**
 * @param {string} key
 * @param {string} text
 * @param {...string} options
 */
const put = (key, text, ...options) => run(['cp', '-f', file('put', text), url(key), ...options]);

/**
 * @param {string} key
 * @param {readonly string[]} [credentials]
 * @param {...string} options
 */
async function contentsOf(key, credentials = ROOT, ...options) {
  const printed = await run(['cat', url(key), ...options], credentials);
  return printed.replace(/\n\n\d+\.\d+\(s\) elapsed\n$/, '');
}

/**
 * @param {string} key
 * @param {...string} options
 * @returns {Promise<Record<string, string>>}
 */
async function stat(key, ...options) {
  const printed = await run(['stat', url(key), ...options]);
  const lines = printed.split('\n').flatMap((line) => [...line.matchAll(/^(\S+)\s+: (.*)$/g)]);
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]));
}

function pattern(/** @type {number} */ length) {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index ^ (index >> 8) ^ (index >> 16)) & 0xff;
  return bytes;
}

/**
 * @param {string} key
 * @param {Buffer} wanted
 */
async function checkBytes(key, wanted) {
  await run(['cp', '-f', url(key), 'read-back']);
  const hash = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest('hex');
  equal(hash(readFileSync(join(folder, 'read-back'))), hash(wanted), 'the hash of the contents');
}

async function appendSteps() {
  const checkAttributes = async () => {
    const found = await stat(GROWING);
    equal(found['x-oss-meta-source'], 'camera 7', 'the metadata');
    equal(found['content-type'], 'text/x-log', 'the content type');
    equal(found['x-oss-storage-class'], 'IA', 'the storage class');
    equal(found.acl, 'public-read', 'the ACL');
  };
  await runStep('append-1', async () => {
    const meta = [
      'X-Oss-Meta-Source:camera 7',
      'Content-Type:text/x-log',
      'X-Oss-Storage-Class:IA',
      'X-Oss-Object-Acl:public-read',
    ];
    await append(GROWING, FIRST, '--meta', meta.join('#'));
    equal(await contentsOf(GROWING), FIRST, 'the contents');
    await checkAttributes();
    return 'note: ossutil has no option for Content-MD5 on an append';
  });
  await runStep('append-2', async () => {
    const printed = await append(GROWING, SECOND);
    equal(/the object new size is (\d+)/.exec(printed)?.[1], String((FIRST + SECOND).length), 'the new size');
    equal(await contentsOf(GROWING), FIRST + SECOND, 'the contents');
  });
  await runStep('append-3', async () => {
    await append(GROWING, THIRD);
    equal(await contentsOf(GROWING), WHOLE, 'the contents');
    await checkAttributes();
  });
  await runStep('append-sse', async () => {
    await append('encrypted', FIRST, '--meta', 'X-Oss-Server-Side-Encryption:AES256');
    await append('encrypted', SECOND);
    equal((await stat('encrypted'))['x-oss-server-side-encryption'], 'AES256', 'the encryption');
    equal(await contentsOf('encrypted'), FIRST + SECOND, 'the contents');
  });
  notInSdk('appendfromfile takes no tags; its --meta refuses X-Oss-Tagging', 'append-tagging');
  notInSdk('appendfromfile takes no position: it asks for the length and appends there', 'append-wrong-position');
  notInSdk('ossutil 1.7 has no command that seals', 'seal');
  await runStep('append-to-normal', async () => {
    await put('normal', FIRST);
    await refused('ObjectNotAppendable', ['appendfromfile', file('piece', 'lost'), url('normal')]);
    equal(await contentsOf('normal'), FIRST, 'the contents');
  });
  await runStep('append-empty', async () => {
    await append('empty', '');
    equal((await stat('empty'))['x-oss-object-type'], 'Appendable', 'the type');
    await append('empty', FIRST);
    const before = (await stat('empty')).etag;
    await append('empty', '');
    equal((await stat('empty')).etag, before, 'the ETag');
  });
  await runStep('append-64mib', async () => {
    const body = pattern(64 << 20);
    const printed = await run(['appendfromfile', file('large', body), url('large')]);
    equal(printed.includes(`total append ${body.length}(100.00%) byte`), true, 'whether the progress reaches the end');
    await checkBytes('large', body);
    return 'note: ossutil compares the CRC-64 of what it reads back with the header';
  });
  await runStep('overwrite-appendable', async () => {
    await refused('FileAlreadyExists', ['cp', '-f', file('put', 'lost'), url(GROWING)]);
    equal(await contentsOf(GROWING), WHOLE, 'the contents');
  });
  await runStep('copy-appendable', () =>
    refused('OperationNotSupported', ['cp', '-f', url(GROWING), url('copy of growing')]),
  );
}

async function objectSteps() {
  await runStep('head', async () => {
    const found = await stat(GROWING);
    equal(found['content-length'], String(WHOLE.length), 'the length');
    equal(found['x-oss-object-type'], 'Appendable', 'the type');
    equal(found['x-oss-next-append-position'], String(WHOLE.length), 'the next position');
    equal(found.etag?.length, 32, 'the length of the ETag');
    await refused('NoSuchKey', ['stat', url('missing')]);
  });
  await runStep('get', async () => {
    equal(await contentsOf(GROWING), WHOLE, 'the contents');
    await refused('NoSuchKey', ['cat', url('missing')]);
  });
  await runStep('range', async () => {
    await run(['cp', '-f', url(GROWING), 'range', '--range', '6-10']);
    equal(readFileSync(join(folder, 'range'), 'utf8'), WHOLE.slice(6, 11), 'bytes 6 to 10');
  });
  await runStep('list', async () => {
    await put('listed/normal', FIRST);
    await append('listed/growing', SECOND);
    await put('listed/deep/below', THIRD);
    const all = await run(['ls', url('listed/')]);
    equal(/ (\d+) +Standard +\w+ +oss:\S+listed\/growing\n/.exec(all)?.[1], String(SECOND.length), 'the listed size');
    equal(/Object Number is: (\d+)/.exec(all)?.[1], '3', 'the number of objects');
    const level = await run(['ls', url('listed/'), '-d']);
    equal(level.includes(`${url('listed/deep/')}\n`), true, 'whether the prefix is listed');
    equal(/Object and Directory Number is: (\d+)/.exec(level)?.[1], '3', 'the number of entries of one level');
    return 'note: ls does not print the type of an object';
  });
  await runStep('put', async () => {
    await put('put', FIRST, '--meta', 'Content-Type:text/x-log');
    const found = await stat('put');
    equal(found.etag, createHash('md5').update(FIRST).digest('hex').toUpperCase(), 'the ETag');
    equal(found['content-type'], 'text/x-log', 'the content type');
    equal(await contentsOf('put'), FIRST, 'the contents');
  });
  const inParts = ['--bigfile-threshold', String(PART_LENGTH), '--part-size', String(PART_LENGTH), '--parallel', '1'];
  await runStep('multipart', async () => {
    const body = pattern(2.5 * PART_LENGTH);
    await run(['cp', '-f', file('three-parts', body), url('multipart'), ...inParts]);
    equal((await stat('multipart'))['x-oss-object-type'], 'Multipart', 'the type');
    await checkBytes('multipart', body);
  });
  await runStep('multipart-resume', () => resumeUpload(inParts));
  await runStep('copy', async () => {
    await put('copied/from here', FIRST);
    await run(['cp', '-f', url('copied/from here'), url('copied/to')]);
    equal(await contentsOf('copied/to'), FIRST, 'the contents');
  });
  await runStep('delete-many', async () => {
    await put('doomed/1', FIRST);
    await put('doomed/2 & 3', FIRST);
    const printed = await run(['rm', '-rf', url('doomed/')]);
    equal(/Removed (\d+) objects/.exec(printed)?.[1], '2', 'the number of removed objects');
    await refused('NoSuchKey', ['cat', url('doomed/1')]);
    return 'note: rm deletes what it has listed, so no key is missing';
  });
}

/**
 * Kills an upload when two parts are there; the next one, from the checkpoint, must finish that upload and leave none
 * behind.
 * @param {readonly string[]} inParts
 */
async function resumeUpload(inParts) {
  const body = pattern(20 * PART_LENGTH);
  const words = ['cp', '-f', file('resumed', body), url('resumed'), ...inParts, '--checkpoint-dir', 'checkpoint'];
  // Slow enough to be caught in the middle: 2 MB at 400 kB/s.
  const child = spawn(ossutil, wordsOf([...words, '--maxupspeed', '400']), { cwd: folder, stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  let uploadId = '';
  for (let partCount = 0; partCount < 2 && child.exitCode === null; ) {
    const uploads = await run(['ls', url('resumed'), '-m']);
    uploadId = / ([0-9A-F]{32}) +oss:\/\//.exec(uploads)?.[1] ?? '';
    if (uploadId === '') continue;
    const parts = await run(['listpart', url('resumed'), uploadId]);
    partCount = Number(/part count: ?(\d+)/i.exec(parts)?.[1] ?? 0);
  }
  child.kill('SIGKILL');
  equal(await exited, 'SIGKILL', 'the end of the first upload');
  await run(words);
  await checkBytes('resumed', body);
  const uploads = await run(['ls', url('resumed'), '-m']);
  equal(uploads.includes(uploadId), false, 'whether the broken upload is still unfinished');
}

async function accessSteps() {
  notInSdk('sign makes URLs for GET only', 'presigned-put', 'presigned-append');
  await runStep('presigned-get', async () => {
    const printed = await run(['sign', url(GROWING), '--timeout', '60']);
    const answer = await fetch(/^http\S+/m.exec(printed)?.[0] ?? '');
    equal([answer.status, await answer.text()], [200, WHOLE], 'the answer');
  });
  await runStep('sts', async () => {
    const [id, secret, token] = ['STS_ACCESS_KEY_ID', 'STS_ACCESS_KEY_SECRET', 'STS_SECURITY_TOKEN'].map((name) =>
      required(name, 'STS_MISSING'),
    );
    const keys = ['--access-key-id', `${id}`, '--access-key-secret', `${secret}`];
    await run(['appendfromfile', file('piece', FIRST), url('temporary')], [...keys, '--sts-token', `${token}`]);
    equal(await contentsOf('temporary', [...keys, '--sts-token', `${token}`]), FIRST, 'the contents');
    const error = await run(['cat', url('temporary')], keys).then(() => 'no error', String);
    equal(/StatusCode=(\d+)/.exec(error)?.[1], '403', 'the status without the token');
  });
  await runStep('policy-denial', async () => {
    const keys = [
      ...['--access-key-id', required('READER_ACCESS_KEY_ID', 'READER_MISSING')],
      ...['--access-key-secret', required('READER_ACCESS_KEY_SECRET', 'READER_MISSING')],
    ];
    equal(await contentsOf(GROWING, keys), WHOLE, 'what the user reads');
    await refused('AccessDenied', ['appendfromfile', file('piece', 'lost'), url('denied')], keys);
  });
}

async function bucketSteps() {
  await runStep('create-bucket', async () => {
    await run(['mb', 'oss://interop-made-here']);
    equal((await run(['ls', 'oss://'])).includes('oss://interop-made-here\n'), true, 'whether the bucket is listed');
    await run(['rm', '-b', '-f', 'oss://interop-made-here']);
    equal(
      (await run(['ls', 'oss://'])).includes('oss://interop-made-here'),
      false,
      'whether the deleted bucket is listed',
    );
  });
  await runStep('versioning', keepVersions);
  await runStep('tagging', async () => {
    await put('labelled', FIRST);
    await run(['object-tagging', '--method', 'put', url('labelled'), 'colour#red']);
    equal(
      (await run(['object-tagging', '--method', 'get', url('labelled')])).includes('"red"'),
      true,
      'whether the tag is read',
    );
    await run(['object-tagging', '--method', 'delete', url('labelled')]);
    const left = await run(['object-tagging', '--method', 'get', url('labelled')]);
    equal(left.includes('red'), false, 'whether the tag is still read');
  });
  await runStep('symlink', async () => {
    await put('linked/to here', FIRST);
    await run(['create-symlink', url('link'), 'linked/to here']);
    const target = /X-Oss-Symlink-Target\s*: (.*)/i.exec(await run(['read-symlink', url('link')]))?.[1]?.trim();
    equal(target, 'linked/to here', 'the target');
    equal(await contentsOf('link'), FIRST, 'the contents');
  });
  const settings = /** @type {const} */ ([
    [
      'lifecycle',
      '<LifecycleConfiguration><Rule><ID>old logs</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>',
      ['<ID>old logs</ID>', '<Prefix>logs/</Prefix>', '<Days>30</Days>'],
      'NoSuchLifecycle',
    ],
    [
      'cors',
      '<CORSConfiguration><CORSRule><AllowedOrigin>http://a.example</AllowedOrigin><AllowedMethod>POST</AllowedMethod><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule></CORSConfiguration>',
      ['<AllowedOrigin>http://a.example</AllowedOrigin>', '<AllowedMethod>POST</AllowedMethod>', '600'],
      'NoSuchCORSConfiguration',
    ],
    [
      'bucket-policy',
      `{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["*"],"Resource":["acs:oss:*:*:${BUCKET}/public/*"]}]}`,
      ['"oss:GetObject"', `acs:oss:*:*:${BUCKET}/public/*`],
      'NoSuchBucketPolicy',
    ],
  ]);
  for (const [command, document, wanted, missing] of settings) {
    await runStep(command, async () => {
      await run([command, '--method', 'put', `oss://${BUCKET}`, file('document', document)]);
      const read = await run([command, '--method', 'get', `oss://${BUCKET}`]);
      for (const text of wanted) equal(read.includes(text), true, `whether ${text} is in ${read}`);
      await run([command, '--method', 'delete', `oss://${BUCKET}`]);
      await refused(missing, [command, '--method', 'get', `oss://${BUCKET}`]);
    });
  }
}

/** Reads a replaced version by its id, and finds the marker that a delete leaves. */
async function keepVersions() {
  const bucket = 'interop-versions';
  await run(['mb', `oss://${bucket}`]);
  await run(['bucket-versioning', '--method', 'put', `oss://${bucket}`, 'enabled']);
  const status = await run(['bucket-versioning', '--method', 'get', `oss://${bucket}`]);
  equal(/enabled/i.test(status), true, `whether versioning is on in ${status}`);
  for (const text of [FIRST, SECOND]) await run(['cp', '-f', file('put', text), url('versioned', bucket)]);
  await run(['rm', '-f', url('versioned', bucket)]);
  await refused('NoSuchKey', ['cat', url('versioned', bucket)]);
  const listed = await run(['ls', url('versioned', bucket), '--all-versions']);
  const ids = [...listed.matchAll(/(\S+) +(?:true|false) +(?:true|false) +oss:/g)].map(([, id = '']) => id);
  equal(ids.length, 3, `the number of versions and markers in ${listed}`);
  const printed = await run(['cat', url('versioned', bucket), '--version-id', ids.at(-1) ?? '']);
  equal(printed.startsWith(FIRST), true, 'whether the oldest version is read');
}

async function main() {
  await appendSteps();
  await objectSteps();
  await accessSteps();
  await bucketSteps();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
