// @ts-check
/**
 * Makes the identities of the steps `sts` and `policy-denial`: temporary credentials of a role that may do everything in the
 * bucket, and a user who may only read. Where one cannot be made its variables stay away and REASON says why: those steps then fail.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { runCommand } from './command.js';
import { annalsPath } from './server.js';

const ROLE = 'interop-role';

/**
 * @param {import('./server.js').Server} server
 * @param {{ accessKeyId: string, accessKeySecret: string }} keys
 * @param {string} bucket
 * @returns {Promise<Record<string, string>>}
 */
export async function makeIdentities(server, keys, bucket) {
  return { ...(await makeReader(server, keys, bucket)), ...(await assumeRole(server, keys)) };
}

/**
 * @param {import('./server.js').Server} server
 * @param {{ accessKeyId: string, accessKeySecret: string }} keys
 * @param {string} bucket
 */
async function makeReader(server, keys, bucket) {
  const policy = JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Action: ['oss:GetObject'], Resource: [`acs:oss:*:*:${bucket}/*`] }],
  });
  const made = await annals(server, keys, ['user', 'create', 'interop-reader', '--policy', policy, '--json']);
  const { accessKeyId, accessKeySecret } = parse(made.stdout);
  if (made.problem !== undefined || accessKeyId === undefined) {
    return { READER_MISSING: `the server has no user to try it with: ${made.problem ?? made.stdout.slice(0, 200)}` };
  }
  return { READER_ACCESS_KEY_ID: accessKeyId, READER_ACCESS_KEY_SECRET: accessKeySecret };
}

/**
 * Asks for temporary credentials in the RPC form that the official STS clients send.
 * @param {import('./server.js').Server} server
 * @param {{ accessKeyId: string, accessKeySecret: string }} keys
 */
async function assumeRole(server, keys) {
  const policy = JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Action: ['oss:*'], Resource: ['acs:oss:*:*:*'] }],
  });
  const made = await annals(server, keys, ['role', 'create', ROLE, '--policy', policy, '--json']);
  const roleArn = parse(made.stdout).arn;
  if (made.problem !== undefined || roleArn === undefined) {
    return { STS_MISSING: `the server has no role to assume: ${made.problem ?? made.stdout.slice(0, 200)}` };
  }
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
  const credentials = parse(text).Credentials;
  if (answer.status !== 200 || credentials === undefined) {
    return { STS_MISSING: `AssumeRole was answered with ${answer.status}: ${text.slice(0, 200)}` };
  }
  return {
    STS_ACCESS_KEY_ID: credentials.AccessKeyId,
    STS_ACCESS_KEY_SECRET: credentials.AccessKeySecret,
    STS_SECURITY_TOKEN: credentials.SecurityToken,
  };
}

/**
 * @param {import('./server.js').Server} server
 * @param {{ accessKeyId: string, accessKeySecret: string }} keys
 * @param {readonly string[]} words
 */
async function annals(server, keys, words) {
  return await runCommand(
    {
      command: process.execPath,
      arguments: [annalsPath, ...words],
      environment: {
        OSS_ENDPOINT: server.endpoint,
        OSS_ACCESS_KEY_ID: keys.accessKeyId,
        OSS_ACCESS_KEY_SECRET: keys.accessKeySecret,
      },
    },
    20_000,
  );
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
