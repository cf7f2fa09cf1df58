// @ts-check
/**
 * Makes the identities of the steps `sts` and `policy-denial`: temporary credentials of a role that may do everything in the
 * bucket, and a user who may only read. Where one cannot be made its variables stay away and `..._MISSING` says why: those steps then fail.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { runCommand } from './command.js';
import { annalsPath } from './server.js';

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
 * @returns {Promise<Keys & { uid: string }>}
 */
async function makeUser(server, keys, name, policy) {
  const { uid } = await annals(server, keys, ['user', 'create', name]);
  await annals(server, keys, ['user', 'attach-policy', name, policy]);
  return { ...(await annals(server, keys, ['user', 'create-key', name])), uid };
}

/**
 * Asks for temporary credentials in the RPC form that the official STS clients send.
 * @param {Server} server
 * @param {Keys} owner
 */
async function assumeRole(server, owner) {
  // The owner may not assume roles; a user may, with its own policy and the role's trust.
  const keys = await makeUser(server, owner, 'interop-borrower', 'AliyunSTSAssumeRoleAccess');
  const trustPolicy = JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: ['*'] } }],
  });
  const { arn: roleArn } = await annals(server, owner, ['role', 'create', ROLE, '--trust-policy', trustPolicy]);
  await annals(server, owner, ['role', 'attach-policy', ROLE, 'AliyunOSSFullAccess']);
  const parameters = {
    Action: 'AssumeRole',
    Version: '2015-04-01',
    Format: 'JSON',
    RoleArn: roleArn,
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
 * Runs a command of `annals` against the server.
 * @param {Server} server
 * @param {Keys} keys
 * @param {readonly string[]} words
 * @returns {Promise<any>} What it printed as JSON.
 */
async function annals(server, keys, words) {
  const { stdout, problem } = await runCommand(
    {
      command: process.execPath,
      arguments: [annalsPath, ...words, '--json'],
      environment: {
        OSS_ENDPOINT: server.endpoint,
        OSS_ACCESS_KEY_ID: keys.accessKeyId,
        OSS_ACCESS_KEY_SECRET: keys.accessKeySecret,
      },
    },
    20_000,
  );
  if (problem !== undefined) throw new Error(problem);
  return stdout.trim() === '' ? {} : JSON.parse(stdout);
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
