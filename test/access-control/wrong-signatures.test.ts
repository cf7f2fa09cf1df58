/**
 * Floods of wrong signatures, at every endpoint that takes signatures, over a real server process: clients with right
 * signatures are served as before.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeForm, policyOf, signFormV1 } from '../conformance-http/post-form.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { encode } from '../harness/sign-request.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Account, allow, type Keys, outcomeOf } from './account.js';

const BUCKET = 'examplebucket';
/** More than the 100 that one address may send for one key, in whatever way they are counted. */
const FLOOD_COUNT = 240;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;
let account: Account;
let user: Keys;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: `${folder.path}/data`, buckets: [BUCKET] });
  account = new Account(server);
  user = await account.makeUser('user', [allow(['oss:*', 'ram:*', 'sts:*'], '*')]);
});

afterAll(async () => {
  account.close();
  await server.stop();
  await folder.remove();
});

const wrong = (keys: Keys): Keys => ({ ...keys, accessKeySecret: 'guessed' });

async function sendForm(keys: Keys): Promise<string> {
  const policy = policyOf([{ bucket: BUCKET }, ['starts-with', '$key', '']], Date.now() + 600_000);
  const form = makeForm([['key', 'form'], ...signFormV1(policy, keys)], { content: 'x' });
  const headers = { 'content-type': form.contentType };
  return outcomeOf(await account.send({ method: 'POST', bucket: BUCKET, headers, body: form.body }));
}

async function callSts(keys: Keys): Promise<string> {
  const parameters: Record<string, string> = {
    Action: 'GetCallerIdentity',
    Version: '2015-04-01',
    Format: 'JSON',
    AccessKeyId: keys.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString(),
  };
  const names = Object.keys(parameters).sort();
  const text = names.map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`).join('&');
  const key = `${keys.accessKeySecret}&`;
  const signature = createHmac('sha1', key)
    .update(`GET&%2F&${encode(text)}`)
    .digest('base64');
  const response = await fetch(`${server.endpoint}/-/sts/?${text}&Signature=${encode(signature)}`);
  await response.arrayBuffer();
  return String(response.status);
}

type Door = readonly [door: string, send: (keys: Keys) => Promise<string>, right: string];

const doors: readonly Door[] = [
  ...(['v1', 'v4', 'v1-url', 'v4-url'] as const).map(
    (signature): Door => [
      signature,
      async (keys) => outcomeOf(await account.send({ method: 'GET', bucket: BUCKET, signature }, keys)),
      '200',
    ],
  ),
  ['form', sendForm, '204'],
  ['sts', callSts, '200'],
  ['admin', async (keys) => String((await account.admin('GET', 'users', undefined, keys)).status), '200'],
];

async function flood(send: (keys: Keys) => Promise<string>, keys: Keys): Promise<string[]> {
  const outcomes: string[] = [];
  for (let count = 0; count < FLOOD_COUNT; count += 20) {
    outcomes.push(...(await Promise.all(Array.from({ length: 20 }, () => send(keys)))));
  }
  return outcomes;
}

describe.each(doors)('%s', (_door, send, right) => {
  it('serves every right signature of keys that strangers name in wrong ones', async () => {
    for (const keys of [account.root, user]) {
      const [guesses, ...rest] = await Promise.all([
        flood(send, wrong(keys)),
        ...Array.from({ length: 20 }, async () => send(keys)),
      ]);
      expect(rest.every((outcome) => outcome === right)).toBe(true);
      expect(guesses.every((outcome) => /^(?:400|403|503)/.test(outcome))).toBe(true);
      expect(await send(keys)).toBe(right);
    }
  });

  it('serves them after a flood of unknown keys', async () => {
    const guesses = await flood(send, { accessKeyId: 'AKNOBODY', accessKeySecret: 'guessed' });
    expect(guesses.every((outcome) => /^(?:400|403|404|503)/.test(outcome))).toBe(true);
    expect(await send(user)).toBe(right);
  });
});

it('hardly any of it is logged', async () => {
  const lines = server
    .output()
    .stderr.split('\n')
    .filter((line) => line.includes('"errorCode":"ServiceUnavailable"'));
  expect(lines.length).toBeLessThan(50);
});
