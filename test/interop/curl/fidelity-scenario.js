// @ts-check
/**
 * Details of the public service by curl with signed URLs; SIGNATURE_VERSION chooses v1 or v4. Configurations are
 * documents of XML.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { configurations, elementsOf } from '../contract/configurations.cjs';
import { equal, runStep } from '../contract/report.cjs';
import { signedUrl } from './signed-url.js';

const {
  ANNALS_ENDPOINT: endpoint = '',
  BUCKET = '',
  OSS_ACCESS_KEY_ID: accessKeyId = '',
  OSS_ACCESS_KEY_SECRET: accessKeySecret = '',
  OSS_REGION: region = '',
  SCRATCH = '',
  SIGNATURE_VERSION: version = 'v4',
} = process.env;
const MISSING = `${BUCKET}-none`;
const PART_LENGTH = 102_400;
const OWNER = { accessKeyId, accessKeySecret };
const VERSIONING = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
const run = promisify(execFile);

/** @typedef {{ status: number, headers: Map<string, string>, body: Buffer }} Answer */
/** @typedef {Record<string, string>} Headers */
/** @typedef {{ bucket?: string, key?: string, query?: string, body?: string | Buffer, headers?: Headers }} Call */

/**
 * @param {string} method
 * @param {Call} call
 * @param {{ accessKeyId: string, accessKeySecret: string }} [credentials]
 * @returns {Promise<Answer>}
 */
async function curl(method, { bucket = BUCKET, key = '', query = '', body, headers = {} }, credentials = OWNER) {
  const lines = Object.entries(headers);
  const url = signedUrl({ method, bucket, key, query, headers: lines, credentials }, { endpoint, region, version });
  const [sent, got, told] = ['sent', 'got', 'told'].map((name) => join(SCRATCH, name));
  const words = ['-sS', '--noproxy', '*', '--max-time', '60', '-D', `${told}`, '-o', `${got}`];
  words.push(
    ...(method === 'HEAD' ? ['--head'] : ['-X', method]),
    ...lines.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
  );
  writeFileSync(`${got}`, '');
  if (body !== undefined) {
    writeFileSync(`${sent}`, body);
    // Without a type of curl's own, which V1 would have to sign.
    words.push('--data-binary', `@${sent}`, ...('content-type' in headers ? [] : ['-H', 'content-type:']));
  }
  const { stdout } = await run('curl', [...words, '-w', '%{http_code}', url]);
  const text = readFileSync(`${told}`, 'utf8').split('\r\n');
  const fields = text.flatMap((line) => [...line.matchAll(/^([^:\s]+): (.*)$/g)]);
  return {
    status: Number(stdout),
    headers: new Map(fields.map(([, name = '', value = '']) => [name.toLowerCase(), value])),
    body: method === 'HEAD' ? Buffer.alloc(0) : readFileSync(`${got}`),
  };
}

/**
 * A call that must be answered with this status.
 * @param {number} status
 * @param {string} method
 * @param {Call} call
 */
async function send(status, method, call) {
  const answer = await curl(method, call);
  equal(
    answer.status,
    status,
    `status of ${method} ${call.key ?? ''}?${call.query ?? ''} (${answer.body.subarray(0, 300)})`,
  );
  return answer;
}

/**
 * The texts of all elements of a name, in the order of the document.
 * @param {Answer} answer
 * @param {string} name
 */
function elements({ body }, name) {
  return [...body.toString().matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} method
 * @param {Call} call
 */
async function refused(status, code, method, call) {
  equal(elements(await send(status, method, call), 'Code'), [code], 'code');
}

/** @param {string} name */
async function versionedBucket(name) {
  const bucket = `${BUCKET}-${name}`;
  await send(200, 'PUT', { bucket });
  await send(200, 'PUT', { bucket, query: 'versioning', body: VERSIONING });
  return bucket;
}

/** @param {Call} call */
const beginUpload = async (call) => elements(await send(200, 'POST', call), 'UploadId')[0] ?? '';

/**
 * @param {Call} call
 * @param {readonly string[]} etags
 */
async function completeUpload(call, etags) {
  const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  return await send(200, 'POST', { ...call, body });
}

async function headBucket() {
  const { headers } = await send(200, 'HEAD', {});
  equal(headers.get('x-oss-bucket-region')?.startsWith('oss-'), true, 'whether the region is told');
  await send(404, 'HEAD', { bucket: MISSING });
}

async function existsWrongKeys() {
  for (const keys of [
    { accessKeyId: 'unknown-key', accessKeySecret: 'secret' },
    { accessKeyId, accessKeySecret: 'wrong' },
  ]) {
    const missing = await curl('GET', { bucket: MISSING, query: 'bucketInfo' }, keys);
    equal([missing.status, ...elements(missing, 'Code')], [404, 'NoSuchBucket'], 'answer for a missing bucket');
    equal((await curl('GET', { query: 'bucketInfo' }, keys)).status, 403, 'status for an existing bucket');
    equal((await curl('HEAD', { bucket: MISSING }, keys)).status, 404, 'status of HEAD of a missing bucket');
    equal((await curl('HEAD', { bucket: MISSING, key: 'k' }, keys)).status, 404, 'status of HEAD in a missing bucket');
    equal((await curl('HEAD', { key: 'k' }, keys)).status, 403, 'status of HEAD in an existing bucket');
  }
}

async function uploadEmptyFile() {
  await send(200, 'PUT', { key: 'empty', body: '' });
  const id = await beginUpload({ key: 'no parts', query: 'uploads' });
  await completeUpload({ key: 'no parts', query: `uploadId=${id}` }, []);
  for (const [key, kind] of [
    ['empty', 'Normal'],
    ['no parts', 'Multipart'],
  ]) {
    const { headers } = await send(200, 'HEAD', { key });
    equal([headers.get('content-length'), headers.get('x-oss-object-type')], ['0', kind], `length and type of ${key}`);
    equal((await send(200, 'GET', { key })).body.length, 0, `length of the contents of ${key}`);
  }
  return 'note: PUT with an empty body, and an upload completed without parts';
}

async function multipartSequential() {
  const key = 'sequential';
  const pieces = [1, 2, 3].map((number) => Buffer.alloc(PART_LENGTH, number));
  const id = await beginUpload({ key, query: 'uploads&sequential' });
  const part = (/** @type {number} */ number) => ({
    key,
    query: `partNumber=${number}&uploadId=${id}`,
    body: pieces[number - 1] ?? '',
  });
  const etags = [(await send(200, 'PUT', part(1))).headers.get('etag') ?? ''];
  await refused(400, 'PartNotSequential', 'PUT', part(3));
  for (const number of [2, 3]) etags.push((await send(200, 'PUT', part(number))).headers.get('etag') ?? '');
  await completeUpload({ key, query: `uploadId=${id}` }, etags);
  const whole = Buffer.concat(pieces);
  equal((await send(200, 'GET', { key })).body.equals(whole), true, 'whether the contents are as sent');
  const digest = createHash('md5').update(whole).digest('base64');
  equal((await send(200, 'HEAD', { key })).headers.get('content-md5'), digest, 'Content-MD5');
}

async function setMetaVersioned() {
  const bucket = await versionedBucket('meta');
  const call = { bucket, key: 'k' };
  const first = { 'content-type': 'text/x-log', 'x-oss-meta-a': 'old', 'x-oss-object-acl': 'private' };
  const old = (await send(200, 'PUT', { ...call, body: 'contents', headers: first })).headers.get('x-oss-version-id');
  const replace = { 'x-oss-copy-source': `/${bucket}/k`, 'x-oss-metadata-directive': 'REPLACE', 'x-oss-meta-a': 'new' };
  const made = (await send(200, 'PUT', { ...call, headers: replace })).headers.get('x-oss-version-id');
  equal([undefined, old].includes(made), false, 'whether the version is none of its own');
  const { headers } = await send(200, 'HEAD', call);
  const told = ['x-oss-version-id', 'x-oss-meta-a', 'content-type'].map((name) => headers.get(name));
  equal(told, [made, 'new', 'text/x-log'], 'new version');
  equal((await send(200, 'GET', call)).body.toString(), 'contents', 'contents');
  equal(elements(await send(200, 'GET', { ...call, query: 'acl' }), 'Grant'), ['private'], 'ACL');
  const before = await send(200, 'HEAD', { ...call, query: `versionId=${old}` });
  equal(before.headers.get('x-oss-meta-a'), 'old', 'metadata of the old version');
}

async function copyLargeVersion() {
  const bucket = await versionedBucket('large');
  const body = Buffer.from(Array.from({ length: 3 * PART_LENGTH }, (_, index) => (index * 31 + (index >> 8)) & 255));
  const old = (await send(200, 'PUT', { bucket, key: 'large', body })).headers.get('x-oss-version-id');
  await send(200, 'PUT', { bucket, key: 'large', body: 'newer' });
  const id = await beginUpload({ bucket, key: 'copy', query: 'uploads', headers: { 'x-oss-meta-a': 'b' } });
  const etags = [];
  for (const number of [1, 2, 3]) {
    const headers = {
      'x-oss-copy-source': `/${bucket}/large?versionId=${old}`,
      'x-oss-copy-source-range': `bytes=${(number - 1) * PART_LENGTH}-${number * PART_LENGTH - 1}`,
    };
    const answer = await send(200, 'PUT', {
      bucket,
      key: 'copy',
      query: `partNumber=${number}&uploadId=${id}`,
      headers,
    });
    etags.push(elements(answer, 'ETag')[0] ?? '');
  }
  await completeUpload({ bucket, key: 'copy', query: `uploadId=${id}` }, etags);
  const { headers, body: got } = await send(200, 'GET', { bucket, key: 'copy' });
  equal(got.equals(body), true, 'whether the contents are those of the old version');
  equal([headers.get('x-oss-object-type'), headers.get('x-oss-meta-a')], ['Multipart', 'b'], 'type and metadata');
}

const { cors, inventoryOf, lifecycle, qos, replication, website } = configurations(BUCKET);

/**
 * Sets a document, reads it, compares what the elements hold, deletes it, and sees it gone.
 * @param {string} query
 * @param {string} document
 * @param {{ told?: RegExp, remove?: () => Promise<unknown>, gone: string }} more What the service adds; how it is
 * deleted.
 */
async function keeps(query, document, { told, remove, gone }) {
  const headers = { 'content-md5': createHash('md5').update(document).digest('base64') };
  await send(200, 'PUT', { query, body: document, headers });
  const got = (await send(200, 'GET', { query })).body.toString();
  equal(elementsOf(told === undefined ? got : got.replace(told, '')), elementsOf(document), query);
  await (remove?.() ?? send(204, 'DELETE', { query }));
  await refused(404, gone, 'GET', { query });
}

async function inventory() {
  const document = inventoryOf('first');
  await send(200, 'PUT', { query: 'inventory&inventoryId=second', body: inventoryOf('second') });
  await keeps('inventory&inventoryId=first', document, {
    gone: 'NoSuchInventory',
    remove: async () => {
      const list = await send(200, 'GET', { query: 'inventory' });
      equal([elements(list, 'Id'), elements(list, 'IsTruncated')], [['first', 'second'], ['false']], 'list');
      for (const id of ['first', 'second']) await send(204, 'DELETE', { query: `inventory&inventoryId=${id}` });
    },
  });
}

async function replicationRule() {
  // The document of the public service carries its rule through `comp`.
  await send(200, 'POST', { query: 'replication&comp=add', body: replication });
  const got = (await send(200, 'GET', { query: 'replication' })).body.toString();
  equal(elementsOf(got.replace(/<Status>\w+<\/Status>/, '')), elementsOf(replication), 'rule');
  const removal = '<ReplicationRules><ID>to-far</ID></ReplicationRules>';
  await send(200, 'POST', { query: 'replication&comp=delete', body: removal });
}

async function listControlCharacters() {
  const keys = ['\x01', '\t', '\n', '\r', '\x1f', '&<>"\'', '+ %'].map((character) => `control/${character}key`).sort();
  for (const key of keys) await send(200, 'PUT', { key, body: 'x' });
  const place = 'prefix=control/&max-keys=3&encoding-type=url';
  for (const [kind, from, next] of [
    ['list-type=2', 'continuation-token', 'NextContinuationToken'],
    ['', 'marker', 'NextMarker'],
  ]) {
    const found = [];
    for (let query = `${place}&${kind}`, page = 0; page < 4; page += 1) {
      const answer = await send(200, 'GET', { query: query.replace(/&$/, '') });
      found.push(...elements(answer, 'Key').map(decodeURIComponent));
      const [token] = elements(answer, `${next}`);
      if (token === undefined) break;
      // In the text of the page the marker is encoded for XML and for URLs; in the query it is encoded once.
      query = `${place}&${kind}&${from}=${from === 'marker' ? token : encodeURIComponent(token)}`;
    }
    equal(found, keys, kind === '' ? 'ListObjects' : 'ListObjectsV2');
  }
  for (const key of keys) await send(204, 'DELETE', { key });
  equal(elements(await send(200, 'GET', { query: 'prefix=control/' }), 'Key'), [], 'keys left');
}

async function copyConditional() {
  const etag = (await send(200, 'PUT', { key: 'source', body: 'source' })).headers.get('etag') ?? '';
  const [past, future] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toUTCString());
  const copy = (/** @type {string} */ name, /** @type {string} */ value) => ({
    key: 'target',
    headers: { 'x-oss-copy-source': `/${BUCKET}/source`, [`x-oss-copy-source-if-${name}`]: value },
  });
  for (const [name, value] of [
    ['match', etag],
    ['none-match', '"other"'],
    ['modified-since', `${past}`],
    ['unmodified-since', `${future}`],
  ]) {
    const answer = await send(200, 'PUT', copy(`${name}`, `${value}`));
    equal(elements(answer, 'ETag')[0]?.replaceAll('&quot;', '"'), etag, `ETag of the copy with ${name}`);
  }
  await refused(412, 'PreconditionFailed', 'PUT', copy('match', '"other"'));
  await refused(412, 'PreconditionFailed', 'PUT', copy('unmodified-since', `${past}`));
  await send(304, 'PUT', copy('none-match', etag));
  await send(304, 'PUT', copy('modified-since', `${future}`));
}

async function rangeIfRange() {
  const call = { key: 'joined' };
  const old = (await send(200, 'PUT', { ...call, body: '0123456789' })).headers.get('etag') ?? '';
  const made = (await send(200, 'PUT', { ...call, body: 'abcdefghij' })).headers.get('etag') ?? '';
  const rest = (/** @type {string} */ etag) => ({ ...call, headers: { range: 'bytes=5-', 'if-range': etag } });
  equal((await send(200, 'GET', rest(old))).body.toString(), 'abcdefghij', 'answer to the old ETag');
  equal((await send(206, 'GET', rest(made))).body.toString(), 'fghij', 'answer to the new ETag');
}

await runStep('head-bucket', headBucket);
await runStep('exists-wrong-keys', existsWrongKeys);
await runStep('upload-empty-file', uploadEmptyFile);
await runStep('multipart-sequential', multipartSequential);
await runStep('set-meta-versioned', setMetaVersioned);
await runStep('copy-large-version', copyLargeVersion);
await runStep('lifecycle-dates', () => keeps('lifecycle', lifecycle, { gone: 'NoSuchLifecycle' }));
await runStep('inventory', inventory);
await runStep('mirror-rules', () =>
  keeps('website', website, { gone: 'NoSuchWebsiteConfiguration', told: /<MirrorPassOriginalSlashes>false<[^>]*>/ }),
);
await runStep('replication', replicationRule);
await runStep('qos', () => keeps('qosInfo', qos, { gone: 'NoSuchConfiguration' }));
await runStep('cors-vary', () =>
  keeps('cors', cors.replace('</CORSConfiguration>', '<ResponseVary>true</ResponseVary></CORSConfiguration>'), {
    gone: 'NoSuchCORSConfiguration',
  }),
);
await runStep('list-control-characters', listControlCharacters);
await runStep('copy-conditional', copyConditional);
await runStep('range-if-range', rangeIfRange);
