// @ts-check
/**
 * Makes the identities of the steps `sts` and `policy-denial`: temporary credentials of a role that may do everything
 * in the bucket, and a user who may only read. Where one cannot be made its variables stay away and `..._MISSING` says
 * why: those steps then fail.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { signedFetch } from './signed-fetch.js';

const ROLE = 'interop-role';

/**
 * @typedef {import('./server.js').Server} Server
 * @typedef {{ accessKeyId: string, accessKeySecret: string }} Keys
 */

/**
 * @param {Server} server
 * @param {Keys} keys The owner's.
 * @returns {Promise<Record<string, string>>}
 */
export async function makeIdentities(server, keys) {
  const reader = await makeUser(server, keys, 'interop-reader', 'AliyunOSSReadOnlyAccess').then(
    (made) => ({ READER_ACCESS_KEY_ID: made.accessKeyId, READER_ACCESS_KEY_SECRET: made.accessKeySecret }),
    (error) => ({ READER_MISSING: `the server has no user to try it with: ${error.message}` }),
  );
  const temporary = await assumeRole(server, keys).catch((error) => ({
    STS_MISSING: `the server lends no role: ${error.message}`,
  }));
  return { ...reader, ...temporary };
}

/**
 * @param {Server} server
 * @param {Keys} keys
 * @param {string} name
 * @param {string} policy Of the system.
 * @returns {Promise<Keys>}
 */
async function makeUser(server, keys, name, policy) {
  await admin(server, keys, 'POST', ['users', name]);
  await admin(server, keys, 'PUT', ['users', name, 'policies', policy]);
  return (await admin(server, keys, 'POST', ['users', name, 'access-keys'])).accessKey;
}

/**
 * Asks for temporary credentials in the RPC form that the official STS clients send.
 * @param {Server} server
 * @param {Keys} owner
 */
async function assumeRole(server, owner) {
  // The owner may not assume roles; a user may, with its own policy and the role's trust.
  const keys = await makeUser(server, owner, 'interop-borrower', 'AliyunSTSAssumeRoleAccess');
  const { account } = await admin(server, owner, 'GET', ['account']);
  const trustPolicy = {
    Version: '1',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${account.accountId}:root`] } },
    ],
  };
  await admin(server, owner, 'POST', ['roles', ROLE], { trustPolicy });
  await admin(server, owner, 'PUT', ['roles', ROLE, 'policies', 'AliyunOSSFullAccess']);
  const parameters = {
    Action: 'AssumeRole',
    Version: '2015-04-01',
    Format: 'JSON',
    RoleArn: `acs:ram::${account.accountId}:role/${ROLE}`,
    RoleSessionName: 'interop-session',
    DurationSeconds: '3600',
    AccessKeyId: keys.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d{3}Z$/, 'Z'),
  };
  const query = Object.entries(parameters)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  const signature = createHmac('sha1', `${keys.accessKeySecret}&`)
    .update(`GET&%2F&${encode(query)}`)
    .digest('base64');
  const answer = await fetch(`${server.endpoint}/-/sts/?${query}&Signature=${encode(signature)}`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`AssumeRole was answered with ${answer.status}: ${text.slice(0, 200)}`);
  const credentials = JSON.parse(text).Credentials;
  return {
    STS_ACCESS_KEY_ID: credentials.AccessKeyId,
    STS_ACCESS_KEY_SECRET: credentials.AccessKeySecret,
    STS_SECURITY_TOKEN: credentials.SecurityToken,
  };
}

/**
 * Makes a call of the admin API.
 * @param {Server} server
 * @param {Keys} keys
 * @param {'GET' | 'POST' | 'PUT'} method
 * @param {readonly string[]} path
 * @param {object} [values]
 * @returns {Promise<any>} The answer.
 */
async function admin(server, keys, method, path, values) {
  const body = values === undefined ? '' : JSON.stringify(values);
  const headers = {
    'content-type': 'application/json',
    'content-md5': createHash('md5').update(body).digest('base64'),
  };
  const key = `admin/${path.join('/')}`;
  const answer = await signedFetch(
    server.endpoint,
    { method, bucket: '-', key, headers, ...(body !== '' && { body }) },
    keys,
  );
  const text = await answer.text();
  if (answer.status >= 400)
    throw new Error(`${method} ${key} was answered with ${answer.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
