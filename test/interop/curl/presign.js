// @ts-check
/**
 * Prints a signed URL: `presign.js METHOD BUCKET KEY QUERY ['name: value'...]`, an empty key for the bucket itself. The
 * headers must be sent as given. Keys and region come from the environment, SIGNATURE_VERSION is v1, v2 or v4.
 */
import { signedUrl } from './signed-url.js';

const [method = '', bucket = '', key = '', query = '', ...headerLines] = process.argv.slice(2);
const {
  ANNALS_ENDPOINT: endpoint = '',
  OSS_ACCESS_KEY_ID: accessKeyId = '',
  OSS_ACCESS_KEY_SECRET: accessKeySecret = '',
  OSS_SESSION_TOKEN: securityToken,
  OSS_REGION: region = '',
  SIGNATURE_VERSION: version = 'v4',
} = process.env;
/** @type {[string, string][]} */
const headers = headerLines.map((line) => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
});
const credentials = { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
console.log(signedUrl({ method, bucket, key, query, headers, credentials }, { endpoint, region, version }));
