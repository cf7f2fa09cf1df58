// @ts-check
/** The appends of the shared scenario. */
const { createHash, randomBytes } = require('node:crypto');
const { createReadStream, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Readable } = require('node:stream');
const { notInSdk, runStep, equal } = require('../contract/report.cjs');
const { BUCKET, MIB, SCRATCH, append, client, md5, put, refused, text } = require('./calls.cjs');

async function runAppendSteps() {
  await runStep('create-bucket', async () => {
    const name = `${BUCKET}-made`;
    await client.putBucket(name);
    const { buckets } = await client.listBuckets();
    const names = buckets.map((/** @type {{ name: string }} */ bucket) => bucket.name);
    equal([names.includes(name), names.includes(BUCKET)], [true, true], 'both buckets listed');
    await client.deleteBucket(name);
    await refused(client.getBucketInfo(name), 'NoSuchBucket', 404);
  });

  await runStep('append-1', async () => {
    const headers = { 'x-oss-object-acl': 'public-read', 'x-oss-storage-class': 'IA', 'Content-MD5': md5('first ') };
    const result = await append('scenario/appended.log', 0, 'first ', {
      headers,
      meta: { camera: 'north' },
      mime: 'text/plain',
    });
    equal([result.res.status, result.nextAppendPosition], [200, '6'], 'answer');
    equal(await text('scenario/appended.log'), 'first ', 'contents');
  });

  await runStep('append-2', async () => {
    const result = await append('scenario/appended.log', 6, 'second ', { headers: { 'Content-MD5': md5('second ') } });
    equal(result.nextAppendPosition, '13', 'next position');
    equal(await text('scenario/appended.log'), 'first second ', 'contents');
  });

  await runStep('append-3', async () => {
    // A stream of unknown length travels chunked.
    const result = await client.append(
      'scenario/appended.log',
      Readable.from([Buffer.from('thi'), Buffer.from('rd')]),
      { position: 13 },
    );
    equal(result.nextAppendPosition, '18', 'next position');
    equal(await text('scenario/appended.log'), 'first second third', 'contents');
    const head = await client.head('scenario/appended.log');
    equal([head.meta.camera, head.res.headers['x-oss-storage-class']], ['north', 'IA'], 'metadata and class');
    equal((await client.getACL('scenario/appended.log')).acl, 'public-read', 'ACL');
    return 'note: the SDK has no CRC check';
  });

  await runStep('append-sse', async () => {
    await append('scenario/encrypted.log', 0, 'secret', { headers: { 'x-oss-server-side-encryption': 'AES256' } });
    await append('scenario/encrypted.log', 6, ' too');
    const { res } = await client.head('scenario/encrypted.log');
    equal(res.headers['x-oss-server-side-encryption'], 'AES256', 'encryption');
    equal(await text('scenario/encrypted.log'), 'secret too', 'contents');
  });

  await runStep('append-tagging', async () => {
    await append('scenario/tagged.log', 0, 'tagged', { headers: { 'x-oss-tagging': 'kind=log&site=north%20gate' } });
    equal((await client.getObjectTagging('scenario/tagged.log')).tag, { kind: 'log', site: 'north gate' }, 'tags');
  });

  await runStep('append-wrong-position', async () => {
    await append('scenario/position.log', 0, '12345');
    for (const position of [0, 4, 6])
      await refused(append('scenario/position.log', position, 'x'), 'PositionNotEqualToLength', 409);
    await refused(append('scenario/absent.log', 7, 'x'), 'PositionNotEqualToLength', 409);
    equal(await text('scenario/position.log'), '12345', 'contents');
    const { res } = await client.head('scenario/position.log');
    equal(res.headers['x-oss-next-append-position'], '5', 'next position by HEAD');
    return 'note: the error of the SDK does not carry the next position; it is read with HEAD';
  });

  await runStep('append-to-normal', async () => {
    await put('scenario/normal.txt', 'normal');
    for (const position of [0, 6])
      await refused(append('scenario/normal.txt', position, 'x'), 'ObjectNotAppendable', 409);
    equal(await text('scenario/normal.txt'), 'normal', 'contents');
  });

  await runStep('append-empty', async () => {
    equal((await append('scenario/empty.log', 0, '')).nextAppendPosition, '0', 'next position');
    const before = await client.head('scenario/empty.log');
    equal([before.res.headers['x-oss-object-type'], before.res.headers['content-length']], ['Appendable', '0'], 'HEAD');
    equal((await append('scenario/empty.log', 0, '')).nextAppendPosition, '0', 'next position of the second');
    equal((await client.head('scenario/empty.log')).res.headers.etag, before.res.headers.etag, 'ETag');
  });

  await runStep('append-64mib', async () => {
    const path = join(SCRATCH, 'large.bin');
    const block = randomBytes(MIB);
    writeFileSync(
      path,
      Buffer.concat(Array.from({ length: 64 }, (_, index) => Buffer.from(block.map((byte) => byte ^ index)))),
    );
    let sentLength = 0;
    const stream = createReadStream(path).on('data', (chunk) => {
      sentLength += chunk.length;
    });
    const result = await client.append('scenario/large.bin', stream, { position: 0 });
    equal([result.nextAppendPosition, sentLength], [String(64 * MIB), 64 * MIB], 'next position and bytes sent');
    const { stream: read } = await client.getStream('scenario/large.bin');
    const [sent, got] = [createHash('sha256'), createHash('sha256')];
    for await (const chunk of createReadStream(path)) sent.update(chunk);
    for await (const chunk of read) got.update(chunk);
    equal(got.digest('hex'), sent.digest('hex'), 'hash of the contents');
    return 'note: the SDK has no progress callback for append; the stream is counted';
  });

  notInSdk('ali-oss has no call for SealAppendObject', 'seal');
}

module.exports = { runAppendSteps };
