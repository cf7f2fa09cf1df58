/** Every documented refusal of copying and of uploading in parts: whole documents and all headers. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExactError } from './error-document.js';
import { ownHeaders } from './expectations.js';
import { type BenchRequest, BUCKET, openRefusalBench, type RefusalBench, VERSIONED } from './object-refusal-bench.js';
import {
  accessDenied,
  digestMismatch,
  fileAlreadyExists,
  headerNotImplemented,
  invalidArgument,
  invalidObjectState,
  MISSING_BUCKET,
  MISSING_VERSION,
  malformedXml,
  methodNotAllowed,
  missingArgument,
  nameNotValid,
  nameTooLong,
  noSuchBucket,
  noSuchKey,
  noSuchUpload,
  noSuchVersion,
  preconditionFailed,
  refusal,
  TRAFFIC_MESSAGE,
} from './object-refusals.js';

const KEY = 'in-parts';
const LONG_AGO = 'Mon, 01 Jan 2001 00:00:00 GMT';
const FAR_AHEAD = 'Fri, 01 Jan 2100 00:00:00 GMT';
const UNKNOWN_UPLOAD = '0123456789ABCDEF0123456789ABCDEF';
const MALFORMED_EC = '0042-00000205';
const PART = 'a part';
const PART_ETAG = etagOf(PART);
const PART_NUMBER_MESSAGE = 'Part number must be an integer between 1 and 10000, inclusive.';

let bench: RefusalBench;
let uploadId = '';

beforeAll(async () => {
  bench = await openRefusalBench();
  const initiated = await bench.send({ method: 'POST', key: KEY, query: { uploads: '' } });
  uploadId = /<UploadId>(\w+)</.exec(initiated.body.toString('utf8'))?.[1] ?? '';
  for (const partNumber of ['1', '2']) {
    const answer = await bench.send({ method: 'PUT', key: KEY, query: { partNumber, uploadId }, body: PART });
    expect(answer.headers.etag).toBe(PART_ETAG);
  }
});

afterAll(() => bench.close());

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex').toUpperCase()}"`;
}

function copy(source: string, headers: Record<string, string> = {}, query: Record<string, string> = {}): BenchRequest {
  return { method: 'PUT', key: 'copied', headers: { 'x-oss-copy-source': source, ...headers }, query };
}

const sourceNeeded = (value: string) =>
  invalidArgument(
    'x-oss-copy-source',
    value,
    'Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.',
  );

/** What is wrong with a source, for CopyObject and UploadPartCopy alike. */
const WRONG_SOURCES: readonly (readonly [source: string, headers: Record<string, string>, expected: ExactError])[] = [
  ['', {}, sourceNeeded('')],
  ['/', {}, sourceNeeded('/')],
  [`/${BUCKET}`, {}, sourceNeeded(`/${BUCKET}`)],
  [`/${BUCKET}/`, {}, sourceNeeded(`/${BUCKET}/`)],
  [`/${BUCKET}/%zz`, {}, sourceNeeded(`/${BUCKET}/%zz`)],
  [`/${BUCKET}/%ff`, {}, sourceNeeded(`/${BUCKET}/%ff`)],
  [`/${BUCKET}//known`, {}, nameNotValid],
  [`/${BUCKET}/${'k'.repeat(1024)}`, {}, nameTooLong],
  [
    '/Not_There/known',
    {},
    refusal(400, 'InvalidBucketName', 'The specified bucket is not valid.', [['BucketName', 'Not_There']]),
  ],
  [`/${MISSING_BUCKET}/known`, {}, noSuchBucket],
  [`/${BUCKET}/missing`, {}, noSuchKey('missing')],
  [`/${BUCKET}/known?versionId=`, {}, invalidArgument('versionId', '', 'Version id can not be the empty string.')],
  [`/${BUCKET}/known?versionId=a%20b`, {}, invalidArgument('versionId', 'a b', 'Invalid version id specified.')],
  [`/${BUCKET}/known?versionId=${MISSING_VERSION}`, {}, noSuchVersion('known')],
  [`/${BUCKET}/frozen`, {}, invalidObjectState],
  [`/${BUCKET}/known`, { 'x-oss-copy-source-if-match': '"x"' }, preconditionFailed('If-Match')],
  [
    `/${BUCKET}/known`,
    { 'x-oss-copy-source-if-unmodified-since': LONG_AGO },
    preconditionFailed('If-Unmodified-Since'),
  ],
  [`/${BUCKET}/known`, { 'x-oss-traffic-limit': '1' }, invalidArgument('x-oss-traffic-limit', '1', TRAFFIC_MESSAGE)],
];

/** What comes of conditions that say the source is as it was. */
const UNCHANGED_SOURCES: readonly Record<string, string>[] = [
  { 'x-oss-copy-source-if-none-match': etagOf('hello') },
  { 'x-oss-copy-source-if-modified-since': FAR_AHEAD },
];

describe('CopyObject refuses', () => {
  test.each(WRONG_SOURCES)('the source "%s" under %j', (source, headers, expected) =>
    bench.refused(copy(source, headers), expected),
  );

  test('a delete marker: 404 as the current version, a wrong argument by its id', async () => {
    const { markerId } = bench;
    await bench.refused(copy(`/${VERSIONED}/gone`), {
      ...noSuchKey('gone'),
      headers: { 'x-oss-delete-marker': 'true', 'x-oss-version-id': markerId },
    });
    const message = 'The source of a copy request may not specifically refer to a delete marker by version id.';
    await bench.refused(
      copy(`/${VERSIONED}/gone?versionId=${markerId}`),
      invalidArgument('versionId', markerId, message),
    );
  });

  test.each<[string, BenchRequest, ExactError]>([
    [
      'an unknown metadata directive',
      copy(`/${BUCKET}/known`, { 'x-oss-metadata-directive': 'MERGE' }),
      invalidArgument('x-oss-metadata-directive', 'MERGE'),
    ],
    [
      'an empty metadata directive',
      copy(`/${BUCKET}/known`, { 'x-oss-metadata-directive': '' }),
      invalidArgument('x-oss-metadata-directive', ''),
    ],
    [
      'an unknown tagging directive',
      copy(`/${BUCKET}/known`, { 'x-oss-tagging-directive': 'MERGE' }),
      invalidArgument('x-oss-tagging-directive', 'MERGE'),
    ],
    [
      'what is there already',
      { ...copy(`/${BUCKET}/known`, { 'x-oss-forbid-overwrite': 'true' }), key: 'frozen' },
      fileAlreadyExists,
    ],
    [
      'a condition on the target',
      copy(`/${BUCKET}/known`, { 'if-none-match': '*' }),
      headerNotImplemented('If-None-Match'),
    ],
    [
      'a version of the target',
      copy(`/${BUCKET}/known`, {}, { versionId: 'null' }),
      invalidArgument('versionId', 'null', 'CopyObject does not take a version id.'),
    ],
    [
      'an unknown class',
      copy(`/${BUCKET}/known`, { 'x-oss-storage-class': 'Warm' }),
      invalidArgument('x-oss-storage-class', 'Warm'),
    ],
    ['a missing bucket', { ...copy(`/${BUCKET}/known`), bucket: MISSING_BUCKET }, noSuchBucket],
    ['a stranger', { ...copy(`/${BUCKET}/known`), signature: 'anonymous' }, accessDenied(BUCKET)],
  ])('%s', (_name, request, expected) => bench.refused(request, expected));

  test.each(UNCHANGED_SOURCES)('with 304 and no body when the source is as it was: %j', async (headers) => {
    const answer = await bench.send(copy(`/${BUCKET}/known`, headers));
    expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([304, 0, etagOf('hello')]);
    expect(Object.keys(ownHeaders(answer)).sort()).toEqual(['etag', 'last-modified', 'x-oss-hash-crc64ecma']);
  });
});

describe('InitiateMultipartUpload refuses', () => {
  const initiate = (more: BenchRequest = {}): BenchRequest => ({
    method: 'POST',
    key: 'new',
    ...more,
    query: { uploads: '', ...more.query },
  });
  test.each<[string, BenchRequest, ExactError]>([
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
    [
      'a version',
      initiate({ query: { versionId: 'null' } }),
      invalidArgument('versionId', 'null', 'InitiateMultipartUpload does not take a version id.'),
    ],
    ['a stranger', initiate({ signature: 'anonymous' }), accessDenied(BUCKET)],
  ])('%s', (_name, request, expected) => bench.refused(request, expected));
});

describe('UploadPart and UploadPartCopy refuse', () => {
  const part = (query: Record<string, string>, more: BenchRequest = {}): BenchRequest => ({
    method: 'PUT',
    key: KEY,
    body: PART,
    ...more,
    query: { uploadId, ...query },
  });
  const partCopy = (
    source: string,
    headers: Record<string, string> = {},
    query: Record<string, string> = {},
  ): BenchRequest => ({
    method: 'PUT',
    key: KEY,
    headers: { 'x-oss-copy-source': source, ...headers },
    query: { uploadId, partNumber: '3', ...query },
  });

  test.each(['0', '10001', '-1', '+1', ' 1', '', 'one', '1.0', '1e3', '18446744073709551616'])(
    'the part number "%s"',
    async (partNumber) => {
      const expected = invalidArgument('partNumber', partNumber, PART_NUMBER_MESSAGE);
      await bench.refused(part({ partNumber }), expected);
      await bench.refused(partCopy(`/${BUCKET}/known`, {}, { partNumber }), expected);
    },
  );

  test.each<[string, () => BenchRequest, ExactError]>([
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
    ['an empty upload', () => part({ partNumber: '1', uploadId: '' }), noSuchUpload('')],
    ['an unknown upload', () => part({ partNumber: '1', uploadId: UNKNOWN_UPLOAD }), noSuchUpload(UNKNOWN_UPLOAD)],
    ['an upload that cannot be', () => part({ partNumber: '1', uploadId: 'NONE' }), noSuchUpload('NONE')],
    [
      'an unknown upload to copy to',
      () => partCopy(`/${BUCKET}/known`, {}, { uploadId: UNKNOWN_UPLOAD }),
      noSuchUpload(UNKNOWN_UPLOAD),
    ],
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
    [
      'an object that may grow, to copy from',
      () => partCopy(`/${BUCKET}/log`),
      refusal(400, 'OperationNotSupported', 'The operation is not supported for this resource', [
        ['Detail', 'An object of type appendable cannot be the source of this copy.'],
      ]),
    ],
  ])('%s', (_name, request, expected) => bench.refused(request(), expected));

  test('an upload to another key', () =>
    bench.refused(part({ partNumber: '1' }, { key: 'other' }), noSuchUpload(uploadId)));

  test.each(WRONG_SOURCES)('the source "%s" under %j', (source, headers, expected) =>
    bench.refused(partCopy(source, headers), expected),
  );

  test('a delete marker named by its id', () => {
    const { markerId } = bench;
    const message = 'The source of a copy request may not specifically refer to a delete marker by version id.';
    return bench.refused(
      partCopy(`/${VERSIONED}/gone?versionId=${markerId}`),
      invalidArgument('versionId', markerId, message),
    );
  });

  test.each(UNCHANGED_SOURCES)('with 304 and no body when the source is as it was: %j', async (headers) => {
    const answer = await bench.send(partCopy(`/${BUCKET}/known`, headers));
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
  });
});

describe('CompleteMultipartUpload refuses', () => {
  const listOf = (...parts: readonly (readonly [partNumber: number | string, etag: string])[]) =>
    `<CompleteMultipartUpload>${parts.map(([partNumber, etag]) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;
  const complete = (body: string, more: BenchRequest = {}): BenchRequest => ({
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

  test.each<[string, () => BenchRequest, ExactError]>([
    ['no list', () => complete(''), malformedXml('Line 1: Start tag expected.', MALFORMED_EC)],
    [
      'another document',
      () => complete('<Other/>'),
      malformedXml('The root element must be CompleteMultipartUpload, not Other.', MALFORMED_EC),
    ],
    [
      'an empty list',
      () => complete(listOf()),
      malformedXml('CompleteMultipartUpload must have at least one Part.', MALFORMED_EC),
    ],
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
      refusal(400, 'EntityTooSmall', 'Your proposed upload smaller than the minimum allowed size.', [
        ['ProposedSize', '6'],
        ['MinSizeAllowed', '102400'],
        ['PartNumber', '1'],
      ]),
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
  ])('%s', (_name, request, expected) => bench.refused(request(), expected));
});

describe('ListParts and AbortMultipartUpload refuse', () => {
  const list = (query: Record<string, string>): BenchRequest => ({ key: KEY, query: { uploadId, ...query } });
  test.each<[string, string]>([
    ...['0', '1001', '-1', 'abc', '18446744073709551616'].map((value): [string, string] => ['max-parts', value]),
    ...['-1', 'abc', '10001', '18446744073709551616'].map((value): [string, string] => ['part-number-marker', value]),
  ])('%s=%s', (name, value) => bench.refused(list({ [name]: value }), invalidArgument(name, value)));

  test.each<[string, () => BenchRequest, ExactError]>([
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
  ])('%s', (_name, request, expected) => bench.refused(request(), expected));
});

test('no refusal left a trace: the upload has its parts and nothing else', async () => {
  const parts = await bench.send({ key: KEY, query: { uploadId } });
  expect([...parts.body.toString('utf8').matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => number)).toEqual([
    '1',
    '2',
  ]);
  expect((await bench.send({ method: 'DELETE', key: KEY, query: { uploadId } })).status).toBe(204);
  await bench.expectUntouched();
});
