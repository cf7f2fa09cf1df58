/** Every documented refusal of copying, as a whole and as a part of an upload: whole documents and all headers. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExactError } from './error-document.js';
import { ownHeaders } from './expectations.js';
import {
  BUCKET,
  type FixtureRequest,
  openRefusalFixture,
  type RefusalFixture,
  VERSIONED,
} from './object-refusal-fixture.js';
import {
  accessDenied,
  fileAlreadyExists,
  headerNotImplemented,
  invalidArgument,
  invalidObjectState,
  MISSING_BUCKET,
  MISSING_VERSION,
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
const HELLO_ETAG = `"${createHash('md5').update('hello').digest('hex').toUpperCase()}"`;
const MARKER_MESSAGE = 'The source of a copy request may not specifically refer to a delete marker by version id.';

let fixture: RefusalFixture;
let uploadId = '';

beforeAll(async () => {
  fixture = await openRefusalFixture();
  const initiated = await fixture.send({ method: 'POST', key: KEY, query: { uploads: '' } });
  uploadId = /<UploadId>(\w+)</.exec(initiated.body.toString('utf8'))?.[1] ?? '';
});

afterAll(() => fixture.close());

function copy(
  source: string,
  headers: Record<string, string> = {},
  query: Record<string, string> = {},
): FixtureRequest {
  return { method: 'PUT', key: 'copied', headers: { 'x-oss-copy-source': source, ...headers }, query };
}

function partCopy(
  source: string,
  headers: Record<string, string> = {},
  query: Record<string, string> = {},
): FixtureRequest {
  return { ...copy(source, headers, { uploadId, partNumber: '1', ...query }), key: KEY };
}

const sourceNeeded = (value: string) =>
  invalidArgument(
    'x-oss-copy-source',
    value,
    'Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.',
  );

/** What is wrong with a source, for CopyObject and UploadPartCopy alike. */
type WrongSource = [source: string, headers: Record<string, string>, expected: ExactError, copyEc?: string];
/** The last is the EC that CopyObject has of its own. */
const WRONG_SOURCES: readonly WrongSource[] = [
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
  [
    `/${BUCKET}/known?versionId=`,
    {},
    invalidArgument('versionId', '', 'Version id can not be the empty string.'),
    '0016-00000305',
  ],
  [
    `/${BUCKET}/known?versionId=a%20b`,
    {},
    invalidArgument('versionId', 'a b', 'Invalid version id specified.'),
    '0012-00000202',
  ],
  [`/${BUCKET}/known?versionId=${MISSING_VERSION}`, {}, noSuchVersion('known'), '0012-00000203'],
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
  { 'x-oss-copy-source-if-none-match': HELLO_ETAG },
  { 'x-oss-copy-source-if-modified-since': FAR_AHEAD },
];

describe('CopyObject refuses', () => {
  test.each<WrongSource>(WRONG_SOURCES)('the source "%s" under %j', (source, headers, expected, ec) =>
    fixture.refused(copy(source, headers), { ...expected, ...(ec !== undefined && { ec }) }),
  );

  test('a delete marker: 404 as the current version, a wrong argument by its id', async () => {
    const { markerId } = fixture;
    await fixture.refused(copy(`/${VERSIONED}/gone`), {
      ...noSuchKey('gone'),
      headers: { 'x-oss-delete-marker': 'true', 'x-oss-version-id': markerId },
    });
    await fixture.refused(
      copy(`/${VERSIONED}/gone?versionId=${markerId}`),
      invalidArgument('versionId', markerId, MARKER_MESSAGE, '0016-00000307'),
    );
  });

  test.each<[string, FixtureRequest, ExactError]>([
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
  ])('%s', (_name, request, expected) => fixture.refused(request, expected));

  test.each(UNCHANGED_SOURCES)('with 304 and no body when the source is as it was: %j', async (headers) => {
    const answer = await fixture.send(copy(`/${BUCKET}/known`, headers));
    expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([304, 0, HELLO_ETAG]);
    expect(Object.keys(ownHeaders(answer)).sort()).toEqual(['etag', 'last-modified', 'x-oss-hash-crc64ecma']);
  });
});

describe('UploadPartCopy refuses', () => {
  test.each<WrongSource>(WRONG_SOURCES)('the source "%s" under %j', (source, headers, expected) => {
    const isOfSource = expected.message.startsWith('Copy Source must mention');
    const ec = source === '' ? '0042-00000302' : '0042-00000301';
    return fixture.refused(partCopy(source, headers), isOfSource ? { ...expected, ec } : expected);
  });

  test('a delete marker named by its id', () => {
    const { markerId } = fixture;
    return fixture.refused(
      partCopy(`/${VERSIONED}/gone?versionId=${markerId}`),
      invalidArgument('versionId', markerId, MARKER_MESSAGE),
    );
  });

  test.each(['0', '10001', '-1', '', 'one', '18446744073709551616'])('the part number "%s"', (partNumber) =>
    fixture.refused(
      partCopy(`/${BUCKET}/known`, {}, { partNumber }),
      invalidArgument('partNumber', partNumber, 'Part number must be an integer between 1 and 10000, inclusive.'),
    ),
  );

  test('an upload that is not there, and an object that may grow', async () => {
    await fixture.refused(
      partCopy(`/${BUCKET}/known`, {}, { uploadId: UNKNOWN_UPLOAD }),
      noSuchUpload(UNKNOWN_UPLOAD, '0042-00000311'),
    );
    const detail = ['Detail', 'An object of type appendable cannot be the source of this copy.'] as const;
    const message = 'The operation is not supported for this resource';
    await fixture.refused(partCopy(`/${BUCKET}/log`), refusal(400, 'OperationNotSupported', message, [detail]));
  });

  test.each(UNCHANGED_SOURCES)('with 304 and no body when the source is as it was: %j', async (headers) => {
    const answer = await fixture.send(partCopy(`/${BUCKET}/known`, headers));
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
  });
});

test('no refusal left a trace', async () => {
  const parts = await fixture.send({ key: KEY, query: { uploadId } });
  expect(parts.body.toString('utf8')).not.toContain('<Part>');
  expect((await fixture.send({ method: 'DELETE', key: KEY, query: { uploadId } })).status).toBe(204);
  await fixture.expectUntouched();
});
