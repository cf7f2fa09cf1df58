// @ts-check
/** Configurations of buckets, set and read back as the objects that ali-oss takes and gives. */
const { equal, notInSdk, runStep } = require('../contract/report.cjs');
const { BUCKET, client, refused } = require('./calls.cjs');

const DATE = '2030-01-01T00:00:00.000Z';

async function lifecycleDates() {
  const rules = () => [
    {
      id: 'dated',
      prefix: 'a/',
      status: 'Enabled',
      expiration: { createdBeforeDate: DATE },
      abortMultipartUpload: { createdBeforeDate: DATE },
    },
    {
      id: 'aged',
      prefix: 'b/',
      status: 'Disabled',
      tag: [{ key: 'kind', value: 'log' }],
      transition: { days: '30', storageClass: 'IA' },
      expiration: { days: '400' },
    },
    {
      id: 'versions',
      prefix: 'c/',
      status: 'Enabled',
      expiration: { expiredObjectDeleteMarker: 'true' },
      noncurrentVersionExpiration: { noncurrentDays: '10' },
    },
  ];
  // The SDK changes the rules it is given.
  await client.putBucketLifecycle(BUCKET, rules());
  const got = (await client.getBucketLifecycle(BUCKET)).rules;
  equal(sorted(got), sorted(rules()), 'rules');
  await client.deleteBucketLifecycle(BUCKET);
}

async function inventory() {
  const inventoryOf = (/** @type {string} */ id) => ({
    id,
    isEnabled: true,
    prefix: 'logs/',
    OSSBucketDestination: {
      format: 'CSV',
      accountId: '1000000000000000',
      rolename: 'inventory',
      bucket: BUCKET,
      prefix: 'inventories',
      encryption: { 'SSE-KMS': { keyId: 'default' } },
    },
    frequency: 'Weekly',
    includedObjectVersions: 'All',
    optionalFields: { field: ['Size', 'LastModifiedDate', 'ETag'] },
  });
  for (const id of ['first', 'second']) {
    await client.putBucketInventory(BUCKET, inventoryOf(id));
    const { schedule, ...got } = (await client.getBucketInventory(BUCKET, id)).inventory;
    equal(sorted(got), sorted(inventoryOf(id)), 'inventory');
  }
  const listed = await client.listBucketInventory(BUCKET);
  const ids = listed.inventoryList.map((/** @type {{ id: string }} */ { id }) => id);
  equal([ids, listed.isTruncated], [['first', 'second'], false], 'list');
  for (const id of ['first', 'second']) await client.deleteBucketInventory(BUCKET, id);
  await refused(client.getBucketInventory(BUCKET, 'first'), 'NoSuchInventory', 404);
}

async function mirrorRules() {
  const routingRules = [
    {
      RuleNumber: '1',
      Condition: { KeyPrefixEquals: 'far/', HttpErrorCodeReturnedEquals: '404' },
      Redirect: {
        RedirectType: 'Mirror',
        MirrorURL: 'https://origin.example/',
        PassQueryString: 'true',
        MirrorPassQueryString: 'true',
        MirrorFollowRedirect: 'true',
        MirrorCheckMd5: 'false',
        MirrorPassOriginalSlashes: 'false',
        MirrorHeaders: {
          PassAll: 'true',
          Pass: ['x-one', 'x-two'],
          Remove: 'x-three',
          Set: { Key: 'x-four', Value: '4' },
        },
      },
    },
    {
      RuleNumber: '2',
      Condition: { KeyPrefixEquals: 'moved/', HttpErrorCodeReturnedEquals: '404' },
      Redirect: {
        RedirectType: 'External',
        Protocol: 'https',
        HostName: 'b.example',
        HttpRedirectCode: '302',
        ReplaceKeyPrefixWith: 'new/',
        PassQueryString: 'false',
      },
    },
  ];
  const wanted = { index: 'index.html', supportSubDir: 'true', type: '0', error: 'error.html', routingRules };
  await client.putBucketWebsite(BUCKET, wanted);
  const { res, ...got } = await client.getBucketWebsite(BUCKET);
  equal(res.status, 200, 'status');
  equal(sorted(got), sorted(wanted), 'website');
  await client.deleteBucketWebsite(BUCKET);
}

async function corsVary() {
  const rules = [
    {
      allowedOrigin: ['https://a.example', 'https://*.b.example'],
      allowedMethod: ['GET', 'PUT'],
      allowedHeader: '*',
      exposeHeader: ['etag', 'x-oss-request-id'],
      maxAgeSeconds: '100',
    },
    { allowedOrigin: '*', allowedMethod: 'HEAD' },
  ];
  await client.putBucketCORS(BUCKET, rules);
  equal(sorted((await client.getBucketCORS(BUCKET)).rules), sorted(rules), 'rules');
  await client.deleteBucketCORS(BUCKET);
  return 'note: the SDK has no ResponseVary';
}

/**
 * The same with the names of all objects in order.
 * @param {unknown} value
 * @returns {unknown}
 */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, sorted(one)]);
  return Object.fromEntries(entries.sort(([left], [right]) => (String(left) < String(right) ? -1 : 1)));
}

async function runConfigurationSteps() {
  await runStep('lifecycle-dates', lifecycleDates);
  await runStep('inventory', inventory);
  await runStep('mirror-rules', mirrorRules);
  notInSdk('no call for replication', 'replication');
  notInSdk('no call for QoS', 'qos');
  await runStep('cors-vary', corsVary);
}

module.exports = { runConfigurationSteps };
