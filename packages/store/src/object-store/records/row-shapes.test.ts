import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSoundDecoder, expectTotalDecoder, type StoredShape } from '../../../../../test/harness/stored-shape.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { Encryption } from '../../vocabulary/encryption.js';
import type { LiveChannelRecord } from '../live-channel-types.js';
import type { PartRecord, UploadRecord } from '../multipart-types.js';
import type { BucketRecord, ObjectAttributes, ObjectHead } from '../types.js';
import { decodeBucketRecord, encodeBucketRecord } from './bucket-row.js';
import { readRules } from './bucket-rules.js';
import { type ContentKeyRecord, decodeContentKey, encodeContentKey } from './content-key-record.js';
import { encodeJsonObject } from './json-version-row.js';
import { bucketKey, deleteMarkerKey, earlierVersionKey, objectKey } from './key-space.js';
import { decodeLiveChannel, encodeLiveChannel, liveChannelKey } from './live-channel-row.js';
import {
  decodeDeleteMarkerRecord,
  decodeEarlierVersion,
  decodeObjectRecord,
  encodeDeleteMarkerRecord,
  encodeEarlierVersion,
  encodeObjectRecord,
} from './object-record.js';
import { showKey } from './row-decoder.js';
import { partKey, uploadKey } from './upload-keys.js';
import { decodePartRecord, decodeUploadRecord, encodePartRecord, encodeUploadRecord } from './upload-record.js';
import { type DeleteMarkerRecord, nothingUncompacted, type ObjectRecord, type VersionPlace } from './version-record.js';

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
  'object of format 5': shape(objectKey('b', 'k'), objects, encodeJsonObject, (bytes) =>
    decodeObjectRecord(CONTEXT, bytes),
  ),
  'earlier version of format 5': shape(EARLIER_KEY, earlierObjects, encodeJsonObject, (bytes) =>
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

/** With its bytes in the row, or without. */
const shortObjects: fc.Arbitrary<ObjectRecord> = fc
  .tuple(objects, fc.uint8Array({ maxLength: 40 }))
  .map(([record, bytes]) => ({
    ...record,
    head: { ...record.head, length: bytes.length },
    referenceId: record.contentId,
    body: Buffer.from(bytes),
  }));
const etags = fc.oneof(
  words,
  md5s.map((bytes) => bytes.toString('hex').toUpperCase()),
);
const binaryObjects: fc.Arbitrary<ObjectRecord> = fc
  .tuple(fc.oneof(objects, shortObjects), etags, fc.boolean(), fc.boolean())
  .map(([record, etag, isEtagMd5, isUnmodified]) => {
    const { md5, createdAtMs, lastModifiedAtMs } = record.head;
    const ofMd5 = isEtagMd5 && md5 !== undefined ? Buffer.from(md5).toString('hex').toUpperCase() : etag;
    const head = { ...record.head, etag: ofMd5, lastModifiedAtMs: isUnmodified ? createdAtMs : lastModifiedAtMs };
    const isCompacted = isUnmodified;
    return { ...record, head, ...(isCompacted && { uncompacted: nothingUncompacted(head.length) }) };
  });

describe('a binary row of an object', () => {
  const name = showKey(objectKey('b', 'k'));
  const corrupt = expect.objectContaining({
    reason: expect.objectContaining({ kind: 'corrupt', detail: expect.stringContaining(name) }),
  });

  test('is read as it was written, with its bytes', () => {
    fc.assert(
      fc.property(binaryObjects, (record) => {
        expect(decodeObjectRecord(CONTEXT, encodeObjectRecord(record))).toEqual(record);
        const earlier = { ...record, head: { ...record.head, isLatest: false }, place: { sequence: 8 } };
        expect(decodeEarlierVersion(CONTEXT, EARLIER_KEY, encodeEarlierVersion(earlier))).toEqual(earlier);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('is corrupt, and named, wherever it is cut off, and with bytes behind it', () => {
    for (const record of fc.sample(binaryObjects, { numRuns: 30, seed: 7 })) {
      const whole = encodeObjectRecord(record);
      for (let length = 1; length < whole.length; length += 1) {
        expect(() => decodeObjectRecord(CONTEXT, whole.subarray(0, length)), `${length}`).toThrow(corrupt);
      }
      expect(() => decodeObjectRecord(CONTEXT, Buffer.concat([whole, Buffer.of(0)]))).toThrow(corrupt);
    }
  });

  test('gives a record or is corrupt, whatever its bytes are', () => {
    const isCorrupt = (error: unknown) => error instanceof EngineFailure && error.reason.kind === 'corrupt';
    expectTotalDecoder((bytes) => decodeObjectRecord(CONTEXT, Buffer.concat([Buffer.of(1), bytes])), isCorrupt);
    const whole = encodeObjectRecord(fc.sample(shortObjects, { numRuns: 1, seed: 7 })[0] as ObjectRecord);
    for (let at = 1; at < whole.length; at += 1) {
      for (const value of [0, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          decodeObjectRecord(CONTEXT, changed);
        } catch (error) {
          expect(isCorrupt(error), `${at}: ${value}: ${error}`).toBe(true);
        }
      }
    }
  });

  test('has the layout that docs/format.md gives', () => {
    const short: ObjectRecord = {
      head: {
        bucket: 'b',
        key: 'k',
        versionId: undefined,
        isLatest: true,
        type: 'normal',
        length: 3,
        crc64: 5n,
        etag: ID.toUpperCase(),
        md5: Buffer.from(ID, 'hex'),
        ownerId: 'me',
        createdAtMs: 1,
        lastModifiedAtMs: 1,
        system: { contentType: 'a/b' },
        user: {},
        acl: 'private',
        storageClass: 'IA',
        tags: {},
      },
      body: Buffer.from('abc'),
      contentId: ID,
      referenceId: ID,
      uncompacted: nothingUncompacted(3),
    };
    expect(Buffer.from(encodeObjectRecord(short)).toString('hex')).toBe(
      `01 3d94 03 0000000000000005 ${ID} 026d65 3ff0000000000000 03612f62 ${ID} 616263`.replaceAll(' ', ''),
    );
  });
});
