/**
 * Every documented refusal of uploading in parts: whole documents and all headers. Leaves out parts that are copied
 * (`object-copy-errors`).
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExactError } from './error-document.js';
import { BUCKET, type FixtureRequest, openRefusalFixture, type RefusalFixture } from './object-refusal-fixture.js';
import {
  accessDenied,
  digestMismatch,
  fileAlreadyExists,
  headerNotImplemented,
  invalidArgument,
  MISSING_BUCKET,
  malformedXml,
  methodNotAllowed,
  missingArgument,
  nameTooLong,
  noSuchBucket,
  noSuchUpload,
  refusal,
} from './object-refusals.js';

const KEY = 'in-parts';
const UNKNOWN_UPLOAD = '0123456789ABCDEF0123456789ABCDEF';
const MALFORMED_EC = '0042-00000205';
const PART = 'a part';
const PART_ETAG = etagOf(PART);
const PART_NUMBER_MESSAGE = 'Part number must be an integer between 1 and 10000, inclusive.';

/** Of a part for an upload that is not there. */
const PART_EC = '0042-00000104';

let fixture: RefusalFixture;
let uploadId = '';

beforeAll(async () => {
  fixture = await openRefusalFixture();
  const initiated = await fixture.send({ method: 'POST', key: KEY, query: { uploads: '' } });
  uploadId = /<UploadId>(\w+)</.exec(initiated.body.toString('utf8'))?.[1] ?? '';
  for (const partNumber of ['1', '2']) {
    const answer = await fixture.send({ method: 'PUT', key: KEY, query: { partNumber, uploadId }, body: PART });
    expect(answer.headers.etag).toBe(PART_ETAG);
  }
});

afterAll(() => fixture.close());

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex').toUpperCase()}"`;
}

describe('InitiateMultipartUpload refuses', () => {
  const initiate = (more: FixtureRequest = {}): FixtureRequest => ({
    method: 'POST',
    key: 'new',
    ...more,
    query: { uploads: '', ...more.query },
  });
  test.each<[string, FixtureRequest, ExactError]>([
    ['a missing bucket', initiate({ bucket: MISSING_BUCKET }), noSuchBucket],
    ['a key that is too long', initiate({ key: 'k'.repeat(1024) }), nameTooLong],
    [
      'what is there already',
      initiate({ key: 'known', headers: { 'x-oss-forbid-overwrite': 'true' } }),
      fileAlreadyExists,
    ],
    [
      'an unknown class',
      initiate({ headers: { 'x-oss-storage-class': 'Warm' } }),
      invalidArgument('x-oss-storage-class', 'Warm'),
    ],
    [
      'an unknown encoding',
      initiate({ query: { 'encoding-type': 'base64' } }),
      invalidArgument('encoding-type', 'base64', 'Invalid Encoding Method specified in Request'),
    ],
    ['a condition', initiate({ headers: { 'if-match': '"x"' } }), headerNotImplemented('If-Match')],
    ['a stranger', initiate({ signature: 'anonymous' }), accessDenied(BUCKET)],
  ])('%s', (_name, request, expected) => fixture.refused(request, expected));
});

describe('UploadPart refuses', () => {
  const part = (query: Record<string, string>, more: FixtureRequest = {}): FixtureRequest => ({
    method: 'PUT',
    key: KEY,
    body: PART,
    ...more,
    query: { uploadId, ...query },
  });

  test.each(['0', '10001', '-1', '+1', ' 1', '', 'one', '1.0', '1e3', '18446744073709551616'])(
    'the part number "%s"',
    (partNumber) =>
      fixture.refused(part({ partNumber }), invalidArgument('partNumber', partNumber, PART_NUMBER_MESSAGE)),
  );

  test.each<[string, () => FixtureRequest, ExactError]>([
    [
      'no part number',
      () => ({ method: 'PUT', key: KEY, body: PART, query: { uploadId } }),
      missingArgument('partNumber'),
    ],
    [
      'no upload',
      () => ({ method: 'PUT', key: KEY, body: PART, query: { partNumber: '1' } }),
      missingArgument('uploadId'),
    ],
    ['an empty upload', () => part({ partNumber: '1', uploadId: '' }), noSuchUpload('', '0017-00000244')],
    [
      'an unknown upload',
      () => part({ partNumber: '1', uploadId: UNKNOWN_UPLOAD }),
      noSuchUpload(UNKNOWN_UPLOAD, PART_EC),
    ],
    ['an upload that cannot be', () => part({ partNumber: '1', uploadId: 'NONE' }), noSuchUpload('NONE', PART_EC)],
    ['a missing bucket', () => part({ partNumber: '1' }, { bucket: MISSING_BUCKET }), noSuchBucket],
    [
      'another MD5',
      () => part({ partNumber: '1' }, { headers: { 'content-md5': createHash('md5').digest('base64') } }),
      digestMismatch,
    ],
    [
      'another CRC-64',
      () => part({ partNumber: '1' }, { headers: { 'x-oss-hash-crc64ecma': '1' } }),
      refusal(400, 'InvalidCRC64', 'The x-oss-hash-crc64ecma you specified does not match what we calculated.'),
    ],
    ['a stranger', () => part({ partNumber: '1' }, { signature: 'anonymous' }), accessDenied(BUCKET)],
  ])('%s', (_name, request, expected) => fixture.refused(request(), expected));

  test('an upload to another key', () =>
    fixture.refused(part({ partNumber: '1' }, { key: 'other' }), noSuchUpload(uploadId, PART_EC)));
});

describe('CompleteMultipartUpload refuses', () => {
  const listOf = (...parts: readonly (readonly [partNumber: number | string, etag: string])[]) =>
    `<CompleteMultipartUpload>${parts.map(([partNumber, etag]) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;
  const complete = (body: string, more: FixtureRequest = {}): FixtureRequest => ({
    method: 'POST',
    key: KEY,
    body,
    ...more,
    query: { uploadId, ...more.query },
  });
  const right = listOf([1, PART_ETAG]);
  const invalidPart = (partNumber: string) =>
    refusal(
      400,
      'InvalidPart',
      "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
      [['PartNumber', partNumber]],
    );
  const wrongOrder = (partNumber: string) =>
    refusal(
      400,
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts list must specified in order by part number.',
      [['PartNumber', partNumber]],
    );

  test.each<[string, () => FixtureRequest, ExactError]>([
    // Of an upload without parts it is the whole; of one with parts it would drop them.
    ['no list', () => complete(''), invalidPart('1')],
    [
      'another document',
      () => complete('<Other/>'),
      malformedXml('The root element must be CompleteMultipartUpload, not Other.', MALFORMED_EC),
    ],
    ['an empty list', () => complete(listOf()), invalidPart('1')],
    [
      'a part without number',
      () => complete(listOf(['', PART_ETAG])),
      malformedXml('A Part must have a PartNumber and an ETag.', MALFORMED_EC),
    ],
    [
      'a part with a word for a number',
      () => complete(listOf(['one', PART_ETAG])),
      malformedXml('PartNumber must be a whole number.', MALFORMED_EC),
    ],
    ['part 0', () => complete(listOf([0, PART_ETAG])), invalidArgument('PartNumber', '0', PART_NUMBER_MESSAGE)],
    [
      'part 10001',
      () => complete(listOf([1, PART_ETAG], [10_001, PART_ETAG])),
      invalidArgument('PartNumber', '10001', PART_NUMBER_MESSAGE),
    ],
    ['a part that is not there', () => complete(listOf([1, PART_ETAG], [10_000, PART_ETAG])), invalidPart('10000')],
    ['a part with another etag', () => complete(listOf([1, etagOf('x')])), invalidPart('1')],
    ['parts in no order', () => complete(listOf([2, PART_ETAG], [1, PART_ETAG])), wrongOrder('1')],
    ['a part twice', () => complete(listOf([1, PART_ETAG], [1, PART_ETAG])), wrongOrder('1')],
    [
      'a short part that is not the last',
      () => complete(listOf([1, PART_ETAG], [2, PART_ETAG])),
      {
        ...refusal(400, 'EntityTooSmall', 'Your proposed upload smaller than the minimum allowed size.', [
          ['ProposedSize', '6'],
          ['MinSizeAllowed', '102400'],
          ['PartNumber', '1'],
        ]),
        ec: '0042-00000213',
      },
    ],
    [
      'all parts and a list',
      () => complete(right, { headers: { 'x-oss-complete-all': 'yes' } }),
      invalidArgument(
        'x-oss-complete-all',
        'yes',
        'Should not speficy both complete all header and http body.',
        '0042-00000216',
      ),
    ],
    [
      'half of all',
      () => complete('', { headers: { 'x-oss-complete-all': 'no' } }),
      invalidArgument('x-oss-complete-all', 'no'),
    ],
    ['an unknown upload', () => complete(right, { query: { uploadId: UNKNOWN_UPLOAD } }), noSuchUpload(UNKNOWN_UPLOAD)],
    [
      'an unknown ACL',
      () => complete(right, { headers: { 'x-oss-object-acl': 'x' } }),
      invalidArgument('x-oss-object-acl', 'x', 'no such object access control exists'),
    ],
    [
      'an unknown encoding',
      () => complete(right, { query: { 'encoding-type': 'x' } }),
      invalidArgument('encoding-type', 'x', 'Invalid Encoding Method specified in Request'),
    ],
    [
      'a version',
      () => complete(right, { query: { versionId: 'null' } }),
      invalidArgument('versionId', 'null', 'CompleteMultipartUpload does not take a version id.'),
    ],
    ['a missing bucket', () => complete(right, { bucket: MISSING_BUCKET }), noSuchBucket],
    ['a stranger', () => complete(right, { signature: 'anonymous' }), accessDenied(BUCKET)],
  ])('%s', (_name, request, expected) => fixture.refused(request(), expected));
});

describe('ListParts and AbortMultipartUpload refuse', () => {
  const list = (query: Record<string, string>): FixtureRequest => ({ key: KEY, query: { uploadId, ...query } });
  test.each<[string, string]>([
    ...['0', '1001', '-1', 'abc', '18446744073709551616'].map((value): [string, string] => ['max-parts', value]),
    ...['-1', 'abc', '10001', '18446744073709551616'].map((value): [string, string] => ['part-number-marker', value]),
  ])('%s=%s', (name, value) => fixture.refused(list({ [name]: value }), invalidArgument(name, value)));

  test.each<[string, () => FixtureRequest, ExactError]>([
    [
      'an unknown encoding',
      () => list({ 'encoding-type': 'x' }),
      invalidArgument('encoding-type', 'x', 'Invalid Encoding Method specified in Request'),
    ],
    ['an unknown upload', () => list({ uploadId: UNKNOWN_UPLOAD }), noSuchUpload(UNKNOWN_UPLOAD)],
    [
      'to abort an unknown upload',
      () => ({ ...list({ uploadId: UNKNOWN_UPLOAD }), method: 'DELETE' }),
      noSuchUpload(UNKNOWN_UPLOAD),
    ],
    ['to abort in a missing bucket', () => ({ ...list({}), method: 'DELETE', bucket: MISSING_BUCKET }), noSuchBucket],
    ['HEAD', () => ({ ...list({}), method: 'HEAD' }), methodNotAllowed('HEAD', 'POST, DELETE, GET, OPTIONS')],
    [
      'a stranger',
      () => ({ ...list({}), signature: 'anonymous' }),
      accessDenied(BUCKET, 'Anonymous access is forbidden for this operation.'),
    ],
  ])('%s', (_name, request, expected) => fixture.refused(request(), expected));
});

test('no refusal left a trace: the upload has its parts and nothing else', async () => {
  const parts = await fixture.send({ key: KEY, query: { uploadId } });
  expect([...parts.body.toString('utf8').matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => number)).toEqual([
    '1',
    '2',
  ]);
  expect((await fixture.send({ method: 'DELETE', key: KEY, query: { uploadId } })).status).toBe(204);
  await fixture.expectUntouched();
});
