/** Configurations of a bucket that are wrong, or sent by somebody who may not, are refused. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  BUCKET,
  type ConfiguredBucket,
  INVALID,
  lifecycle,
  MALFORMED,
  openConfiguredBucket,
  rule,
} from './bucket-configuration-fixture.js';
import { type ExpectedError, expectError } from './expectations.js';

let server: ConfiguredBucket['server'];
let send: ConfiguredBucket['send'];

beforeAll(async () => {
  ({ server, send } = await openConfiguredBucket());
});

afterAll(() => server.close());

const EXPIRES = '<Expiration><Days>9</Days></Expiration>';
const TO_IA = '<Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition>';
const CONFLICT = { status: 400, code: 'InvalidRequest', ec: '0014-00000080' };
const CORS_RULE = '<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>';

test.each<[string, Record<string, string>, string, ExpectedError]>([
  ['a lifecycle without rules', { lifecycle: '' }, lifecycle(''), MALFORMED],
  ['a lifecycle of 1,001 rules', { lifecycle: '' }, lifecycle(rule('a', EXPIRES).repeat(1001)), MALFORMED],
  [
    'overlapping prefixes',
    { lifecycle: '' },
    lifecycle(rule('a', EXPIRES) + rule('ab', EXPIRES)),
    { ...CONFLICT, message: 'Overlap for same action type Expiration' },
  ],
  [
    'days and a date in one rule',
    { lifecycle: '' },
    lifecycle(
      rule('a', `<Expiration><CreatedBeforeDate>2025-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration>${TO_IA}`),
    ),
    {
      ...CONFLICT,
      message: 'Found mixed CreatedBeforeDate and Days based Expiration and Transition for StorageClass IA actions',
    },
  ],
  ['an expiration before a transition', { lifecycle: '' }, lifecycle(rule('a', EXPIRES + TO_IA)), INVALID],
  ['the same class twice', { lifecycle: '' }, lifecycle(rule('a', TO_IA + TO_IA)), CONFLICT],
  ['a rule without an action', { lifecycle: '' }, lifecycle(rule('a', '')), MALFORMED],
  ['an id of 256 bytes', { lifecycle: '' }, lifecycle(rule('a', EXPIRES, 'x'.repeat(256))), INVALID],
  ['an id twice', { lifecycle: '' }, lifecycle(rule('a', EXPIRES, 'x') + rule('b', EXPIRES, 'x')), INVALID],
  ['zero days', { lifecycle: '' }, lifecycle(rule('a', '<Expiration><Days>0</Days></Expiration>')), INVALID],
  [
    'a date that is no midnight',
    { lifecycle: '' },
    lifecycle(rule('a', '<Expiration><CreatedBeforeDate>2025-01-01T00:00:01.000Z</CreatedBeforeDate></Expiration>')),
    INVALID,
  ],
  [
    'a transition to Standard',
    { lifecycle: '' },
    lifecycle(rule('a', '<Transition><Days>1</Days><StorageClass>Standard</StorageClass></Transition>')),
    INVALID,
  ],
  ['another document', { lifecycle: '' }, '<CORSConfiguration/>', MALFORMED],
  [
    'eleven CORS rules',
    { cors: '' },
    `<CORSConfiguration>${CORS_RULE.repeat(11)}</CORSConfiguration>`,
    { status: 400, code: 'CORSRuleBeyondLimit' },
  ],
  ['no CORS rule', { cors: '' }, '<CORSConfiguration></CORSConfiguration>', MALFORMED],
  [
    'a CORS document of more than 16 KiB',
    { cors: '' },
    `<CORSConfiguration>${CORS_RULE}<!--${'x'.repeat(16_384)}--></CORSConfiguration>`,
    MALFORMED,
  ],
  [
    'an unknown CORS method',
    { cors: '' },
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule></CORSConfiguration>',
    INVALID,
  ],
  [
    'two wildcards in an origin',
    { cors: '' },
    '<CORSConfiguration><CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
    INVALID,
  ],
  ['a referer document without its flag', { referer: '' }, '<RefererConfiguration/>', MALFORMED],
  ['an empty website', { website: '' }, '<WebsiteConfiguration/>', MALFORMED],
  [
    'an index in a folder',
    { website: '' },
    '<WebsiteConfiguration><IndexDocument><Suffix>a/b</Suffix></IndexDocument></WebsiteConfiguration>',
    INVALID,
  ],
  [
    'an unknown encryption',
    { encryption: '' },
    '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>DES</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
    { status: 400, code: 'InvalidEncryptionAlgorithmError' },
  ],
  [
    'an unknown payer',
    { requestPayment: '' },
    '<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>',
    MALFORMED,
  ],
  ['no XML at all', { publicAccessBlock: '' }, 'yes', MALFORMED],
])('%s is refused', async (_what, query, document, expected) => {
  expectError(await send('PUT', query, document), expected);
});

test('a wrong Content-MD5 is refused, a right one is not', async () => {
  const document = `<CORSConfiguration>${CORS_RULE}</CORSConfiguration>`;
  const right = createHash('md5').update(document).digest('base64');
  const wrong = createHash('md5').update('other').digest('base64');
  expectError(await send('PUT', { cors: '' }, document, { headers: { 'content-md5': wrong } }), {
    status: 400,
    code: 'InvalidDigest',
  });
  expect((await send('PUT', { cors: '' }, document, { headers: { 'content-md5': right } })).status).toBe(200);
});

test('only the owner reads or changes a configuration', async () => {
  for (const query of ['lifecycle', 'cors', 'policy', 'website', 'worm', 'tagging', 'stat', 'cname']) {
    const anonymous = { bucket: BUCKET, query: { [query]: '' }, signature: 'anonymous' } as const;
    expect((await server.send({ method: 'GET', ...anonymous })).status).toBe(403);
  }
});

test('a configuration of a bucket that is not there', async () => {
  for (const query of ['lifecycle', 'cors', 'policy', 'logging', 'tagging', 'inventory']) {
    expectError(await server.send({ method: 'GET', bucket: 'not-there', query: { [query]: '' } }), {
      status: 404,
      code: 'NoSuchBucket',
    });
  }
});
