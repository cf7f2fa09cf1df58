// Our own program with the calls of the Node.js sample that signs with V4 and, on its first append, sends the sample's
// headers.
const OSS = require('ali-oss');

const [endpoint, bucket, objectName, localFile] = process.argv.slice(2);
const client = new OSS({
  region: 'oss-cn-hangzhou',
  endpoint,
  accessKeyId: process.env.OSS_ACCESS_KEY_ID,
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
  authorizationV4: true,
  bucket,
  ...(process.env.SLD === '1' && { sldEnable: true }),
});
const headers = { 'x-oss-object-acl': 'private', 'x-oss-storage-class': 'Standard' };

async function append() {
  let result = await client.append(objectName, localFile, { headers });
  result = await client.append(objectName, localFile, { position: result.nextAppendPosition });
  process.stdout.write(`${result.nextAppendPosition}\n`);
}

append();
