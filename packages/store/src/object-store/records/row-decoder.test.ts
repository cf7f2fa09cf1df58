import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LiveChannelRecord } from '../live-channel-types.js';
import type { UploadRecord } from '../multipart-types.js';
import type { BucketRecord, ObjectHead } from '../types.js';
import { decodeAppendId, encodeAppendId } from './append-id-row.js';
import { decodeBucketRecord, encodeBucketRecord } from './bucket-row.js';
import { readRules } from './bucket-rules.js';
import { decodeContentKey, encodeContentKey } from './content-key-record.js';
import { encodeJsonObject } from './json-version-row.js';
import { appendIdKey, bucketKey, deleteMarkerKey, earlierVersionKey, objectKey } from './key-space.js';
import { decodeLiveChannel, encodeLiveChannel, liveChannelKey } from './live-channel-row.js';
import {
  decodeDeleteMarkerRecord,
  decodeEarlierVersion,
  decodeObjectRecord,
  encodeDeleteMarkerRecord,
  encodeEarlierVersion,
} from './object-record.js';
import { showKey } from './row-decoder.js';
import { partKey, uploadKey } from './upload-keys.js';
import { decodePartRecord, decodeUploadRecord, encodePartRecord, encodeUploadRecord } from './upload-record.js';
import type { ObjectRecord } from './version-record.js';

const ID = '0123456789abcdef0123456789abcdef';
const MD5 = Buffer.from(ID, 'hex');
const ATTRIBUTES = {
  system: { contentType: 'text/plain', cacheControl: 'no-cache' },
  user: { origin: 'a' },
  acl: 'default',
  storageClass: 'Archive',
  tags: { team: 'x' },
  encryption: { algorithm: 'KMS', keyId: 'k' },
  retention: { mode: 'GOVERNANCE', untilMs: 9 },
  legalHold: true,
} as const;
const HEAD: ObjectHead = {
  ...ATTRIBUTES,
  bucket: 'b',
  key: 'k',
  versionId: 'v',
  isLatest: true,
  type: 'appendable',
  length: 5,
  crc64: 6n,
  etag: 'E',
  md5: MD5,
  ownerId: 'o',
  createdAtMs: 1,
  lastModifiedAtMs: 2,
  sealedAtMs: 3,
  lastAppend: { position: 1, length: 4, crc64: 7n, atMs: 2, callerId: 'c' },
  writerEpoch: 5,
  symlinkTarget: 't',
  restore: { tier: 'Bulk', readyAtMs: 4, expiresAtMs: 5 },
};
const RECORD: ObjectRecord = {
  place: { keyId: ID, sequence: 8, nullSequence: 7 },
  head: HEAD,
  contentId: ID,
  referenceId: ID,
  uncompacted: { from: 1, length: 4, extentCount: 2 },
  sliceDepth: 1,
  appendIds: { first: 2, next: 9 },
};
const CONFIGURATIONS = {
  worm: { id: 'w', isLocked: true, retentionDays: 2, createdAtMs: 3, append: 'allow' },
  objectWorm: { defaultRetention: { mode: 'COMPLIANCE', unit: 'years', count: 1 } },
  overwrite: [{ id: 'r', prefix: 'p', suffix: '' }],
};
const BUCKET: BucketRecord = {
  name: 'b',
  ownerId: 'o',
  createdBy: 'u',
  createdAtMs: 1,
  acl: 'private',
  storageClass: 'IA',
  dataRedundancyType: 'ZRS',
  versioning: 'suspended',
  appendable: { overwrite: 'deny', copy: 'allow', lengthMax: 9, replay: 'same-bytes' },
  configurations: CONFIGURATIONS,
  rules: readRules(CONFIGURATIONS),
};
const UPLOAD: UploadRecord = {
  bucket: 'b',
  key: 'k',
  uploadId: ID,
  ownerId: 'o',
  initiatedAtMs: 1,
  attributes: ATTRIBUTES,
  joiningId: ID,
  sequence: { partNumber: 2, md5: { before: MD5, behind: MD5 } },
};
const PART = {
  partNumber: 3,
  etag: 'E',
  length: 1,
  crc64: 2n,
  md5: MD5,
  lastModifiedAtMs: 4,
  contentId: ID,
  sliceDepth: 1,
  encryption: { algorithm: 'AES256' },
} as const;
const CHANNEL: LiveChannelRecord = {
  bucket: 'b',
  name: 'n',
  description: 'd',
  status: 'enabled',
  target: { type: 'HLS', fragDurationSeconds: 1, fragCount: 2, playlistName: 'p' },
  snapshot: { roleName: 'r', destinationBucket: 'd', notifyTopic: 't', intervalSeconds: 5 },
  lastModifiedAtMs: 6,
};
const REMEMBERED = { position: 1, length: 2, crc64: 3n, etag: 'E', objectCrc64: 4n, atMs: 5 };
const CONTEXT = { bucket: 'b', key: 'k', versionIdDefault: undefined };
const MARKER = {
  marker: { bucket: 'b', key: 'k', versionId: 'v', isLatest: true, ownerId: 'o', lastModifiedAtMs: 2 },
  place: { keyId: ID, sequence: 8 },
};

interface Kind {
  readonly rowKey: Uint8Array;
  readonly value: Uint8Array;
  readonly decode: (value: Uint8Array) => unknown;
}

const earlierKey = earlierVersionKey(ID, 8);
const KINDS: Readonly<Record<string, Kind>> = {
  bucket: {
    rowKey: bucketKey('b'),
    value: encodeBucketRecord(BUCKET),
    decode: (value) => decodeBucketRecord(bucketKey('b'), value),
  },
  'object of format 5': {
    rowKey: objectKey('b', 'k'),
    value: encodeJsonObject(RECORD),
    decode: (value) => decodeObjectRecord(CONTEXT, value),
  },
  'earlier version of format 5': {
    rowKey: earlierKey,
    value: encodeJsonObject({ ...RECORD, head: { ...HEAD, isLatest: false } }),
    decode: (value) => decodeEarlierVersion(CONTEXT, earlierKey, value),
  },
  'delete marker': {
    rowKey: deleteMarkerKey('b', 'k'),
    value: encodeDeleteMarkerRecord(MARKER),
    decode: (value) => decodeDeleteMarkerRecord(CONTEXT, value),
  },
  'earlier delete marker': {
    rowKey: earlierKey,
    value: encodeEarlierVersion(MARKER),
    decode: (value) => decodeEarlierVersion(CONTEXT, earlierKey, value),
  },
  upload: {
    rowKey: uploadKey('b', 'k', ID),
    value: encodeUploadRecord(UPLOAD),
    decode: (value) => decodeUploadRecord(UPLOAD, value),
  },
  part: {
    rowKey: partKey(ID, 3),
    value: encodePartRecord(PART),
    decode: (value) => decodePartRecord(partKey(ID, 3), value),
  },
  'data key': {
    rowKey: Buffer.from('Kid'),
    value: encodeContentKey({ encryption: { algorithm: 'AES256' }, wrapped: MD5 }),
    decode: (value) => decodeContentKey(Buffer.from('Kid'), value),
  },
  'append id': {
    rowKey: appendIdKey(ID, 'a'),
    value: encodeAppendId({ ...REMEMBERED, sequence: 3 }),
    decode: (value) => decodeAppendId(appendIdKey(ID, 'a'), value),
  },
  'live channel': {
    rowKey: liveChannelKey(CHANNEL),
    value: encodeLiveChannel(CHANNEL),
    decode: (value) => decodeLiveChannel(CHANNEL, value),
  },
};

type Json = unknown;

/** Every place in a value, outermost first, as the names that lead there. */
function* placesIn(value: Json, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* placesIn(inner, [...path, name]);
}

function replaced(value: Json, [name, ...rest]: readonly string[], by: Json): Json {
  if (name === undefined) return by;
  const copy: Record<string, Json> | Json[] = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.assign(copy, { [name]: replaced((value as Readonly<Record<string, Json>>)[name], rest, by) });
  return copy;
}

describe.each(Object.entries(KINDS))('the row of a %s', (_, { rowKey, value, decode }) => {
  const stored: Json = JSON.parse(Buffer.from(value).toString('utf8'));
  const badRow = expect.objectContaining({
    reason: expect.objectContaining({ kind: 'corrupt', detail: expect.stringContaining(showKey(rowKey)) }),
  });

  test('is read as it was written', () => {
    expect(() => decode(value)).not.toThrow();
  });

  test('is corrupt, and named, wherever a value is of another kind', () => {
    for (const place of placesIn(stored)) {
      for (const wrong of [null, [[]], -1.5]) {
        const bytes = Buffer.from(JSON.stringify(replaced(stored, place, wrong)));
        // Times may be any number; no other number here is negative.
        if (wrong === -1.5 && (place.at(-1)?.endsWith('Ms') ?? false)) continue;
        expect(() => decode(bytes), `${place.join('.')} = ${JSON.stringify(wrong)}`).toThrow(badRow);
      }
    }
  });

  test('is corrupt, and named, when it is cut off or no object', () => {
    for (const text of ['', '{', 'null', '[]', '7', '"text"', Buffer.from(value).toString('utf8').slice(0, -1)]) {
      expect(() => decode(Buffer.from(text)), text).toThrow(badRow);
    }
  });
});

test('rules are typed when the row is decoded', () => {
  const { rules } = decodeBucketRecord(bucketKey('b'), encodeBucketRecord(BUCKET));
  expect(rules).toEqual({
    retention: CONFIGURATIONS.worm,
    objectWorm: CONFIGURATIONS.objectWorm,
    overwrite: CONFIGURATIONS.overwrite,
    isArchiveReadDirectly: false,
  });
  expect(JSON.parse(Buffer.from(encodeBucketRecord(BUCKET)).toString())).not.toHaveProperty('rules');
  expect(readRules({ archiveDirectRead: { Enabled: 'True' } }).isArchiveReadDirectly).toBe(true);
  expect(() => readRules({ overwrite: 'all' })).toThrow(TypeError);
});

test('nothing of the store but the row decoder parses JSON of rows', () => {
  const source = new URL('../../', import.meta.url);
  const parsing = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => readFileSync(new URL(name, source), 'utf8').includes('JSON.parse('));
  // Engines of blobs know nothing of rows: these are their own marks, and what monitors of a cluster answer.
  expect(parsing.sort()).toEqual([
    'blob/rados/rados-blob-layout.ts',
    'blob/rados/rados-session.ts',
    'blob/store-mark.ts',
    'object-store/records/row-decoder.ts',
  ]);
});
