/**
 * Every documented refusal of appending and sealing: whole documents and all headers, in the order in which faults are
 * looked for.
 */
import { createHash } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExactError } from './error-document.js';
import {
  BUCKET,
  type FixtureRequest,
  openRefusalFixture,
  PUBLIC,
  type RefusalFixture,
  VERSIONED,
} from './object-refusal-fixture.js';
import {
  accessDenied,
  digestMismatch,
  headerNotImplemented,
  invalidArgument,
  MISSING_BUCKET,
  methodNotAllowed,
  missingArgument,
  nameTooLong,
  noDigest,
  noSuchBucket,
  noSuchKey,
  refusal,
} from './object-refusals.js';

const BAD_POSITION_EC = '0016-00000502';
const HELLO_CRC64 = crc64(Buffer.from('hello')).toString();

let fixture: RefusalFixture;

beforeAll(async () => {
  fixture = await openRefusalFixture();
});

afterAll(() => fixture.close());

const append = (position: string | undefined, more: FixtureRequest = {}): FixtureRequest => ({
  method: 'POST',
  key: 'log',
  body: 'x',
  ...more,
  query: { append: '', ...(position !== undefined && { position }), ...more.query },
});
const seal = (position: string | undefined, more: FixtureRequest = {}): FixtureRequest => ({
  method: 'POST',
  key: 'log',
  ...more,
  query: { seal: '', ...(position !== undefined && { position }), ...more.query },
});
const mismatch = (headers: Record<string, string>): ExactError => ({
  ...refusal(409, 'PositionNotEqualToLength', 'Position is not equal to file length'),
  ec: '0026-00000016',
  headers,
});
/** Of what was appended to once, all of it. */
const mismatchAfterHello = mismatch({
  'x-oss-next-append-position': '5',
  'x-oss-hash-crc64ecma': HELLO_CRC64,
  'x-oss-annals-last-append-length': '5',
  'x-oss-annals-last-append-crc64': HELLO_CRC64,
});
const mismatchOfNothing = mismatch({ 'x-oss-next-append-position': '0', 'x-oss-hash-crc64ecma': '0' });
const notAppendable: ExactError = {
  ...refusal(409, 'ObjectNotAppendable', 'The object is not appendable'),
  ec: '0026-00000017',
};
const isSealed = refusal(409, 'AppendSealedObjectNotAllowed', 'The object has been sealed and can not be appended.');

describe('AppendObject', () => {
  test.each<[string, FixtureRequest, ExactError]>([
    ['0 of five bytes', append('0'), mismatchAfterHello],
    ['4 of five bytes', append('4'), mismatchAfterHello],
    ['6 of five bytes', append('6'), mismatchAfterHello],
    ['the highest position there is', append('9007199254740991'), mismatchAfterHello],
    ['a wrong position without content', append('4', { body: '' }), mismatchAfterHello],
    ['1 of nothing', append('1', { key: 'missing' }), mismatchOfNothing],
    ['1 of what is deleted', append('1', { bucket: VERSIONED, key: 'gone' }), mismatchOfNothing],
    ['0 of a normal object', append('0', { key: 'known' }), notAppendable],
    ['the length of a normal object', append('5', { key: 'known' }), notAppendable],
    ['0 of a link', append('0', { key: 'dangling' }), notAppendable],
    ['the length of a sealed object', append('5', { key: 'sealed' }), isSealed],
    ['a wrong position of a sealed object', append('4', { key: 'sealed' }), isSealed],
  ])('does not take the position %s', (_name, request, expected) => fixture.refused(request, expected));

  test.each([
    '-1',
    '+5',
    '',
    ' 5',
    '5.0',
    '0x5',
    '5e0',
    'test',
    '٥',
    '9007199254740992',
    '9223372036854775808',
    '18446744073709551615',
    '18446744073709551616',
    '9'.repeat(40),
  ])('does not read "%s" as a position', (position) =>
    fixture.refused(append(position), invalidArgument('position', position, undefined, BAD_POSITION_EC)),
  );

  test.each<[string, FixtureRequest, ExactError]>([
    ['no position', append(undefined), missingArgument('position', '0016-00000501')],
    [
      'a position under another name',
      append(undefined, { query: { Position: '5' } }),
      missingArgument('position', '0016-00000501'),
    ],
    [
      'a version',
      append('5', { query: { versionId: 'null' } }),
      invalidArgument('versionId', 'null', 'AppendObject does not take a version id.', '0016-00000504'),
    ],
    [
      'an empty version',
      append('5', { query: { versionId: '' } }),
      invalidArgument('versionId', '', 'AppendObject does not take a version id.', '0016-00000504'),
    ],
    ...(['ColdArchive', 'DeepColdArchive'] as const).map((name): [string, FixtureRequest, ExactError] => [
      `the class ${name}`,
      append('5', { headers: { 'x-oss-storage-class': name } }),
      invalidArgument(
        'x-oss-storage-class',
        name,
        `An appendable object cannot have the storage class ${name}.`,
        '0016-00000503',
      ),
    ]),
    [
      'an unknown class',
      append('5', { headers: { 'x-oss-storage-class': 'Warm' } }),
      invalidArgument('x-oss-storage-class', 'Warm'),
    ],
    [
      'an unknown ACL',
      append('5', { headers: { 'x-oss-object-acl': 'public' } }),
      invalidArgument('x-oss-object-acl', 'public', 'no such object access control exists'),
    ],
    [
      'an unknown encryption',
      append('5', { headers: { 'x-oss-server-side-encryption': 'ROT13' } }),
      refusal(
        400,
        'InvalidEncryptionAlgorithmError',
        'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
      ),
    ],
    [
      'a first append under KMS where there is none',
      append('0', { key: 'missing', headers: { 'x-oss-server-side-encryption': 'KMS' } }),
      refusal(403, 'KmsServiceNotEnabled', 'This user does not turn on KMS service.'),
    ],
    [
      'the id of a key',
      append('5', { headers: { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'k' } }),
      invalidArgument(
        'x-oss-server-side-encryption-key-id',
        'k',
        'AppendObject does not take the id of an encryption key.',
      ),
    ],
    [
      'the MD5 of another body',
      append('5', { headers: { 'content-md5': createHash('md5').update('y').digest('base64') } }),
      digestMismatch,
    ],
    ['what is no MD5', append('5', { headers: { 'content-md5': 'abc' } }), noDigest],
    [
      'the CRC-64 of another body',
      append('5', { headers: { 'x-oss-hash-crc64ecma': HELLO_CRC64 } }),
      refusal(400, 'InvalidCRC64', 'The x-oss-hash-crc64ecma you specified does not match what we calculated.'),
    ],
    [
      'a callback',
      append('5', { headers: { 'x-oss-callback': 'e30=' } }),
      invalidArgument('x-oss-callback', '', 'AppendObject does not support callbacks. Nothing was appended.'),
    ],
    [
      'a callback in the query',
      append('5', { query: { 'callback-var': 'e30=' } }),
      invalidArgument('callback-var', '', 'AppendObject does not support callbacks. Nothing was appended.'),
    ],
    ['a condition', append('5', { headers: { 'if-match': '"x"' } }), headerNotImplemented('If-Match')],
    [
      'a tag twice',
      append('0', { headers: { 'x-oss-tagging': 'a=1&a=1' } }),
      {
        ...invalidArgument('x-oss-tagging', 'a=1&a=1'),
        message:
          "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      },
    ],
    [
      'a bad tag',
      append('0', { headers: { 'x-oss-tagging': 'a%26=1' } }),
      refusal(400, 'InvalidTag', 'The TagKey you have provided is invalid', [['TagKey', 'a&']]),
    ],
    ['a key that is too long', append('0', { key: 'k'.repeat(1024) }), nameTooLong],
    ['a missing bucket', append('0', { bucket: MISSING_BUCKET }), noSuchBucket],
    ['a stranger', append('5', { signature: 'anonymous' }), accessDenied(BUCKET)],
    [
      'a stranger where all may read',
      append('0', { bucket: PUBLIC, key: 'log', signature: 'anonymous' }),
      accessDenied(PUBLIC, 'You have no right to access this object.'),
    ],
    ['another method', append('5', { method: 'PUT' }), methodNotAllowed('PUT', 'POST, OPTIONS')],
    ['no key', append('5', { key: null }), methodNotAllowed('POST', 'OPTIONS', 'Bucket')],
    [
      'a seal at once',
      append('5', { query: { seal: '' } }),
      refusal(400, 'InvalidArgument', 'The sub-resources append and seal cannot be used together.'),
    ],
  ])('does not take %s', (_name, request, expected) => fixture.refused(request, expected));

  test.each<[string, FixtureRequest, ExactError]>([
    ['the bucket before the object', append('9', { bucket: MISSING_BUCKET }), noSuchBucket],
    [
      'the form of the position before the bucket',
      append('x', { bucket: MISSING_BUCKET }),
      invalidArgument('position', 'x', undefined, BAD_POSITION_EC),
    ],
    ['the type before the position', append('9', { key: 'known' }), notAppendable],
    ['the seal before the position', append('9', { key: 'sealed' }), isSealed],
    ['the position before the digests', append('9', { headers: { 'x-oss-hash-crc64ecma': '1' } }), mismatchAfterHello],
    ['the caller before everything', append('x', { bucket: BUCKET, signature: 'anonymous' }), accessDenied(BUCKET)],
  ])('looks for %s', (_name, request, expected) => fixture.refused(request, expected));
});

describe('SealAppendObject', () => {
  test.each<[string, FixtureRequest, ExactError]>([
    ['a wrong position', seal('4'), mismatchAfterHello],
    ['a wrong position of a sealed object', seal('4', { key: 'sealed' }), mismatchAfterHello],
    ['no position', seal(undefined), missingArgument('position', '0016-00000501')],
    ['a position that is none', seal('end'), invalidArgument('position', 'end', undefined, BAD_POSITION_EC)],
    [
      'a version',
      seal('5', { query: { versionId: 'null' } }),
      invalidArgument('versionId', 'null', 'SealAppendObject does not take a version id.'),
    ],
    [
      'a normal object',
      seal('5', { key: 'known' }),
      refusal(409, 'AppendSealedObjectNotAllowed', 'Only an object created by AppendObject can be sealed.'),
    ],
    ['a missing object', seal('0', { key: 'missing' }), noSuchKey('missing')],
    ['a missing bucket', seal('0', { bucket: MISSING_BUCKET }), noSuchBucket],
    ['a stranger', seal('5', { signature: 'anonymous' }), accessDenied(BUCKET)],
    ['another method', seal('5', { method: 'PUT' }), methodNotAllowed('PUT', 'POST, OPTIONS')],
  ])('does not take %s', (_name, request, expected) => fixture.refused(request, expected));
});

describe('what cannot be done to an object that may grow', () => {
  const exists = refusal(
    409,
    'FileAlreadyExists',
    'The object you specified already exists and can not be overwritten.',
  );
  const notCopied = refusal(400, 'OperationNotSupported', 'The operation is not supported for this resource', [
    ['Detail', 'An object of type appendable cannot be the source of this copy.'],
  ]);
  test.each<[string, FixtureRequest, ExactError]>([
    ['PutObject', { method: 'PUT', key: 'log', body: 'x' }, exists],
    ['CopyObject onto it', { method: 'PUT', key: 'log', headers: { 'x-oss-copy-source': `/${BUCKET}/known` } }, exists],
    [
      'PutSymlink',
      { method: 'PUT', key: 'log', query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'known' } },
      exists,
    ],
    ['InitiateMultipartUpload', { method: 'POST', key: 'log', query: { uploads: '' } }, exists],
    ['CopyObject from it', { method: 'PUT', headers: { 'x-oss-copy-source': `/${BUCKET}/log` } }, notCopied],
    [
      'CopyObject from it when it is sealed',
      { method: 'PUT', headers: { 'x-oss-copy-source': `/${BUCKET}/sealed` } },
      notCopied,
    ],
  ])('%s', (_name, request, expected) => fixture.refused(request, expected));
});

test('no refusal left a trace, and the object grows on', async () => {
  await fixture.expectUntouched();
  const answer = await fixture.send(append('5'));
  expect([answer.status, answer.headers['x-oss-next-append-position']]).toEqual([200, '6']);
});
