// @ts-check
/**
 * Prints a signed URL: `presign.js METHOD BUCKET KEY QUERY ['name: value'...]`, an empty key for the bucket itself. The headers must
 * be sent as given. Keys and region come from the environment, SIGNATURE_VERSION is v1, v2 or v4.
 */
import { parseQuery, percentEncode, presignV1, presignV2, presignV4 } from '@annals/protocol';

const VALID_SECONDS = 300;
const [method = '', bucket = '', key = '', queryText = '', ...headerLines] = process.argv.slice(2);
const {
  ANNALS_ENDPOINT = '',
  OSS_ACCESS_KEY_ID: accessKeyId = '',
  OSS_ACCESS_KEY_SECRET: accessKeySecret = '',
  OSS_SESSION_TOKEN: securityToken,
  OSS_REGION: region = '',
  SIGNATURE_VERSION = 'v4',
} = process.env;
/** @type {[string, string][]} */
const headers = headerLines.map((line) => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
});
const nowMs = Date.now();
const options = {
  request: { method, query: parseQuery(queryText), headers: new Map(headers) },
  resource: { bucket, ...(key === '' ? {} : { key }) },
  credentials: { accessKeyId, accessKeySecret, ...(securityToken === undefined ? {} : { securityToken }) },
};
const expiresAtMs = nowMs + VALID_SECONDS * 1000;
const parameters =
  SIGNATURE_VERSION === 'v1'
    ? presignV1({ ...options, expiresAtMs })
    : SIGNATURE_VERSION === 'v2'
      ? presignV2({ ...options, expiresAtMs })
      : presignV4({ ...options, nowMs, region, expiresSeconds: VALID_SECONDS });
const query = parameters.map(
  ([name, value]) => `${percentEncode(name)}${value === '' ? '' : `=${percentEncode(value)}`}`,
);
console.log(`${ANNALS_ENDPOINT}/${bucket}/${percentEncode(key, { keepSlash: true })}?${query.join('&')}`);
