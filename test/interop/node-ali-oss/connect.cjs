// @ts-check
/** How the programs of this folder reach the server. */
const OSS = require('ali-oss');

/**
 * @param {string} endpoint `http://127.0.0.1:PORT`
 * @param {string} bucket
 * @param {object} more
 */
function connect(endpoint, bucket, more) {
  const { port } = new URL(endpoint);
  // begin connect
  const client = new OSS({
    endpoint: `http://localhost:${port}`, // localhost with sldEnable: at a bare IP address signed URLs cannot be made
    sldEnable: true, // http://localhost:9000/BUCKET/KEY
    region: 'oss-cn-hangzhou', // any name, unless the server was given one
    authorizationV4: true, // leave it out to sign with V1
    accessKeyId: process.env.OSS_ACCESS_KEY_ID,
    accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
    bucket,
    ...more,
  });
  // end connect
  return client;
}

module.exports = { connect };
