import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSoundDecoder, type StoredShape } from '../../../../../test/harness/stored-shape.js';
import type { Encryption } from '../../vocabulary/encryption.js';
import type { LiveChannelRecord } from '../live-channel-types.js';
import type { PartRecord, UploadRecord } from '../multipart-types.js';
import type { BucketRecord, ObjectAttributes, ObjectHead } from '../types.js';
import { decodeBucketRecord, encodeBucketRecord } from './bucket-row.js';
import { readRules } from './bucket-rules.js';
import { fields, kinds, text } from './checks.js';
import { type ContentKeyRecord, decodeContentKey, encodeContentKey } from './content-key-record.js';
import { bucketKey, deleteMarkerKey, earlierVersionKey, objectKey } from './key-space.js';
import { decodeLiveChannel, encodeLiveChannel, liveChannelKey } from './live-channel-row.js';
import {
  type DeleteMarkerRecord,
  decodeDeleteMarkerRecord,
  decodeEarlierVersion,
  decodeObjectRecord,
  encodeDeleteMarkerRecord,
  encodeEarlierVersion,
  encodeObjectRecord,
  type ObjectRecord,
  type VersionPlace,
} from './object-record.js';
import { decodeJson, showKey, tryDecodeJson } from './row-decoder.js';
import { partKey, uploadKey } from './upload-keys.js';
import { decodePartRecord, decodeUploadRecord, encodePartRecord, encodeUploadRecord } from './upload-record.js';

const ID = '0123456789abcdef0123456789abcdef';
const EARLIER_KEY = earlierVersionKey(ID, 8);
const CONTEXT = { bucket: 'b', key: 'k', versionIdDefault: undefined };

const words = fc.string({ minLength: 1 });
const counts = fc.maxSafeNat();
const times = fc.nat({ max: 4e12 });
const crcs = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const ids = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const md5s = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const byName = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), words, { maxKeys: 3 });
const encryptions: fc.Arbitrary<Encryption> = fc.record(
  {
    algorithm: fc.constantFrom('AES256', 'KMS', 'SM4'),
    dataAlgorithm: fc.constant('SM4'),
    keyId: words,
  },
  { requiredKeys: ['algorithm'] },
);
const attributeFields = {
  system: fc.record(
    {
      contentType: words,
      cacheControl: words,
      contentDisposition: words,
      contentEncoding: words,
      contentLanguage: words,
      expires: words,
    },
    { requiredKeys: [] },
  ),
  user: byName,
  acl: fc.constantFrom('default', 'private', 'public-read', 'public-read-write'),
  storageClass: fc.constantFrom('Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'),
  tags: byName,
  encryption: encryptions,
  retention: fc.record({ mode: fc.constantFrom('GOVERNANCE', 'COMPLIANCE'), untilMs: times }),
  legalHold: fc.boolean(),
} as const;
const ATTRIBUTES_ALWAYS = ['system', 'user', 'acl', 'storageClass', 'tags'] as const;
const attributes: fc.Arbitrary<ObjectAttributes> = fc.record(attributeFields, {
  requiredKeys: [...ATTRIBUTES_ALWAYS],
});

function heads(isLatest: boolean): fc.Arbitrary<ObjectHead> {
  return fc.record(
    {
      ...attributeFields,
      bucket: fc.constant('b'),
      key: fc.constant('k'),
      versionId: fc.option(words, { nil: undefined }),
      isLatest: fc.constant(isLatest),
      type: fc.constantFrom('normal', 'appendable', 'multipart', 'symlink'),
      length: counts,
      crc64: crcs,
      etag: words,
      md5: md5s,
      ownerId: words,
      createdAtMs: times,
      lastModifiedAtMs: times,
      sealedAtMs: times,
      lastAppend: fc.record({ position: counts, length: counts, crc64: crcs, atMs: times, callerId: words }),
      symlinkTarget: words,
      restore: fc.record({
        tier: fc.constantFrom('Expedited', 'Standard', 'Bulk'),
        readyAtMs: times,
        expiresAtMs: times,
      }),
    },
    {
      requiredKeys: [
        ...ATTRIBUTES_ALWAYS,
        'bucket',
        'key',
        'versionId',
        'isLatest',
        'type',
        'length',
        'crc64',
        'etag',
        'ownerId',
        'createdAtMs',
        'lastModifiedAtMs',
      ],
    },
  );
}

const places: fc.Arbitrary<VersionPlace> = fc.record(
  { keyId: ids, sequence: counts, nullSequence: counts },
  { requiredKeys: ['sequence'] },
);
const objects: fc.Arbitrary<ObjectRecord> = fc.record(
  {
    place: places,
    head: heads(true),
    contentId: ids,
    referenceId: ids,
    uncompacted: fc.record({ from: counts, length: counts, extentCount: counts }),
    sliceDepth: counts,
  },
  { requiredKeys: ['head', 'contentId', 'referenceId', 'uncompacted'] },
);
const earlierObjects: fc.Arbitrary<ObjectRecord> = fc
  .tuple(objects, heads(false))
  .map(([record, head]) => ({ ...record, head, place: { sequence: 8 } }));

function markers(isLatest: boolean): fc.Arbitrary<DeleteMarkerRecord> {
  const marker = fc.record({
    versionId: fc.option(words, { nil: undefined }),
    ownerId: words,
    lastModifiedAtMs: times,
  });
  const place = isLatest ? places : fc.constant({ sequence: 8 });
  return fc
    .tuple(marker, place)
    .map(([head, where]) => ({ marker: { ...head, bucket: 'b', key: 'k', isLatest }, place: where }));
}

const permissions = fc.constantFrom('allow', 'deny');
const configurations = fc.record(
  {
    worm: fc.record({
      id: words,
      isLocked: fc.boolean(),
      retentionDays: counts,
      createdAtMs: times,
      append: permissions,
    }),
    objectWorm: fc.record(
      {
        defaultRetention: fc.record({
          mode: fc.constantFrom('GOVERNANCE', 'COMPLIANCE'),
          unit: fc.constantFrom('days', 'years'),
          count: counts,
        }),
      },
      { requiredKeys: [] },
    ),
    overwrite: fc.array(fc.record({ id: words, prefix: words, suffix: words }), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const buckets: fc.Arbitrary<BucketRecord> = fc
  .record(
    {
      name: words,
      ownerId: words,
      createdBy: words,
      createdAtMs: times,
      acl: fc.constantFrom('private', 'public-read', 'public-read-write'),
      storageClass: attributeFields.storageClass,
      dataRedundancyType: fc.constantFrom('LRS', 'ZRS'),
      versioning: fc.constantFrom('unversioned', 'enabled', 'suspended'),
      appendable: fc.record({ overwrite: permissions, copy: permissions, lengthMax: counts }, { requiredKeys: [] }),
      configurations,
    },
    {
      requiredKeys: [
        'name',
        'ownerId',
        'createdAtMs',
        'acl',
        'storageClass',
        'dataRedundancyType',
        'versioning',
        'configurations',
      ],
    },
  )
  .map((bucket) => ({ ...bucket, rules: readRules(bucket.configurations) }));
const uploads: fc.Arbitrary<UploadRecord> = fc.record(
  {
    bucket: fc.constant('b'),
    key: fc.constant('k'),
    uploadId: fc.constant(ID),
    ownerId: words,
    initiatedAtMs: times,
    attributes,
    joiningId: ids,
    sequence: fc.record(
      { partNumber: counts, md5: fc.record({ before: md5s, behind: md5s }) },
      { requiredKeys: ['partNumber'] },
    ),
  },
  { requiredKeys: ['bucket', 'key', 'uploadId', 'ownerId', 'initiatedAtMs', 'attributes'] },
);
const parts: fc.Arbitrary<PartRecord> = fc.record(
  {
    partNumber: fc.constant(3),
    etag: words,
    length: counts,
    crc64: crcs,
    md5: md5s,
    lastModifiedAtMs: times,
    contentId: ids,
    sliceDepth: counts,
    encryption: encryptions,
  },
  { requiredKeys: ['partNumber', 'etag', 'length', 'crc64', 'md5', 'lastModifiedAtMs', 'contentId'] },
);
const contentKeys: fc.Arbitrary<ContentKeyRecord> = fc.record({ encryption: encryptions, wrapped: md5s });
const channels: fc.Arbitrary<LiveChannelRecord> = fc.record(
  {
    bucket: fc.constant('b'),
    name: fc.constant('n'),
    description: words,
    status: fc.constantFrom('enabled', 'disabled'),
    target: fc.record({
      type: fc.constant('HLS'),
      fragDurationSeconds: counts,
      fragCount: counts,
      playlistName: words,
    }),
    snapshot: fc.record({ roleName: words, destinationBucket: words, notifyTopic: words, intervalSeconds: counts }),
    lastModifiedAtMs: times,
  },
  { requiredKeys: ['bucket', 'name', 'status', 'target', 'lastModifiedAtMs'] },
);

/** Times may be any number, as they always might. A delete marker without a number is the first version. */
const isAllowed = (path: string, replacement: unknown): boolean =>
  (path === 'sequence' && replacement === undefined) || (path.endsWith('Ms') && typeof replacement === 'number');

function shape<Value>(
  rowKey: Uint8Array,
  values: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
): { readonly prove: () => void } {
  const proven: StoredShape<Value> = { values, encode, decode, name: showKey(rowKey), isAllowed };
  return { prove: () => expectSoundDecoder(proven) };
}

const CHANNEL_TARGET = { bucket: 'b', name: 'n' };
const SHAPES = {
  bucket: shape(bucketKey('b'), buckets, encodeBucketRecord, (bytes) => decodeBucketRecord(bucketKey('b'), bytes)),
  object: shape(objectKey('b', 'k'), objects, encodeObjectRecord, (bytes) => decodeObjectRecord(CONTEXT, bytes)),
  'earlier version': shape(EARLIER_KEY, earlierObjects, encodeEarlierVersion, (bytes) =>
    decodeEarlierVersion(CONTEXT, EARLIER_KEY, bytes),
  ),
  'delete marker': shape(deleteMarkerKey('b', 'k'), markers(true), encodeDeleteMarkerRecord, (bytes) =>
    decodeDeleteMarkerRecord(CONTEXT, bytes),
  ),
  'earlier delete marker': shape(EARLIER_KEY, markers(false), encodeEarlierVersion, (bytes) =>
    decodeEarlierVersion(CONTEXT, EARLIER_KEY, bytes),
  ),
  upload: shape(uploadKey('b', 'k', ID), uploads, encodeUploadRecord, (bytes) =>
    decodeUploadRecord({ bucket: 'b', key: 'k', uploadId: ID }, bytes),
  ),
  part: shape(partKey(ID, 3), parts, encodePartRecord, (bytes) => decodePartRecord(partKey(ID, 3), bytes)),
  'data key': shape(Buffer.from('Kid'), contentKeys, encodeContentKey, (bytes) =>
    decodeContentKey(Buffer.from('Kid'), bytes),
  ),
  'live channel': shape(liveChannelKey(CHANNEL_TARGET), channels, encodeLiveChannel, (bytes) =>
    decodeLiveChannel(CHANNEL_TARGET, bytes),
  ),
};

describe('a row is read as it was written, and refused by name after any change', () => {
  test.each(Object.entries(SHAPES))('%s', (_, { prove }) => prove());
});

describe('checks', () => {
  test('a finding names fields whatever their names are', () => {
    const check = fields<{ readonly 'a "b"\n': string; readonly constructor: string }>({
      'a "b"\n': text,
      constructor: text,
    });
    expect(check({ 'a "b"\n': 'x', constructor: 'y' })).toBeUndefined();
    expect(check({ 'a "b"\n': 1, constructor: 'y' })).toBe('.a "b"\n is no text');
    expect(check({ 'a "b"\n': 'x' })).toBe('.constructor is no text');
  });

  test('of kinds the one that is named counts', () => {
    const check = kinds<{ readonly kind: 'a'; readonly x: string } | { readonly kind: 'b' }>({
      a: fields<{ readonly kind: 'a'; readonly x: string }>({ kind: text as never, x: text }),
      b: fields<{ readonly kind: 'b' }>({ kind: text as never }),
    });
    expect(check({ kind: 'b' })).toBeUndefined();
    expect(check({ kind: 'a' })).toBe('.x is no text');
    for (const wrong of [{ kind: 'c' }, {}, { kind: 'toString' }])
      expect(check(wrong)).toBe('.kind has an unknown value');
    for (const wrong of [null, [], 'a']) expect(check(wrong)).toBe(' is no object');
  });

  test('what is said of bad JSON quotes nothing of it', () => {
    const secret = 'hunter2hunter2';
    expect(tryDecodeJson(secret, text)).toEqual({ finding: 'is not JSON' });
    const check = fields<{ readonly a: string; readonly b: string }>({ a: text, b: text });
    expect(() => decodeJson(`{"a":"${secret}"}`, check, 'the file x')).toThrow(
      expect.objectContaining({
        reason: { kind: 'corrupt', detail: 'the file x does not hold what it should: its value.b is no text' },
      }),
    );
  });
});
