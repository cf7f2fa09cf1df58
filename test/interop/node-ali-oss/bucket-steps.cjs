// @ts-check
/** Identities, versions and bucket settings of the shared scenario. */
const { runStep, equal, required } = require('../contract/report.cjs');
const { ANNALS_ENDPOINT, BUCKET, append, client, refused, text, version } = require('./calls.cjs');
const { connect } = require('./connect.cjs');

async function runBucketSteps() {
  await runStep('sts', async () => {
    const accessKeyId = required('STS_ACCESS_KEY_ID', 'STS_MISSING');
    const accessKeySecret = required('STS_ACCESS_KEY_SECRET', 'STS_MISSING');
    const stsToken = required('STS_SECURITY_TOKEN', 'STS_MISSING');
    const temporary = connect(ANNALS_ENDPOINT, BUCKET, { ...version, accessKeyId, accessKeySecret, stsToken });
    equal(
      (await temporary.append('scenario/sts.log', Buffer.from('temporary'))).nextAppendPosition,
      '9',
      'next position',
    );
    equal((await temporary.get('scenario/sts.log')).content.toString(), 'temporary', 'contents');
    const bare = connect(ANNALS_ENDPOINT, BUCKET, { ...version, accessKeyId, accessKeySecret });
    await refused(bare.get('scenario/sts.log'), 'InvalidAccessKeyId', 403);
  });

  await runStep('policy-denial', async () => {
    const accessKeyId = required('READER_ACCESS_KEY_ID', 'READER_MISSING');
    const accessKeySecret = required('READER_ACCESS_KEY_SECRET', 'READER_MISSING');
    const reader = connect(ANNALS_ENDPOINT, BUCKET, { ...version, accessKeyId, accessKeySecret });
    await append('scenario/read only.log', 0, 'read me');
    equal((await reader.get('scenario/read only.log')).content.toString(), 'read me', 'contents read by the user');
    await refused(reader.append('scenario/read only.log', Buffer.from('x'), { position: 7 }), 'AccessDenied', 403);
    equal(await text('scenario/read only.log'), 'read me', 'contents');
  });

  await runStep('versioning', async () => {
    const name = `${BUCKET}-versioned`;
    await client.putBucket(name);
    await client.putBucketVersioning(name, 'Enabled');
    equal((await client.getBucketVersioning(name)).versionStatus, 'Enabled', 'status');
    const versioned = connect(ANNALS_ENDPOINT, name, version);
    const first = (await versioned.put('k', Buffer.from('1'))).res.headers['x-oss-version-id'];
    await versioned.put('k', Buffer.from('2'));
    const both = [await versioned.get('k'), await versioned.get('k', { versionId: first })];
    equal(
      both.map(({ content }) => content.toString()),
      ['2', '1'],
      'both versions',
    );
    equal((await versioned.delete('k')).res.headers['x-oss-delete-marker'], 'true', 'delete marker');
    await refused(versioned.get('k'), 'NoSuchKey', 404);
    const listed = await versioned.getBucketVersions();
    equal([listed.objects.length, listed.deleteMarker.length], [2, 1], 'versions and markers');
    const again = await versioned.append('k', Buffer.from('again'));
    equal(
      [again.nextAppendPosition, again.res.headers['x-oss-version-id'] !== undefined],
      ['5', true],
      'append over the marker',
    );
  });

  await runStep('tagging', async () => {
    await append('scenario/tags.log', 0, 'x');
    await client.putObjectTagging('scenario/tags.log', { k1: 'v 1', k2: 'v2' });
    equal((await client.getObjectTagging('scenario/tags.log')).tag, { k1: 'v 1', k2: 'v2' }, 'tags');
    await client.deleteObjectTagging('scenario/tags.log');
    equal((await client.getObjectTagging('scenario/tags.log')).tag, {}, 'tags left');
  });

  await runStep('symlink', async () => {
    await append('scenario/target.log', 0, 'target');
    await client.putSymlink('scenario/link', 'scenario/target.log', {});
    equal((await client.getSymlink('scenario/link')).targetName, 'scenario/target.log', 'target');
    const { res } = await client.head('scenario/link');
    equal([await text('scenario/link'), res.headers['x-oss-object-type']], ['target', 'Symlink'], 'through the link');
  });

  await runStep('lifecycle', async () => {
    await client.putBucketLifecycle(BUCKET, [
      { id: 'old', prefix: 'logs/', status: 'Enabled', expiration: { days: 30 } },
    ]);
    const { rules } = await client.getBucketLifecycle(BUCKET);
    equal(
      rules.map((/** @type {any} */ rule) => [rule.id, rule.prefix, rule.status, rule.expiration.days]),
      [['old', 'logs/', 'Enabled', '30']],
      'rules',
    );
    await client.deleteBucketLifecycle(BUCKET);
    await refused(client.getBucketLifecycle(BUCKET), 'NoSuchLifecycle', 404);
  });

  await runStep('cors', async () => {
    const rule = {
      allowedOrigin: 'https://example.com',
      allowedMethod: ['GET', 'PUT'],
      allowedHeader: '*',
      exposeHeader: 'ETag',
      maxAgeSeconds: '100',
    };
    await client.putBucketCORS(BUCKET, [rule]);
    const { rules } = await client.getBucketCORS(BUCKET);
    equal(
      rules.map((/** @type {any} */ one) => [
        one.allowedOrigin,
        one.allowedMethod,
        one.exposeHeader,
        one.maxAgeSeconds,
      ]),
      [['https://example.com', ['GET', 'PUT'], 'ETag', '100']],
      'rules',
    );
    await client.deleteBucketCORS(BUCKET);
    await refused(client.getBucketCORS(BUCKET), 'NoSuchCORSConfiguration', 404);
  });

  await runStep('bucket-policy', async () => {
    const policy = {
      Version: '1',
      Statement: [
        {
          Effect: 'Deny',
          Action: ['oss:PutObject'],
          Principal: ['20214760404935'],
          Resource: [`acs:oss:*:*:${BUCKET}/closed/*`],
        },
      ],
    };
    await client.putBucketPolicy(BUCKET, policy);
    equal((await client.getBucketPolicy(BUCKET)).policy, policy, 'policy');
    await client.deleteBucketPolicy(BUCKET);
    // This call of the SDK reports a missing policy as null and the status, not as an error.
    const { policy: left, status } = await client.getBucketPolicy(BUCKET);
    equal([left, status], [null, 404], 'policy left');
  });
}

module.exports = { runBucketSteps };
