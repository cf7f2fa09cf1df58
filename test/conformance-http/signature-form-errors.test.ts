/** Every documented refusal of a form's signature or policy, compared whole; nothing of the form is stored. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { makeForm, policyOf, signFormV1, signFormV4 } from './post-form.js';
import { denied, hexPairs, invalidAuthentication, mismatch, skewed, unknownKey } from './signature-refusals.js';

const BUCKET = 'signed-forms';
/** A whole second: signed times have no smaller part. */
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => NOW_MS });
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

const policy = policyOf([{ bucket: BUCKET }], NOW_MS + HOUR_MS);
const v4 = (atMs = NOW_MS, region = 'cn-hangzhou') =>
  signFormV4([], ROOT, { atMs, expiresAtMs: NOW_MS + HOUR_MS, region });
const without = (fields: [string, string][], name: string) => fields.filter(([other]) => other !== name);
const changed = (fields: [string, string][], name: string, value: string) =>
  fields.map(([other, old]): [string, string] => [other, other === name ? value : old]);
const missing = (name: string, ec?: string): ExactError => ({
  ...invalidAuthentication(
    `The bucket POST must contain the specified '${name}'. If it is specified, please check the order of the fields.`,
    ec,
  ),
  details: [['ArgumentName', name]],
});
const empty = (name: string): ExactError => ({
  ...invalidAuthentication('Post request signature is empty.', '0002-00000704'),
  details: [['ArgumentName', name]],
});
const badCredential = (text: string): ExactError => ({
  ...invalidAuthentication('The credential of the form is invalid.', '0002-00000710'),
  details: [
    ['ArgumentName', 'x-oss-credential'],
    ['ArgumentValue', text],
  ],
});
const wrong = changed(signFormV1(policy, ROOT), 'Signature', 'd3Jvbmc=');

test.each<[string, [string, string][], ExactError]>([
  ['no signature', without(signFormV1(policy, ROOT), 'Signature'), missing('Signature', '0002-00000703')],
  ['an empty signature', changed(signFormV1(policy, ROOT), 'Signature', ''), empty('Signature')],
  ['no V4 signature', without(v4(), 'x-oss-signature'), missing('x-oss-signature', '0002-00000703')],
  ['an empty V4 signature', changed(v4(), 'x-oss-signature', ''), empty('x-oss-signature')],
  ['a malformed credential', changed(v4(), 'x-oss-credential', 'ak/1/2'), badCredential('ak/1/2')],
  ['V4 from the future', v4(NOW_MS + DAY_MS), skewed(NOW_MS + DAY_MS, NOW_MS)],
  ['V4 of more than a week ago', v4(NOW_MS - 8 * DAY_MS), denied('Request has expired.')],
  ['V1 of nobody', signFormV1(policy, { ...ROOT, accessKeyId: 'nobody' }), unknownKey('nobody')],
  [
    'a policy that has expired',
    signFormV1(policyOf([{ bucket: BUCKET }], NOW_MS - 1), ROOT),
    denied('Invalid according to Policy: Policy expired.'),
  ],
  [
    'a condition that does not hold',
    signFormV1(policyOf([['starts-with', '$key', 'user/eric/']], NOW_MS + HOUR_MS), ROOT),
    denied(
      'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/eric/"]',
      '0006-00000227',
    ),
  ],
  [
    'a wrong signature',
    wrong,
    mismatch([
      ['OSSAccessKeyId', ROOT.accessKeyId],
      ['SignatureProvided', 'd3Jvbmc='],
      ['StringToSign', policy],
      ['StringToSignBytes', hexPairs(policy)],
    ]),
  ],
])('%s', async (_what, fields, expected) => {
  const { contentType, body } = makeForm([['key', 'form'], ...fields], { content: 'x' });
  const headers = { 'content-type': contentType };
  const answer = await server.send({ method: 'POST', bucket: BUCKET, signature: 'anonymous', headers, body });
  expectExactError(answer, expected, server.host);
  expect((await server.send({ method: 'GET', bucket: BUCKET, key: 'form' })).status).toBe(404);
});
