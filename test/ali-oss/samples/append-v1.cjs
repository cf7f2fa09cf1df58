// Our own program with the calls of the Node.js sample that signs with V1: append a local file, then append it once
// more at the position that the first answer gave. It knows nothing but endpoint, credentials, bucket and file names.
const OSS = require('ali-oss');

const [endpoint, bucket, objectName, localFile] = process.argv.slice(2);
const client = new OSS({
  region: 'oss-cn-hangzhou',
  endpoint,
  accessKeyId: process.env.OSS_ACCESS_KEY_ID,
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
  bucket,
  ...(process.env.SLD === '1' && { sldEnable: true }),
});

async function append() {
  let result = await client.append(objectName, localFile);
  result = await client.append(objectName, localFile, { position: result.nextAppendPosition });
  process.stdout.write(`${result.nextAppendPosition}\n`);
}

append();
