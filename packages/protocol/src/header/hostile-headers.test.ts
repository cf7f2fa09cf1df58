/**
 * Every reader of a header value against thousands of hostile ones: a value, or a refusal with a code that its comment
 * names, in bounded memory; and against values as long as Node takes them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { spoiledTexts } from '../../../../test/harness/mutations.js';
import { parseBucketAcl, parseObjectAcl } from '../acl.js';
import { evaluateConditions, readConditions } from '../conditions.js';
import { OssError } from '../error/oss-error.js';
import { unquoteEtag } from '../etag.js';
import { parseHttpDate } from '../http-date.js';
import { parseIsoTime } from '../iso-time.js';
import { parseListingName, parsePageSize } from '../listing-limit.js';
import { parseQuery, Query } from '../query.js';
import { resolveRange } from '../range.js';
import { readAuthentication } from '../signature/authentication.js';
import { parseAppendStorageClass, parseStorageClass } from '../storage-class.js';
import { parseBucketTaggingHeader, parseTaggingHeader } from '../tagging.js';
import { readAppendExtensions } from './append-extensions.js';
import { parseContentMd5, parseLengthenedMd5 } from './content-md5.js';
import { parseCopySource } from './copy-source.js';
import { readEncryption } from './encryption.js';
import { readFollowParameters } from './follow-parameters.js';
import { readBypassGovernance, readObjectProtection } from './object-protection.js';
import { parsePartNumber } from './part-number.js';
import { parseAppendPosition, parsePosition } from './position.js';
import { readResponseOverrides } from './response-overrides.js';
import { parseTrafficLimit } from './traffic-limit.js';
import { readUserMetadata } from './user-metadata.js';
import { parseForbidOverwrite, refuseConditionalWrite } from './write-rules.js';

/** Node refuses more than 16 KiB of headers. */
const HEADERS_LENGTH_MAX = 16 * 1024;

interface ValueReader {
  /** Takes one value; which header it stands in is the reader's own matter. */
  readonly read: (value: string) => unknown;
  /** Codes of its refusals; each must come up. */
  readonly refusals: readonly string[];
}

function headersOf(headers: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers));
}

const invalid = ['InvalidArgument'];

const READERS: Readonly<Record<string, ValueReader>> = {
  parseBucketAcl: { read: parseBucketAcl, refusals: invalid },
  parseObjectAcl: { read: parseObjectAcl, refusals: invalid },
  parseStorageClass: { read: parseStorageClass, refusals: invalid },
  parseAppendStorageClass: { read: parseAppendStorageClass, refusals: invalid },
  parseHttpDate: { read: parseHttpDate, refusals: [] },
  parseIsoTime: { read: parseIsoTime, refusals: [] },
  unquoteEtag: { read: unquoteEtag, refusals: [] },
  parsePosition: { read: parsePosition, refusals: invalid },
  parseAppendPosition: { read: parseAppendPosition, refusals: invalid },
  parsePartNumber: { read: parsePartNumber, refusals: invalid },
  parseContentMd5: { read: parseContentMd5, refusals: ['InvalidDigest'] },
  parseLengthenedMd5: { read: parseLengthenedMd5, refusals: ['InvalidDigest'] },
  parseCopySource: { read: parseCopySource, refusals: ['InvalidArgument', 'InvalidBucketName', 'InvalidObjectName'] },
  parseTaggingHeader: { read: parseTaggingHeader, refusals: ['InvalidArgument', 'InvalidTag', 'BadRequest'] },
  parseBucketTaggingHeader: {
    read: parseBucketTaggingHeader,
    refusals: ['InvalidArgument', 'InvalidTag', 'RepeatedTags', 'TooManyTags'],
  },
  parseForbidOverwrite: { read: parseForbidOverwrite, refusals: invalid },
  parseTrafficLimit: {
    read: (value) => [parseTrafficLimit(value), parseTrafficLimit(undefined, value)],
    refusals: invalid,
  },
  parseListingName: { read: (value) => parseListingName('prefix', value), refusals: invalid },
  parsePageSize: { read: (value) => parsePageSize('max-keys', value, { default: 100, max: 1000 }), refusals: invalid },
  resolveRange: {
    read: (value) => [
      resolveRange(value, 1000),
      resolveRange(value, 1000, { standard: true }),
      resolveRange(value, 1000, { standard: true, multiRange: true }),
    ],
    refusals: ['MultiRangeFailed'],
  },
  readEncryption: {
    read: (value) => readEncryption(headersOf({ 'x-oss-server-side-encryption': value })),
    refusals: ['InvalidEncryptionAlgorithmError'],
  },
  'readEncryption, key id': {
    read: (value) =>
      readEncryption(
        headersOf({ 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': value }),
      ),
    // Only the empty one (EC 0005-00000205).
    refusals: invalid,
  },
  'readEncryption, data encryption': {
    read: (value) =>
      readEncryption(headersOf({ 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-data-encryption': value })),
    refusals: ['InvalidDataEncryptionAlgorithmError'],
  },
  'readObjectProtection, mode': {
    read: (value) =>
      readObjectProtection(
        headersOf({ 'x-oss-object-worm-mode': value, 'x-oss-object-worm-retain-until-date': '2027-01-01T00:00:00Z' }),
        0,
      ),
    refusals: invalid,
  },
  'readObjectProtection, date': {
    read: (value) =>
      readObjectProtection(
        headersOf({ 'x-oss-object-worm-mode': 'COMPLIANCE', 'x-oss-object-worm-retain-until-date': value }),
        0,
      ),
    refusals: invalid,
  },
  'readObjectProtection, hold': {
    read: (value) => readObjectProtection(headersOf({ 'x-oss-object-worm-legal-hold': value }), 0),
    refusals: invalid,
  },
  readBypassGovernance: {
    read: (value) => readBypassGovernance(headersOf({ 'x-oss-bypass-governance-retention': value })),
    refusals: invalid,
  },
  'readAppendExtensions, id': {
    read: (value) => readAppendExtensions(headersOf({ 'x-oss-annals-append-id': value })),
    refusals: invalid,
  },
  'readAppendExtensions, epoch': {
    read: (value) => readAppendExtensions(headersOf({ 'x-oss-annals-writer-epoch': value })),
    refusals: invalid,
  },
  'readAppendExtensions, length': {
    read: (value) => readAppendExtensions(headersOf({ 'x-oss-annals-max-length': value })),
    refusals: invalid,
  },
  'readFollowParameters, position': {
    read: (value) =>
      readFollowParameters(
        new Query([
          ['follow', 'once'],
          ['position', value],
        ]),
        headersOf({}),
      ),
    refusals: invalid,
  },
  'readFollowParameters, wait': {
    read: (value) =>
      readFollowParameters(
        new Query([
          ['follow', ''],
          ['wait', value],
        ]),
        headersOf({}),
      ),
    refusals: invalid,
  },
  'readFollowParameters, last event': {
    read: (value) =>
      readFollowParameters(
        new Query([['follow', '']]),
        headersOf({ accept: 'text/event-stream', 'last-event-id': value }),
      ),
    refusals: invalid,
  },
  'readUserMetadata, value': {
    read: (value) => readUserMetadata(headersOf({ 'x-oss-meta-a': value })),
    refusals: invalid,
  },
  'readUserMetadata, name': {
    read: (value) => readUserMetadata(headersOf({ [`x-oss-meta-${value.toLowerCase()}`]: 'v' })),
    refusals: invalid,
  },
  refuseConditionalWrite: {
    read: (value) => refuseConditionalWrite(headersOf({ [value]: 'v' })),
    refusals: ['NotImplemented'],
  },
  readResponseOverrides: {
    read: (value) => readResponseOverrides(new Map([['response-content-type', value]]), false),
    refusals: invalid,
  },
  'readConditions and evaluateConditions': {
    read: (value) =>
      evaluateConditions(
        readConditions(
          headersOf({
            'if-match': value,
            'if-none-match': value,
            'if-modified-since': value,
            'if-unmodified-since': value,
          }),
        ),
        { etag: '0123', lastModifiedMs: 1000 },
      ),
    refusals: [],
  },
  'readAuthentication, Authorization': {
    read: (value) =>
      readAuthentication({
        method: 'GET',
        query: parseQuery(''),
        headers: new Map([
          ['authorization', value],
          ['date', 'Tue, 03 Dec 2013 17:25:00 GMT'],
        ]),
      }),
    refusals: invalid,
  },
};

/** Values that one reader or another accepts. */
const VALUES: readonly string[] = [
  ...[
    '',
    'private',
    'IA',
    'Standard',
    'Tue, 03 Dec 2013 17:25:00 GMT',
    '2014-12-01T12:00:00.000Z',
    '"0123"',
    'W/"0123", *',
  ],
  ...['5', '1000', '819200', 'auto', 'true', 'rL0Y20zC+Fzt72VPzMSk2A==', '/bucket/a%20b?versionId=null', '/bucket/key'],
  ...[
    'a=1&b=%2B&c',
    'bytes=0-4, -5,7-',
    `bytes=0-0${',1-1'.repeat(49)}`,
    'KMS',
    'SM4',
    'AES256',
    'GOVERNANCE',
    'ON',
    'if-match',
    'if-none-match',
    'text/plain; charset=utf-8',
  ],
  ...['OSS ak:c2ln', 'OSS2 AccessKeyId:ak,AdditionalHeaders:a;b,Signature:c2ln'],
  'OSS4-HMAC-SHA256 Credential=ak/20131203/cn-a/oss/aliyun_v4_request, AdditionalHeaders=host, Signature=0f',
];

const PIECES: readonly string[] = [
  ...[
    '',
    ' ',
    ',',
    ';',
    '=',
    '"',
    '/',
    '\\',
    '&',
    '%',
    '%2F',
    '%00',
    '%ff',
    '%zz',
    '-',
    '+',
    ':',
    '*',
    '.',
    '?',
    '\0',
    '\t',
  ],
  ...[
    '\r\n',
    '\x7f',
    'é',
    '日',
    '😀',
    '\ud800',
    '\u202e',
    '0',
    '1',
    '-1',
    '1e9',
    '0x1',
    'NaN',
    '9007199254740993',
    '9'.repeat(400),
  ],
  ...[
    'bytes=',
    '0-',
    '-5',
    '5-2',
    ',0-0'.repeat(51),
    'auto',
    'true',
    'private',
    'AES256',
    'KMS',
    'W/',
    '__proto__',
    'constructor',
  ],
  ...[
    'OSS ',
    'OSS4-HMAC-SHA256 ',
    'OSS2 ',
    'Credential=',
    'AccessKeyId:',
    'Signature=',
    '/oss/aliyun_v4_request',
    '&a=b',
  ],
  ...[
    '?versionId=',
    'bucket/',
    'a'.repeat(300),
    '日'.repeat(400),
    '&k='.repeat(30),
    ' '.repeat(300),
    '&a&b&c&d&e&f&g&h&i&j&k&l',
  ],
  Array.from({ length: 21 }, (_, index) => `&${index}`).join(''),
];

/** A spoiled value hardly ever is what a reader of a few words accepts, so some stay as they are. */
const HOSTILE_VALUES = fc.oneof(
  { weight: 99, arbitrary: spoiledTexts(VALUES, PIECES) },
  { weight: 1, arbitrary: fc.constantFrom(...VALUES) },
);

it('every reader of this folder is in the table', () => {
  const folder = new URL('.', import.meta.url);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [
      ...readFileSync(new URL(name, folder), 'utf8').matchAll(/export function ((?:parse|read)\w+)/g),
    ])
    .map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(8);
  const known = Object.keys(READERS).map((name) => name.replace(/,.*/, ''));
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

describe('hostile values each', () => {
  it.each(Object.entries(READERS))('%s', { timeout: 300_000 }, async (_, { read, refusals }) => {
    await readHostileInputs({
      inputs: HOSTILE_VALUES,
      read,
      refusals,
      lengthOf: (value) => value.length,
    });
  });
});

describe('values as long as all headers together may be', () => {
  // A reader that looks again from every character would not be done within the time limit of a test.
  it.each(Object.entries(READERS))('%s', (_, { read, refusals }) => {
    for (const piece of [...PIECES, ...VALUES].filter((text) => text !== '')) {
      const long = piece.repeat(Math.ceil(HEADERS_LENGTH_MAX / piece.length));
      for (const value of [long, ...VALUES.map((start) => start + long)]) {
        try {
          read(value);
        } catch (error) {
          if (!(error instanceof OssError) || !refusals.includes(error.code)) throw error;
        }
      }
    }
  });
});
