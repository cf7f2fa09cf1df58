// Our own program with the calls of the Node.js sample that signs with V1: a local file twice, at the position told by
// the first answer.
const OSS = require('ali-oss');

const [endpoint, bucket, objectName, localFile] = process.argv.slice(2);
const client = new OSS({
  region: 'oss-cn-hangzhou',
  endpoint,
  accessKeyId: process.env.OSS_ACCESS_KEY_ID,
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
  bucket,
});

async function append() {
  let result = await client.append(objectName, localFile);
  result = await client.append(objectName, localFile, { position: result.nextAppendPosition });
}

append();
