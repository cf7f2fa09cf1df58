// @ts-check
/**
 * Details of the public service through ali-oss, SIGNATURE_VERSION chooses v1 or v4: configurations are in
 * fidelity-configuration-steps.cjs.
 */
const { writeFile } = require('node:fs/promises');
const { join } = require('node:path');
const { equal, failureOf, notInSdk, runStep } = require('../contract/report.cjs');
const { ANNALS_ENDPOINT, BUCKET, SCRATCH, client, put, refused, text, version } = require('./calls.cjs');
const { runConfigurationSteps } = require('./fidelity-configuration-steps.cjs');
const { connect } = require('./connect.cjs');

const PART_LENGTH = 100 << 10;

/** @param {string} name */
async function versionedBucket(name) {
  await client.putBucket(name);
  await client.putBucketVersioning(name, 'Enabled');
  return connect(ANNALS_ENDPOINT, name, version);
}

async function headBucket() {
  const ask = (/** @type {string} */ name) =>
    client.request({ ...client._bucketRequestParams('HEAD', name), successStatuses: [200] });
  const { res } = await ask(BUCKET);
  equal(String(res.headers['x-oss-bucket-region']).startsWith('oss-'), true, 'region told');
  equal((await failureOf(ask(`${BUCKET}-none`))).status, 404, 'status for a missing bucket');
  return "note: no call of its own, so by the request that the SDK's calls are made of";
}

async function existsWrongKeys() {
  for (const keys of [{ accessKeyId: 'unknown-key' }, { accessKeySecret: 'wrong' }]) {
    const stranger = connect(ANNALS_ENDPOINT, BUCKET, { ...version, ...keys });
    await refused(stranger.getBucketInfo(`${BUCKET}-none`), 'NoSuchBucket', 404);
    equal((await failureOf(stranger.getBucketInfo(BUCKET))).status, 403, 'status for an existing bucket');
    const nowhere = connect(ANNALS_ENDPOINT, `${BUCKET}-none`, { ...version, ...keys });
    equal((await failureOf(nowhere.head('k'))).status, 404, 'status of HEAD in a missing bucket');
  }
}

async function uploadEmptyFile() {
  const path = join(SCRATCH, 'empty');
  await writeFile(path, '');
  await client.multipartUpload('empty', path, {});
  const { uploadId } = await client.initMultipartUpload('no parts', {});
  await client.completeMultipartUpload('no parts', uploadId, []);
  for (const [key, kind] of [
    ['empty', 'Normal'],
    ['no parts', 'Multipart'],
  ]) {
    const { headers } = (await client.head(key)).res;
    const found = [await text(key), headers['content-length'], headers['x-oss-object-type']];
    equal(found, ['', '0', kind], `contents, length and type of ${key}`);
  }
  return 'note: multipartUpload() puts what is shorter than 100 KiB; completed without parts by the single calls';
}

async function setMetaVersioned() {
  const place = await versionedBucket(`${BUCKET}-meta`);
  const headers = { 'Content-Type': 'text/x-log', 'x-oss-object-acl': 'private' };
  const first = await place.put('k', Buffer.from('contents'), { meta: { a: 'old' }, headers });
  const old = first.res.headers['x-oss-version-id'];
  await place.putMeta('k', { a: 'new' });
  const found = await place.head('k');
  equal(found.res.headers['x-oss-version-id'] === old, false, 'whether the version is the old one');
  equal([found.meta, found.res.headers['content-type']], [{ a: 'new' }, 'text/x-log'], 'new version');
  equal((await place.get('k')).content.toString(), 'contents', 'contents');
  equal((await place.getACL('k')).acl, 'private', 'ACL');
  equal((await place.head('k', { versionId: old })).meta, { a: 'old' }, 'old version');
}

async function copyLargeVersion() {
  const place = await versionedBucket(`${BUCKET}-large`);
  const body = Buffer.from(Array.from({ length: 3 * PART_LENGTH }, (_, index) => (index * 31 + (index >> 8)) & 255));
  const { res } = await place.put('large', body);
  await place.put('large', Buffer.from('newer'));
  await place.multipartUploadCopy(
    'copy',
    { sourceKey: 'large', sourceBucketName: `${BUCKET}-large` },
    { partSize: PART_LENGTH, versionId: res.headers['x-oss-version-id'] },
  );
  equal(body.equals((await place.get('copy')).content), true, 'contents of the old version');
}

async function listControlCharacters() {
  const keys = ['\x01', '\t', '\n', '\r', '\x1f', '&<>"\'', '+ %'].map((character) => `control/${character}key`);
  for (const key of keys) await put(key, 'x');
  const wanted = [...keys].sort();
  const namesBy = async (/** @type {'list' | 'listV2'} */ call, /** @type {string} */ marker) => {
    const names = [];
    let from;
    do {
      const page = await client[call]({
        prefix: 'control/',
        'max-keys': 2,
        'encoding-type': 'url',
        ...(from !== undefined && { [marker]: from }),
      });
      names.push(...(page.objects ?? []).map(({ name }) => decodeURIComponent(name)));
      from = page.nextMarker ?? page.nextContinuationToken ?? undefined;
      if (call === 'list' && typeof from === 'string') from = decodeURIComponent(from);
    } while (from !== undefined);
    return names;
  };
  equal(await namesBy('list', 'marker'), wanted, 'list');
  equal(await namesBy('listV2', 'continuation-token'), wanted, 'listV2');
  for (const key of keys) await client.delete(key);
  equal((await client.list({ prefix: 'control/', 'max-keys': 10 }, {})).objects ?? [], [], 'keys left');
  return 'note: the SDK decodes no names, so the program asks for encoding-type=url and decodes';
}

async function copyConditional() {
  const { res } = await put('source', 'source');
  const { etag } = res.headers;
  const [past, future] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toUTCString());
  const copy = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    client.copy('target', 'source', { headers: { [name]: String(value) } });
  for (const [name, value] of [
    ['If-Match', etag],
    ['If-None-Match', '"other"'],
    ['If-Modified-Since', past],
    ['If-Unmodified-Since', future],
  ])
    equal((await copy(`${name}`, value)).data?.etag, etag, `ETag of the copy with ${name}`);
  await refused(copy('If-Match', '"other"'), 'PreconditionFailed', 412);
  await refused(copy('If-Unmodified-Since', past), 'PreconditionFailed', 412);
  for (const [name, value] of [
    ['If-None-Match', etag],
    ['If-Modified-Since', future],
  ])
    equal((await copy(`${name}`, value)).res.status, 304, `status with ${name}`);
}

async function rangeIfRange() {
  const old = (await put('joined', '0123456789')).res.headers;
  const now = (await put('joined', 'abcdefghij')).res.headers;
  const rest = async (/** @type {unknown} */ etag) => {
    const { content, res } = await client.get('joined', { headers: { Range: 'bytes=5-', 'If-Range': String(etag) } });
    return [res.status, content.toString()];
  };
  equal(await rest(old.etag), [200, 'abcdefghij'], 'answer to the old ETag');
  equal(await rest(now.etag), [206, 'fghij'], 'answer to the new ETag');
}

async function main() {
  await runStep('head-bucket', headBucket);
  await runStep('exists-wrong-keys', existsWrongKeys);
  await runStep('upload-empty-file', uploadEmptyFile);
  notInSdk('initMultipartUpload() takes no `sequential`', 'multipart-sequential');
  await runStep('set-meta-versioned', setMetaVersioned);
  await runStep('copy-large-version', copyLargeVersion);
  await runConfigurationSteps();
  await runStep('list-control-characters', listControlCharacters);
  await runStep('copy-conditional', copyConditional);
  await runStep('range-if-range', rangeIfRange);
}

main();
