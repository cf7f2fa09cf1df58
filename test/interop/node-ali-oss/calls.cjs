// @ts-check
/** The client of the scenario and the calls its steps are written in. SIGNATURE_VERSION chooses v1 or v4. */
const { createHash } = require('node:crypto');
const { equal, failureOf } = require('../contract/report.cjs');
const { connect } = require('./connect.cjs');

const { BUCKET = '', SCRATCH = '', SIGNATURE_VERSION, ANNALS_ENDPOINT = '' } = process.env;
const isV4 = SIGNATURE_VERSION === 'v4';
const MIB = 1 << 20;
const version = { authorizationV4: isV4 };
const client = connect(ANNALS_ENDPOINT, BUCKET, version);

const text = async (/** @type {string} */ key, /** @type {object} */ options = {}) =>
  (await client.get(key, options)).content.toString();
const append = (
  /** @type {string} */ key,
  /** @type {number} */ position,
  /** @type {string} */ body,
  /** @type {object} */ options = {},
) => client.append(key, Buffer.from(body), { position, ...options });
const put = (/** @type {string} */ key, /** @type {string} */ body, /** @type {object} */ options = {}) =>
  client.put(key, Buffer.from(body), options);
const md5 = (/** @type {string} */ body) => createHash('md5').update(body).digest('base64');

/**
 * The SDK's error, with the right name, code and status.
 * @param {Promise<unknown>} action
 * @param {string} code
 * @param {number} status
 */
async function refused(action, code, status) {
  const { name, code: actual, status: actualStatus } = await failureOf(action);
  equal([name, actual, actualStatus], [`${code}Error`, code, status], 'error');
}

/** The query of a URL's signature in either version. */
const signUrl = async (
  /** @type {string} */ method,
  /** @type {string} */ key,
  /** @type {Record<string, string | null>} */ queries = {},
  /** @type {Record<string, string>} */ headers = {},
) =>
  isV4
    ? await client.signatureUrlV4(method, 300, { headers, queries }, key)
    : client.signatureUrl(key, { method, expires: 300, subResource: queries, ...headers });

module.exports = {
  ANNALS_ENDPOINT,
  BUCKET,
  MIB,
  SCRATCH,
  append,
  client,
  isV4,
  md5,
  put,
  refused,
  signUrl,
  text,
  version,
};
