/** Every reader of a header value against 100,000 hostile ones: a value, or a refusal by name; memory stays bounded. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBucketAcl, parseObjectAcl } from '../acl.js';
import { evaluateConditions, readConditions } from '../conditions.js';
import { OssError } from '../error/oss-error.js';
import { unquoteEtag } from '../etag.js';
import { parseHttpDate } from '../http-date.js';
import { parseIsoTime } from '../iso-time.js';
import { parseListingName, parsePageSize } from '../listing-limit.js';
import { parseQuery } from '../query.js';
import { resolveRange } from '../range.js';
import { readAuthentication } from '../signature/authentication.js';
import { parseAppendStorageClass, parseStorageClass } from '../storage-class.js';
import { parseTaggingHeader } from '../tagging.js';
import { readAppendExtensions } from './append-extensions.js';
import { parseContentMd5 } from './content-md5.js';
import { parseCopySource } from './copy-source.js';
import { readEncryption } from './encryption.js';
import { parseAppendPosition, parsePosition } from './position.js';
import { readResponseOverrides } from './response-overrides.js';
import { parseTrafficLimit } from './traffic-limit.js';
import { readUserMetadata } from './user-metadata.js';
import { parseForbidOverwrite, refuseConditionalWrite } from './write-rules.js';

const HOSTILE_COUNT = 100_000;

/** Each takes one value; which header it stands in is the reader's own matter. */
const READERS: Readonly<Record<string, (value: string) => unknown>> = {
  parseBucketAcl,
  parseObjectAcl,
  parseStorageClass,
  parseAppendStorageClass,
  parseHttpDate,
  parseIsoTime,
  unquoteEtag,
  parsePosition,
  parseAppendPosition,
  parseContentMd5,
  parseCopySource,
  parseTaggingHeader,
  parseForbidOverwrite,
  parseTrafficLimit: (value) => [parseTrafficLimit(value), parseTrafficLimit(undefined, value)],
  parseListingName: (value) => parseListingName('prefix', value),
  parsePageSize: (value) => parsePageSize('max-keys', value, { default: 100, max: 1000 }),
  resolveRange: (value) => resolveRange(value, 1000, { standard: true, multiRange: true }),
  readEncryption: (value) => readEncryption({ 'x-oss-server-side-encryption': value }),
  'readEncryption, key id': (value) =>
    readEncryption({ 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': value }),
  'readAppendExtensions, id': (value) => readAppendExtensions({ 'x-oss-annals-append-id': value }),
  'readAppendExtensions, epoch': (value) => readAppendExtensions({ 'x-oss-annals-writer-epoch': value }),
  'readAppendExtensions, length': (value) => readAppendExtensions({ 'x-oss-annals-max-length': value }),
  'readUserMetadata, value': (value) => readUserMetadata({ 'x-oss-meta-a': value }),
  'readUserMetadata, name': (value) => readUserMetadata({ [`x-oss-meta-${value.toLowerCase()}`]: 'v' }),
  'refuseConditionalWrite, value': (value) => refuseConditionalWrite({ 'if-match': value }),
  'readResponseOverrides, value': (value) => readResponseOverrides(new Map([['response-content-type', value]]), false),
  'readConditions and evaluateConditions': (value) =>
    evaluateConditions(
      readConditions({
        'if-match': value,
        'if-none-match': value,
        'if-modified-since': value,
        'if-unmodified-since': value,
      }),
      { etag: '0123', lastModifiedMs: 1000 },
    ),
  'readAuthentication, Authorization': (value) =>
    readAuthentication({
      method: 'GET',
      query: parseQuery(''),
      headers: new Map([
        ['authorization', value],
        ['date', 'Tue, 03 Dec 2013 17:25:00 GMT'],
      ]),
    }),
};

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      ...['', ' ', ',', ';', '=', '"', '/', '\\', '&', '%', '%2F', '%zz', '-', '+', ':', '*', '\0', '\t', '\r\n', 'é'],
      ...['0', '1', '9007199254740993', '-1', '1e9', 'bytes=', '0-', '-5', 'auto', 'true', 'private', 'AES256', 'KMS'],
      ...['OSS ', 'OSS4-HMAC-SHA256 ', 'OSS2 ', 'Credential=', 'AccessKeyId:', 'Signature=', '/oss/aliyun_v4_request'],
      ...['Tue, 03 Dec 2013 17:25:00 GMT', '2014-12-01T12:00:00.000Z', '20131203', 'AdditionalHeaders=', 'W/'],
      ...['?versionId=', 'bucket/key', 'IA', 'Standard', '__proto__', 'a'.repeat(300), '日'.repeat(100)],
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** What stays in use after everything unreachable was freed. */
function heapInUseBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('readers of header values', () => {
  const readers = Object.entries(READERS);
  const { stackTraceLimit } = Error;

  // Most values are refused, and writing down where costs far more than refusing.
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it(`${HOSTILE_COUNT} hostile values each: read, or refused with an OSS error`, { timeout: 120_000 }, () => {
    // One draw is given to every reader: drawing costs more than reading.
    const outcomes = new Map(readers.map(([name]) => [name, { accepted: 0, refused: 0 }]));
    const before = heapInUseBytes();
    fc.assert(
      fc.property(hostile, (value) => {
        for (const [name, read] of readers) {
          const outcome = outcomes.get(name);
          if (outcome === undefined) throw new Error(`${name} is not counted`);
          try {
            read(value);
            outcome.accepted += 1;
          } catch (error) {
            if (!(error instanceof OssError) || error.status >= 500) {
              throw new Error(`${name} failed on ${JSON.stringify(value)}`, { cause: error });
            }
            outcome.refused += 1;
          }
        }
      }),
      { numRuns: HOSTILE_COUNT },
    );
    for (const { accepted, refused } of outcomes.values()) expect(accepted + refused).toBe(HOSTILE_COUNT);
    // Millions of values were read; keeping even eight bytes of each would show.
    expect(heapInUseBytes() - before).toBeLessThan(16 * 1024 * 1024);
  });
});
