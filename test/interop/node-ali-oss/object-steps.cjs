// @ts-check
/** The objects of the shared scenario: refused changes, reads, uploads, copies, signed URLs. */
const { createHash, randomBytes } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { runStep, equal, failureOf } = require('../contract/report.cjs');
const { MIB, SCRATCH, append, client, isV4, put, refused, signUrl, text } = require('./calls.cjs');

async function runObjectSteps() {
  await runStep('overwrite-appendable', async () => {
    await append('scenario/kept.log', 0, 'kept');
    await refused(put('scenario/kept.log', 'gone'), 'FileAlreadyExists', 409);
    equal(await text('scenario/kept.log'), 'kept', 'contents');
  });

  await runStep('copy-appendable', async () => {
    await append('scenario/uncopied.log', 0, 'here');
    await refused(client.copy('scenario/copied.log', 'scenario/uncopied.log'), 'OperationNotSupported', 400);
  });

  await runStep('head', async () => {
    await append('scenario/head.log', 0, '0123456789', { meta: { a: 'b' } });
    const { meta, res } = await client.head('scenario/head.log');
    equal(
      [
        meta,
        res.headers['content-length'],
        res.headers['x-oss-object-type'],
        res.headers['x-oss-next-append-position'],
      ],
      [{ a: 'b' }, '10', 'Appendable', '10'],
      'HEAD',
    );
    equal(/^"[0-9A-F]{32}"$/.test(res.headers.etag), true, `ETag ${res.headers.etag} has 32 digits`);
    const objectMeta = await client.getObjectMeta('scenario/head.log');
    equal(objectMeta.res.headers.etag, res.headers.etag, 'ETag of the object meta');
    await refused(client.head('scenario/none'), 'NoSuchKey', 404);
  });

  await runStep('get', async () => {
    const key = 'scenario/get a+b/中文.log';
    await append(key, 0, 'contents');
    equal(await text(key), 'contents', 'contents');
    await refused(client.get('scenario/none'), 'NoSuchKey', 404);
  });

  await runStep('range', async () => {
    await append('scenario/range.log', 0, '01234');
    await append('scenario/range.log', 5, '56789');
    const range = (/** @type {string} */ value, /** @type {object} */ more = {}) =>
      text('scenario/range.log', { headers: { Range: value, ...more } });
    equal(await range('bytes=3-6'), '3456', 'bytes 3-6');
    equal(await range('bytes=-2'), '89', 'last two bytes');
    equal(await range('bytes=7-'), '789', 'bytes from 7');
    equal(await range('bytes=10-12'), '0123456789', 'range outside the object, as by default');
    await refused(range('bytes=10-12', { 'x-oss-range-behavior': 'standard' }), 'InvalidRange', 416);
  });

  await runStep('list', async () => {
    await append('list/a/1.log', 0, 'abc');
    await put('list/b.txt', 'abcd');
    const summary = (/** @type {{ objects?: { name: string, size: number, type: string }[] }} */ { objects = [] }) =>
      objects.map(({ name, size, type }) => [name, size, type]);
    const wanted = [
      ['list/a/1.log', 3, 'Appendable'],
      ['list/b.txt', 4, 'Normal'],
    ];
    equal(summary(await client.list({ prefix: 'list/' })), wanted, 'listing');
    equal(summary(await client.listV2({ prefix: 'list/' })), wanted, 'V2 listing');
    const first = await client.listV2({ prefix: 'list/', 'max-keys': '1' });
    const rest = await client.listV2({ prefix: 'list/', 'continuation-token': first.nextContinuationToken });
    equal([...summary(first), ...summary(rest)], wanted, 'V2 listing in pages');
    const grouped = await client.list({ prefix: 'list/', delimiter: '/' });
    equal([grouped.prefixes, summary(grouped)], [['list/a/'], [wanted[1]]], 'listing with delimiter');
  });

  await runStep('put', async () => {
    const result = await put('scenario/put.txt', 'put', { mime: 'text/plain' });
    equal(result.res.headers.etag, `"${createHash('md5').update('put').digest('hex').toUpperCase()}"`, 'ETag');
    const { res } = await client.head('scenario/put.txt');
    equal([await text('scenario/put.txt'), res.headers['content-type']], ['put', 'text/plain'], 'contents and type');
  });

  await runStep('multipart', async () => {
    const contents = randomBytes(2 * MIB + 128 * 1024);
    const path = join(SCRATCH, 'parts.bin');
    writeFileSync(path, contents);
    await client.multipartUpload('scenario/parts.bin', path, { partSize: MIB, parallel: 2 });
    equal((await client.get('scenario/parts.bin')).content.equals(contents), true, 'contents as sent');
    const { res } = await client.head('scenario/parts.bin');
    equal([res.headers['x-oss-object-type'], res.headers.etag.slice(-3)], ['Multipart', '-3"'], 'type and ETag');
  });

  await runStep('multipart-resume', async () => {
    const contents = randomBytes(3 * MIB);
    const path = join(SCRATCH, 'resumed.bin');
    writeFileSync(path, contents);
    /** @type {any} */
    let checkpoint;
    const cancelled = client.multipartUpload('scenario/resumed.bin', path, {
      partSize: MIB,
      parallel: 1,
      progress: (/** @type {number} */ share, /** @type {object} */ current) => {
        checkpoint = JSON.parse(JSON.stringify(current));
        if (share > 0) client.cancel();
      },
    });
    equal((await failureOf(cancelled)).name, 'cancel', 'error of the upload broken off');
    const { parts } = await client.listParts('scenario/resumed.bin', checkpoint.uploadId);
    equal([parts].flat().length, checkpoint.doneParts.length, 'parts the server has');
    await client.multipartUpload('scenario/resumed.bin', path, {
      parallel: 1,
      checkpoint: { ...checkpoint, file: path },
    });
    equal((await client.get('scenario/resumed.bin')).content.equals(contents), true, 'contents as sent');
  });

  await runStep('copy', async () => {
    await put('scenario/original.txt', 'original', { meta: { a: 'b' } });
    await client.copy('scenario/copy.txt', 'scenario/original.txt');
    equal(
      [await text('scenario/copy.txt'), (await client.head('scenario/copy.txt')).meta],
      ['original', { a: 'b' }],
      'copy',
    );
  });

  await runStep('delete-many', async () => {
    await put('many/1', '1');
    await append('many/2 a+b', 0, '2');
    const keys = ['many/1', 'many/2 a+b', 'many/none'];
    const { deleted } = await client.deleteMulti(keys);
    equal(deleted.map((/** @type {{ Key: string }} */ { Key }) => Key).sort(), keys, 'deleted keys');
    equal((await client.list({ prefix: 'many/' })).objects ?? [], [], 'objects left');
  });

  await runStep('presigned-put', async () => {
    const url = await signUrl('PUT', 'scenario/presigned.txt', {}, { 'Content-Type': 'text/plain' });
    const answer = await fetch(url, { method: 'PUT', body: 'by url', headers: { 'Content-Type': 'text/plain' } });
    equal([answer.status, await answer.text()], [200, ''], 'answer');
    equal(await text('scenario/presigned.txt'), 'by url', 'contents');
    const other = url.replace('presigned.txt', 'other.txt');
    equal(
      (await fetch(other, { method: 'PUT', body: 'x', headers: { 'Content-Type': 'text/plain' } })).status,
      403,
      'other key',
    );
  });

  await runStep('presigned-get', async () => {
    await append('scenario/to get.log', 0, 'by url');
    const answer = await fetch(await signUrl('GET', 'scenario/to get.log'));
    equal([answer.status, await answer.text()], [200, 'by url'], 'answer');
  });

  // In V4 the SDK signs '' as `append=`, which no other client and no specification does; null becomes the bare
  // `append`.
  await runStep('presigned-append', async () => {
    for (const [position, piece] of [
      ['0', 'by '],
      ['3', 'url'],
    ]) {
      const url = await signUrl('POST', 'scenario/presigned.log', {
        // V4 signs the two differently; they mean the same.
        append: isV4 && position === '0' ? null : '',
        position: `${position}`,
      });
      const answer = await fetch(url, { method: 'POST', body: Buffer.from(`${piece}`) });
      equal([answer.status, await answer.text()], [200, ''], 'answer');
    }
    equal(await text('scenario/presigned.log'), 'by url', 'contents');
  });
}

module.exports = { runObjectSteps };
