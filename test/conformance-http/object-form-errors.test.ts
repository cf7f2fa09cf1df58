/** Every documented refusal of PostObject but those of its signature: whole documents and all headers. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ROOT } from '../harness/test-server.js';
import type { ExactError } from './error-document.js';
import {
  BUCKET,
  type FixtureRequest,
  openRefusalFixture,
  PUBLIC,
  type RefusalFixture,
} from './object-refusal-fixture.js';
import {
  ACL_MESSAGE,
  accessDenied,
  digestMismatch,
  fileAlreadyExists,
  invalidArgument,
  MISSING_BUCKET,
  nameNotValid,
  nameTooLong,
  noSuchBucket,
  refusal,
  SSE_MESSAGE,
  TAGGING_MESSAGE,
  TRAFFIC_MESSAGE,
} from './object-refusals.js';
import { type FormFile, makeForm, partText, policyOf, signFormV1 } from './post-form.js';

const HOUR_MS = 3_600_000;
const MIBIBYTE = 2 ** 20;
const PRE_DATA_MESSAGE = 'Your POST request fields preceding the upload file were too large.';

let fixture: RefusalFixture;

beforeAll(async () => {
  fixture = await openRefusalFixture();
});

afterAll(() => fixture.close());

type Fields = readonly (readonly [name: string, value: string])[];

interface FormOptions {
  readonly file?: FormFile | null;
  readonly tail?: string;
  readonly request?: FixtureRequest;
}

const signed = (conditions: readonly unknown[] = [{ bucket: BUCKET }], forMs = HOUR_MS): Fields =>
  signFormV1(policyOf(conditions, Date.now() + forMs), ROOT);
const signedText = (policy: string): Fields => signFormV1(Buffer.from(policy).toString('base64'), ROOT);

function form(fields: Fields, options: FormOptions = {}): FixtureRequest {
  const { file = { content: 'x' }, tail = '', request = {} } = options;
  const { contentType, body } = makeForm(fields, file ?? undefined, tail);
  const headers = { 'content-type': contentType, ...request.headers };
  return { method: 'POST', key: null, signature: 'anonymous', body, ...request, headers };
}

/** A form that would store the object `posted`. */
const good = (more: Fields = [], options: FormOptions = {}) => form([['key', 'posted'], ...more, ...signed()], options);
const under = (conditions: readonly unknown[]) => form([['key', 'posted'], ...signed(conditions)]);

const malformedForm = refusal(
  400,
  'MalformedPOSTRequest',
  'The body of your POST request is not well-formed multipart/form-data.',
);
const oneFile = refusal(
  400,
  'IncorrectNumberOfFilesInPOSTRequest',
  'POST requires exactly one file upload per request.',
);
const invalidPolicy = (message: string) => refusal(400, 'InvalidPolicyDocument', `Invalid Policy: ${message}`);
const NO_CONDITIONS = invalidPolicy("'conditions' must be a list of conditions.");
const againstPolicy = (message: string): ExactError => ({
  ...refusal(403, 'AccessDenied', `Invalid according to Policy: ${message}`),
  ec: '0003-00000001',
});
const failed = (condition: string): ExactError => ({
  ...againstPolicy(`Policy Condition failed: ${condition}`),
  ec: '0006-00000227',
});

describe('PostObject refuses, of the form', () => {
  test.each<[string, () => FixtureRequest, ExactError]>([
    [
      'no key',
      () => form(signed()),
      {
        ...invalidArgument('key', ''),
        message:
          "The bucket POST must contain the specified 'key'. If it is specified, please check the order of the fields.",
      },
    ],
    [
      'an empty key',
      () => form([['key', ''], ...signed()]),
      refusal(400, 'InvalidObjectName', 'The Object name can not be empty.'),
    ],
    ['a slash in front', () => form([['key', '/a'], ...signed()]), nameNotValid],
    ['a key that is too long', () => form([['key', 'k'.repeat(1024)], ...signed()]), nameTooLong],
    [
      'a long name of a field',
      () => good([['n'.repeat(8193), 'v']]),
      refusal(400, 'FieldItemTooLong', 'Your name of form field is too long.'),
    ],
    [
      'a long value of a field',
      () => good([['x:v', 'v'.repeat(2 * MIBIBYTE + 1)]]),
      refusal(400, 'FieldItemTooLong', 'The value of a form field is too long.'),
    ],
    [
      'much in front of the file',
      () => good([1, 2, 3].map((n) => [`x:${n}`, 'v'.repeat(2 * MIBIBYTE - 1)])),
      refusal(400, 'MaxPOSTPreDataLengthExceededError', PRE_DATA_MESSAGE),
    ],
    ['no file', () => good([], { file: null }), oneFile],
    ['two files', () => good([], { tail: partText('file', 'y', '; filename="b"') }), oneFile],
    [
      'another type',
      () => good([], { request: { headers: { 'content-type': 'text/plain' } } }),
      refusal(400, 'RequestIsNotMultiPartContent', 'Bucket POST must be of the enclosure-type multipart/form-data.'),
    ],
    ['no boundary', () => good([], { request: { headers: { 'content-type': 'multipart/form-data' } } }), malformedForm],
    ['nothing', () => good([], { request: { body: '' } }), malformedForm],
    [
      'half of it',
      () => good([], { request: { body: makeForm([['key', 'posted']], undefined).body.subarray(0, 70) } }),
      malformedForm,
    ],
    [
      'another MD5',
      () => good([], { request: { headers: { 'content-md5': createHash('md5').update('x').digest('base64') } } }),
      digestMismatch,
    ],
    [
      'tags in a header',
      () => good([], { request: { headers: { 'x-oss-tagging': 'a=1' } } }),
      {
        ...invalidArgument('x-oss-tagging', 'a=1'),
        message: 'PostObject takes x-oss-tagging as a form field only.',
      },
    ],
    ['a missing bucket', () => good([], { request: { bucket: MISSING_BUCKET } }), noSuchBucket],
    ['no signature in a private bucket', () => form([['key', 'posted']]), accessDenied(BUCKET)],
    [
      'no signature where all may read',
      () => form([['key', 'posted']], { request: { bucket: PUBLIC } }),
      accessDenied(PUBLIC, 'You have no right to access this object.'),
    ],
    [
      'half a signature',
      () => form([['key', 'posted'], ...signed().slice(0, 1)]),
      {
        ...invalidArgument('policy', ''),
        message:
          "The bucket POST must contain the specified 'policy'. If it is specified, please check the order of the fields.",
      },
    ],
  ])('%s', (_name, request, expected) => fixture.refused(request(), expected));
});

describe('PostObject refuses, of the fields', () => {
  test.each<[string, string, ExactError]>([
    ['x-oss-forbid-overwrite', 'yes', invalidArgument('x-oss-forbid-overwrite', 'yes')],
    ['x-oss-storage-class', 'Warm', invalidArgument('x-oss-storage-class', 'Warm')],
    ['x-oss-object-acl', 'everyone', invalidArgument('x-oss-object-acl', 'everyone', ACL_MESSAGE)],
    ['x-oss-server-side-encryption', 'ROT13', refusal(400, 'InvalidEncryptionAlgorithmError', SSE_MESSAGE)],
    ['x-oss-tagging', 'a=1&a=1', invalidArgument('x-oss-tagging', 'a=1&a=1', TAGGING_MESSAGE)],
    ['x-oss-traffic-limit', '1', invalidArgument('x-oss-traffic-limit', '1', TRAFFIC_MESSAGE)],
    [
      'x-oss-hash-crc64ecma',
      '1',
      refusal(400, 'InvalidCRC64', 'The x-oss-hash-crc64ecma you specified does not match what we calculated.'),
    ],
    ['Content-MD5', createHash('md5').update('y').digest('base64'), digestMismatch],
    [
      'callback',
      '!!',
      invalidArgument(
        'x-oss-callback',
        '!!',
        'The callback configuration is not valid. It must be base64 of a JSON object.',
      ),
    ],
    [
      'x-oss-meta-a',
      'v'.repeat(8192),
      { ...invalidArgument('x-oss-meta-', ''), message: 'The total size of user metadata must not exceed 8192 bytes.' },
    ],
  ])('%s: %s', (name, value, expected) => fixture.refused(good([[name, value]]), expected));

  test.each(['known', 'log'])('a key that is there, and must stay: %s', (key) =>
    fixture.refused(form([['key', key], ['x-oss-forbid-overwrite', 'true'], ...signed()]), fileAlreadyExists),
  );
});

describe('PostObject refuses, by its policy', () => {
  test.each<[string, () => FixtureRequest, ExactError]>([
    [
      'that has expired',
      () => form([['key', 'posted'], ...signed([{ bucket: BUCKET }], -1000)]),
      againstPolicy('Policy expired.'),
    ],
    ['another key', () => under([['eq', '$key', 'other']]), failed('["eq", "$key", "other"]')],
    ['another folder', () => under([['starts-with', '$key', 'user/']]), failed('["starts-with", "$key", "user/"]')],
    ['a key of none of these', () => under([['in', '$key', ['a', 'b']]]), failed('["in", "$key", ["a", "b"]]')],
    ['a key of one of these', () => under([['not-in', '$key', ['posted']]]), failed('["not-in", "$key", ["posted"]]')],
    [
      'less than so much',
      () => under([['content-length-range', 2, 9]]),
      {
        ...refusal(400, 'EntityTooSmall', 'Your proposed upload smaller than the minimum allowed size.'),
        ec: '0006-00000003',
      },
    ],
    [
      'more than so much',
      () => under([['content-length-range', 0, 0]]),
      {
        ...refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.'),
        ec: '0006-00000003',
      },
    ],
    ['without conditions', () => under([]), { ...NO_CONDITIONS, ec: '0006-00000215' }],
    [
      'without a list of conditions',
      () => form([['key', 'posted'], ...signedText('{"expiration":"2099-01-01T00:00:00.000Z"}')]),
      { ...NO_CONDITIONS, ec: '0006-00000207' },
    ],
    [
      'with a condition of a field alone',
      () => under([['$key']]),
      { ...invalidPolicy('a condition in a list must have an operator and two more elements.'), ec: '0006-00000216' },
    ],
    [
      'with a number for a condition',
      () => under([123]),
      { ...invalidPolicy('a condition must be a list, or an object with one field.'), ec: '0006-00000222' },
    ],
    ['with an unknown operator', () => under([['like', '$key', 'p']]), invalidPolicy('unknown operator "like".')],
    ['that is no JSON', () => form([['key', 'posted'], ...signedText('{')]), invalidPolicy('the policy is not JSON.')],
    [
      'that is no base64',
      () => form([['key', 'posted'], ...signFormV1('!!', ROOT)]),
      invalidPolicy('the policy is not base64.'),
    ],
  ])('%s', (_name, request, expected) => fixture.refused(request(), expected));
});

test('no refusal left a trace', () => fixture.expectUntouched());
