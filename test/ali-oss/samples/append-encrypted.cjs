// Our own program with the calls of the documented Node.js sample of append upload, its headers enabled: an access
// control list, a storage class and server-side encryption. It knows nothing but endpoint, credentials, bucket and file
// names.
const OSS = require('ali-oss');

const [endpoint, bucket, objectName, localFile] = process.argv.slice(2);
const client = new OSS({
  region: 'oss-cn-hangzhou',
  endpoint,
  accessKeyId: process.env.OSS_ACCESS_KEY_ID,
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
  authorizationV4: true,
  bucket,
});

const headers = {
  'x-oss-object-acl': 'private',
  'x-oss-storage-class': 'Standard',
  'x-oss-server-side-encryption': 'AES256',
};

async function append() {
  const first = await client.append(objectName, localFile, { headers });
  const second = await client.append(objectName, localFile, { position: first.nextAppendPosition });
  for (const { res } of [first, second]) process.stdout.write(`${res.headers['x-oss-server-side-encryption']}\n`);
  process.stdout.write(`${second.nextAppendPosition}\n`);
}

append();
