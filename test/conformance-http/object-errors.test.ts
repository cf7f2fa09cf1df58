/**
 * Every documented refusal of reading and putting an object: whole documents and all headers, for GET and HEAD alike.
 * Leaves out sub-resources and deletion (`object-sub-resource-errors`), appends (`object-append-errors`), copies and
 * uploads in parts (`object-upload-errors`).
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
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
  ACL_MESSAGE,
  accessDenied,
  digestMismatch,
  emptyVersion,
  fileAlreadyExists,
  headerNotImplemented,
  invalidArgument,
  invalidObjectState,
  MISSING_BUCKET,
  MISSING_VERSION,
  malformedVersion,
  methodNotAllowed,
  noDigest,
  noSuchBucket,
  noSuchKey,
  noSuchVersion,
  preconditionFailed,
  refusal,
  SSE_MESSAGE,
  TAGGING_MESSAGE,
  TRAFFIC_MESSAGE,
} from './object-refusals.js';

const LONG_AGO = 'Mon, 01 Jan 2001 00:00:00 GMT';
const TOO_MANY_TAGS = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&');
const tagFault = (details: ExactError['details']) =>
  refusal(400, 'InvalidTag', 'The TagKey you have provided is invalid', details);

let fixture: RefusalFixture;

beforeAll(async () => {
  fixture = await openRefusalFixture();
});

afterAll(() => fixture.close());

describe('GET and HEAD refuse alike', () => {
  test.each<[string, FixtureRequest, ExactError]>([
    ['a missing key', { key: 'missing' }, noSuchKey('missing')],
    ['a missing key, asked for its metadata', { key: 'missing', query: { objectMeta: '' } }, noSuchKey('missing')],
    ['a missing bucket', { bucket: MISSING_BUCKET }, noSuchBucket],
    [
      'an illegal bucket name',
      { bucket: 'Not_There' },
      refusal(400, 'InvalidBucketName', 'The specified bucket is not valid.', [['BucketName', 'Not_There']]),
    ],
    ['another etag', { headers: { 'if-match': '"x"' } }, preconditionFailed('If-Match')],
    ['a change since', { headers: { 'if-unmodified-since': LONG_AGO } }, preconditionFailed('If-Unmodified-Since')],
    ['an empty version', { query: { versionId: '' } }, emptyVersion],
    ['a malformed version', { query: { versionId: 'a b' } }, malformedVersion],
    ['an unknown version', { query: { versionId: MISSING_VERSION } }, noSuchVersion('known')],
    [
      'a link to nothing',
      { key: 'dangling' },
      refusal(404, 'SymlinkTargetNotExist', 'The symlink target object does not exist.', [['Key', 'nothing']]),
    ],
    [
      'a link to a link',
      { key: 'second-hand' },
      {
        ...refusal(400, 'InvalidTargetType', "The symbolic's target file type is invalid", [['Key', 'dangling']]),
        ec: '0026-00000011',
      },
    ],
    ['a stranger', { signature: 'anonymous' }, accessDenied(BUCKET)],
    ['a stranger, whether the key is there or not', { key: 'missing', signature: 'anonymous' }, accessDenied(BUCKET)],
  ])('%s', async (_name, request, expected) => {
    for (const method of ['GET', 'HEAD']) await fixture.refused({ method, ...request }, expected);
  });

  test('a delete marker: 404 with its id, and 405 by its id', async () => {
    const marker = { 'x-oss-delete-marker': 'true', 'x-oss-version-id': fixture.markerId };
    for (const method of ['GET', 'HEAD']) {
      for (const query of [{}, { objectMeta: '' }]) {
        const request = { method, bucket: VERSIONED, key: 'gone' };
        await fixture.refused({ ...request, query }, { ...noSuchKey('gone'), headers: marker });
        await fixture.refused(
          { ...request, query: { ...query, versionId: fixture.markerId } },
          { ...methodNotAllowed(method, 'DELETE', 'DeleteMarker'), headers: { allow: 'DELETE', ...marker } },
        );
      }
    }
  });
});

describe('refused by GET alone', () => {
  test.each<[string, FixtureRequest, ExactError]>([
    ['an object in the archive', { key: 'frozen' }, invalidObjectState],
    [
      'a range behind the end',
      { headers: { range: 'bytes=5-', 'x-oss-range-behavior': 'standard' } },
      {
        ...refusal(416, 'InvalidRange', 'The requested range cannot be satisfied'),
        headers: { 'content-range': 'bytes */5' },
      },
    ],
    [
      'a range behind any end',
      { headers: { range: 'bytes=18446744073709551616-', 'x-oss-range-behavior': 'standard' } },
      {
        ...refusal(416, 'InvalidRange', 'The requested range cannot be satisfied'),
        headers: { 'content-range': 'bytes */5' },
      },
    ],
    [
      '51 ranges',
      { headers: { range: `bytes=${Array(51).fill('0-1').join()}`, 'x-oss-multi-range-behavior': 'multi-range' } },
      { ...refusal(400, 'MultiRangeFailed', 'The number of ranges exceeds the maximum allowed.'), ec: '0016-00000110' },
    ],
    [
      'headers chosen by a stranger',
      { bucket: PUBLIC, query: { 'response-expires': '0' }, signature: 'anonymous' },
      refusal(400, 'InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.'),
    ],
    [
      'a traffic limit out of range',
      { headers: { 'x-oss-traffic-limit': '1' } },
      invalidArgument('x-oss-traffic-limit', '1', TRAFFIC_MESSAGE),
    ],
    [
      'image processing',
      { query: { 'x-oss-process': 'image/info' } },
      refusal(501, 'NotImplemented', 'The operation ProcessImage is not implemented.'),
    ],
    [
      'GetSymlink of what is no link',
      { query: { symlink: '' } },
      refusal(400, 'NotSymlink', 'The object is not symlink.', [['Key', 'known']]),
    ],
    ['GetSymlink of nothing', { key: 'missing', query: { symlink: '' } }, noSuchKey('missing')],
    ['GetObjectAcl of nothing', { key: 'missing', query: { acl: '' } }, noSuchKey('missing')],
    ['GetObjectTagging of nothing', { key: 'missing', query: { tagging: '' } }, noSuchKey('missing')],
    [
      'GetObjectAcl by a stranger',
      { bucket: PUBLIC, query: { acl: '' }, signature: 'anonymous' },
      accessDenied(PUBLIC, 'Anonymous access is forbidden for this operation.'),
    ],
    [
      'two sub-resources',
      { query: { acl: '', tagging: '' } },
      refusal(400, 'InvalidArgument', 'The sub-resources acl and tagging cannot be used together.'),
    ],
  ])('%s', (_name, request, expected) => fixture.refused(request, expected));

  test.each([
    ['acl', 'PUT, GET, OPTIONS'],
    ['tagging', 'PUT, GET, DELETE, OPTIONS'],
    ['symlink', 'PUT, GET, DELETE, OPTIONS'],
    ['restore', 'POST, OPTIONS'],
    ['append', 'POST, OPTIONS'],
    ['uploads', 'POST, OPTIONS'],
  ])('HEAD ?%s is no method of it: Allow says which are', async (subResource, allow) => {
    await fixture.refused({ method: 'HEAD', query: { [subResource]: '' } }, methodNotAllowed('HEAD', allow));
  });
});

describe('PutObject refuses', () => {
  const badSse = refusal(400, 'InvalidEncryptionAlgorithmError', SSE_MESSAGE);
  const CRC_MESSAGE = 'The CRC-64 must be an unsigned 64-bit decimal number.';
  const kmsOnly = (value: string) =>
    invalidArgument(
      'x-oss-server-side-encryption',
      value,
      'A key id or data encryption takes x-oss-server-side-encryption: KMS.',
    );
  test.each<[Record<string, string>, ExactError]>([
    [{ 'if-modified-since': LONG_AGO }, headerNotImplemented('If-Modified-Since')],
    [{ 'if-unmodified-since': LONG_AGO }, headerNotImplemented('If-Unmodified-Since')],
    [{ 'if-match': '"x"' }, headerNotImplemented('If-Match')],
    [{ 'if-none-match': '*' }, headerNotImplemented('If-None-Match')],
    [{ 'x-oss-forbid-overwrite': 'TRUE' }, fileAlreadyExists],
    [{ 'x-oss-forbid-overwrite': 'yes' }, invalidArgument('x-oss-forbid-overwrite', 'yes')],
    [{ 'x-oss-forbid-overwrite': '' }, invalidArgument('x-oss-forbid-overwrite', '')],
    [{ 'x-oss-storage-class': 'STANDARD' }, invalidArgument('x-oss-storage-class', 'STANDARD')],
    [{ 'x-oss-storage-class': '' }, invalidArgument('x-oss-storage-class', '')],
    [{ 'x-oss-object-acl': 'Private' }, invalidArgument('x-oss-object-acl', 'Private', ACL_MESSAGE)],
    [{ 'x-oss-server-side-encryption': 'aes256' }, badSse],
    [{ 'x-oss-server-side-encryption': '' }, badSse],
    [
      { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-data-encryption': 'AES256' },
      refusal(
        400,
        'InvalidDataEncryptionAlgorithmError',
        'The Encryption request you specified is not valid. Supported value:SM4',
      ),
    ],
    [{ 'x-oss-server-side-data-encryption': 'SM4' }, kmsOnly('')],
    [{ 'x-oss-server-side-encryption': 'AES256', 'x-oss-server-side-encryption-key-id': 'k' }, kmsOnly('AES256')],
    [
      { 'x-oss-server-side-encryption': 'KMS' },
      refusal(403, 'KmsServiceNotEnabled', 'This user does not turn on KMS service.'),
    ],
    [{ 'x-oss-tagging': 'a=1&a=2' }, invalidArgument('x-oss-tagging', 'a=1&a=2', TAGGING_MESSAGE)],
    [{ 'x-oss-tagging': '%zz=1' }, invalidArgument('x-oss-tagging', '%zz', TAGGING_MESSAGE)],
    [{ 'x-oss-tagging': 'a%26=1' }, tagFault([['TagKey', 'a&']])],
    [{ 'x-oss-tagging': '=1' }, tagFault([])],
    [{ 'x-oss-tagging': TOO_MANY_TAGS }, refusal(400, 'BadRequest', 'Object tags cannot be greater than 10')],
    [
      { 'x-oss-meta-a': 'x'.repeat(8192) },
      { ...invalidArgument('x-oss-meta-', ''), message: 'The total size of user metadata must not exceed 8192 bytes.' },
    ],
    [
      { 'x-oss-meta-a!': 'x' },
      invalidArgument('x-oss-meta-a!', 'x', 'The name of user metadata may have letters, digits and -.'),
    ],
    [
      { 'x-oss-meta-': 'x' },
      invalidArgument('x-oss-meta-', 'x', 'The name of user metadata may have letters, digits and -.'),
    ],
    [{ 'content-md5': '' }, noDigest],
    [{ 'content-md5': 'abc' }, noDigest],
    [{ 'content-md5': createHash('md5').update('other').digest('base64') }, digestMismatch],
    [
      { 'x-oss-hash-crc64ecma': '1' },
      refusal(400, 'InvalidCRC64', 'The x-oss-hash-crc64ecma you specified does not match what we calculated.'),
    ],
    [{ 'x-oss-hash-crc64ecma': '-1' }, invalidArgument('x-oss-hash-crc64ecma', '-1', CRC_MESSAGE)],
    [
      { 'x-oss-hash-crc64ecma': '18446744073709551616' },
      invalidArgument('x-oss-hash-crc64ecma', '18446744073709551616', CRC_MESSAGE),
    ],
    [{ 'x-oss-traffic-limit': '' }, invalidArgument('x-oss-traffic-limit', '', TRAFFIC_MESSAGE)],
    [{ 'x-oss-traffic-limit': '1e6' }, invalidArgument('x-oss-traffic-limit', '1e6', TRAFFIC_MESSAGE)],
    [{ 'x-oss-traffic-limit': '838860801' }, invalidArgument('x-oss-traffic-limit', '838860801', TRAFFIC_MESSAGE)],
  ])('%j', (headers, expected) => fixture.refused({ method: 'PUT', body: 'changed', headers }, expected));

  test.each<[string, FixtureRequest, ExactError]>([
    [
      'a version id',
      { query: { versionId: MISSING_VERSION } },
      invalidArgument('versionId', MISSING_VERSION, 'PutObject does not take a version id.'),
    ],
    ['a missing bucket', { bucket: MISSING_BUCKET }, noSuchBucket],
    ['a stranger', { signature: 'anonymous' }, accessDenied(BUCKET)],
    [
      'a stranger where all may read',
      { bucket: PUBLIC, signature: 'anonymous' },
      accessDenied(PUBLIC, 'You have no right to access this object.'),
    ],
    [
      'a callback given twice',
      { headers: { 'x-oss-callback': 'e30=' }, query: { callback: 'e30=' } },
      invalidArgument('x-oss-callback', 'e30=', 'x-oss-callback must be either a header or a query parameter.'),
    ],
    [
      'a traffic limit given twice',
      { headers: { 'x-oss-traffic-limit': '819200' }, query: { 'x-oss-traffic-limit': '819200' } },
      invalidArgument(
        'x-oss-traffic-limit',
        '819200',
        'x-oss-traffic-limit must be either a header or a query parameter.',
      ),
    ],
  ])('%s', (_name, request, expected) => fixture.refused({ method: 'PUT', body: 'changed', ...request }, expected));
});

test('no refusal left a trace', () => fixture.expectUntouched());
