// @ts-check
/** Makes signed URLs in each version. Leaves out who sends them. */
import { parseQuery, percentEncode, presignV1, presignV2, presignV4 } from '@annals/protocol';

const VALID_SECONDS = 300;

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {string} bucket
 * @property {string} key Empty for the bucket itself.
 * @property {string} query
 * @property {readonly [string, string][]} headers Names in lower case; they are signed and must be sent as given.
 * @property {{ accessKeyId: string, accessKeySecret: string, securityToken?: string }} credentials
 */

/**
 * @param {Call} call
 * @param {{ endpoint: string, region: string, version: string }} place `version` is v1, v2 or v4.
 * @returns {string}
 */
export function signedUrl({ method, bucket, key, query, headers, credentials }, { endpoint, region, version }) {
  const nowMs = Date.now();
  const options = {
    request: { method, query: parseQuery(query), headers: new Map(headers) },
    resource: { bucket, ...(key !== '' && { key }) },
    credentials,
  };
  const expiresAtMs = nowMs + VALID_SECONDS * 1000;
  const parameters =
    version === 'v1'
      ? presignV1({ ...options, expiresAtMs })
      : version === 'v2'
        ? presignV2({ ...options, expiresAtMs })
        : presignV4({ ...options, nowMs, region, expiresSeconds: VALID_SECONDS });
  const text = parameters.map(
    ([name, value]) => `${percentEncode(name)}${value === '' ? '' : `=${percentEncode(value)}`}`,
  );
  return `${endpoint}/${bucket}/${percentEncode(key, { keepSlash: true })}?${text.join('&')}`;
}
