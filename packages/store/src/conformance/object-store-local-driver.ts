/** Drives an object store in this process. */

import assert from 'node:assert/strict';
import type { ObjectStore } from '../object-store/object-store.js';
import type { FollowInput } from '../object-store/objects/follow-types.js';
import { isFailure } from '../object-store/store-failure.js';
import type { ObjectAcl, ObjectAttributes, ObjectHead, OpenedObject, VersionEntry } from '../object-store/types.js';
import type { Encryption } from '../vocabulary/encryption.js';
import type {
  DriverAppend,
  DriverAppendResult,
  FollowDriver,
  ObjectStoreDriver,
  ObservedFailure,
  ObservedHead,
  ObservedVersion,
  VersionDriver,
} from './object-store-driver.js';
import { openLiveChannelDriver } from './object-store-live-channel-driver.js';
import { openUploadDriver } from './object-store-upload-driver.js';

const OWNER_ID = 'owner';
const CALLER_ID = 'caller';
const PUT_LENGTH_MAX = 5 * 1024 ** 3;

async function openFollower(store: ObjectStore, input: FollowInput): Promise<FollowDriver> {
  const follower = await store.followObject(input);
  return {
    async next(waitMs) {
      const step = await follower.next({ waitMs, lengthMax: 8 * 1024 * 1024 });
      if (step.kind === 'nothing') return step;
      if (step.kind === 'end') return { kind: 'end', because: step.because === 'deleted' ? 'deleted' : 'sealed' };
      if (step.kind === 'stopped') throw new Error('The follower was stopped');
      const pieces: Uint8Array[] = [];
      for await (const piece of step.bytes) pieces.push(piece);
      return { kind: 'bytes', bytes: Buffer.concat(pieces) };
    },
    release: () => follower.release(),
  };
}

/**
 * @param encryption What every object is written with. Default: nothing.
 * @returns A driver with all capabilities.
 */
export function openStoreDriver(store: ObjectStore, encryption?: Encryption): ObjectStoreDriver {
  const attributesOf = (input: DriverAttributes): ObjectAttributes => ({
    ...plainAttributesOf(input),
    ...(encryption !== undefined && { encryption }),
  });
  return {
    capabilities: new Set([
      'bucket-overrides',
      'put-length-limit',
      'bucket-statistics',
      'versioning',
      'uploads',
      'live-channels',
      'follow',
      'append-extensions',
    ] as const),
    follow: (target, position) => openFollower(store, { ...target, position }),
    ...bucketCalls(store),
    ...objectCalls(store, attributesOf),
    versions: openVersionDriver(store, attributesOf({})),
    uploads: openUploadDriver(store),
    channels: openLiveChannelDriver(store),
    failureOf: observeFailure,
  };
}

/** The calls of a driver that are about buckets. */
function bucketCalls(store: ObjectStore) {
  return {
    async createBucket(name) {
      await store.createBucket({
        name,
        ownerId: OWNER_ID,
        acl: 'private',
        storageClass: 'Standard',
        dataRedundancyType: 'LRS',
      });
    },
    deleteBucket: (name) => store.deleteBucket(name),
    async listBucketNames() {
      const { buckets } = await store.listBuckets({ prefix: '', after: '', limit: 1000 });
      return buckets.map((bucket) => bucket.name);
    },
    async allowAppendableOverwrite(bucket) {
      await store.updateBucket(bucket, { appendable: { overwrite: 'allow' } });
    },
    async limitAppendableLength(bucket, lengthMax) {
      await store.updateBucket(bucket, { appendable: { lengthMax } });
    },
    async bucketStatistics(bucket) {
      const { objectCount, lengthBytes } = await store.bucketStatistics(bucket);
      return { objectCount, lengthBytes };
    },
  } satisfies Partial<ObjectStoreDriver>;
}

/** The calls of a driver that are about objects. */
function objectCalls(store: ObjectStore, attributesOf: (input: DriverAttributes) => ObjectAttributes) {
  return {
    async putObject(input) {
      const head = await store.putObject(
        {
          bucket: input.bucket,
          key: input.key,
          ownerId: OWNER_ID,
          attributes: attributesOf(input),
          forbidOverwrite: input.forbidOverwrite ?? false,
          expected: input.expectedMd5 === undefined ? {} : { md5: input.expectedMd5 },
          lengthMax: input.lengthMax ?? PUT_LENGTH_MAX,
        },
        input.body,
      );
      return { etag: head.etag, crc64: head.crc64 };
    },
    appendObject: (input) => append(store, attributesOf(input), input),
    headObject: async (target) => observe(await store.headObject(target)),
    async readObject(target, range) {
      const opened = await store.openObject(target);
      return readAndRelease(opened, range ?? { start: 0, end: opened.head.length });
    },
    async openObject(target) {
      const opened = await store.openObject(target);
      return { read: () => readAndRelease(opened, { start: 0, end: opened.head.length }) };
    },
    async listObjects(input) {
      const { objects, commonPrefixes, isTruncated, next } = await store.listObjects(input);
      return { keys: objects.map((head) => head.key), commonPrefixes, isTruncated, next };
    },
    async deleteObject(target) {
      await store.deleteObject(target);
    },
    async deleteObjects(bucket, targets) {
      const outcomes = await store.deleteObjects(bucket, targets);
      for (const { failure } of outcomes) {
        if (failure !== undefined) {
          throw failure;
        }
      }
    },
    async sealObject(input) {
      const head = await store.sealObject(input);
      return { sealedAtMs: head.sealedAtMs ?? 0 };
    },
    async setObjectAcl(target, acl) {
      await store.setObjectAcl(target, acl);
    },
    async getObjectAcl(target) {
      const head = await store.headObject(target);
      return head.acl;
    },
  } satisfies Partial<ObjectStoreDriver>;
}

async function append(
  store: ObjectStore,
  attributes: ObjectAttributes,
  { body, acl, expectedMd5, contentType: _contentType, user: _user, ...input }: DriverAppend,
): Promise<DriverAppendResult> {
  const {
    head,
    nextPosition,
    isReplay = false,
  } = await store.appendObject(
    {
      ...input,
      ownerId: OWNER_ID,
      callerId: CALLER_ID,
      attributes,
      ...(acl !== undefined && { aclChange: acl }),
      expected: expectedMd5 === undefined ? {} : { md5: expectedMd5 },
    },
    body,
  );
  return { nextPosition, crc64: head.crc64, etag: head.etag, isReplay };
}

function openVersionDriver(store: ObjectStore, attributes: ObjectAttributes): VersionDriver {
  const base = { ownerId: OWNER_ID, attributes, expected: {} };
  return {
    async setVersioning(bucket, versioning) {
      await store.updateBucket(bucket, { versioning });
    },
    async put(target, body, { forbidOverwrite = false } = {}) {
      const { versionId } = await store.putObject(
        { ...target, ...base, forbidOverwrite, lengthMax: PUT_LENGTH_MAX },
        body,
      );
      return versionId;
    },
    async append(target, position, body) {
      const { head } = await store.appendObject({ ...target, ...base, callerId: CALLER_ID, position }, body);
      return head.versionId;
    },
    async putSymlink(target, symlinkTarget) {
      const { versionId } = await store.putSymlink({ ...target, ...base, forbidOverwrite: false, symlinkTarget });
      return versionId;
    },
    remove: (target) => store.deleteObject(target),
    async removeMany(bucket, targets) {
      const outcomes = await store.deleteObjects(bucket, targets);
      return outcomes.map(({ result, failure }) => {
        if (result === undefined) throw failure;
        return result;
      });
    },
    async read(target) {
      const opened = await store.openObject(target);
      return readAndRelease(opened, { start: 0, end: opened.head.length });
    },
    head: (target) => store.headObject(target),
    async setAcl(target, acl) {
      await store.setObjectAcl(target, acl);
    },
    async setTags(target, tags) {
      await store.setObjectTags(target, tags);
    },
    async list(input) {
      const { versions, ...rest } = await store.listObjectVersions(input);
      return { ...rest, versions: versions.map(observeVersion) };
    },
    statistics: (bucket) => store.bucketStatistics(bucket),
  };
}

function observeVersion(entry: VersionEntry): ObservedVersion {
  const isDeleteMarker = entry.kind === 'delete-marker';
  const { key, versionId = 'null', isLatest } = isDeleteMarker ? entry.marker : entry.head;
  return { key, versionId, isLatest, isDeleteMarker, length: isDeleteMarker ? 0 : entry.head.length };
}

interface DriverAttributes {
  readonly contentType?: string;
  readonly user?: Readonly<Record<string, string>>;
  readonly acl?: ObjectAcl;
}

function plainAttributesOf(input: DriverAttributes): ObjectAttributes {
  return {
    system: input.contentType === undefined ? {} : { contentType: input.contentType },
    user: input.user ?? {},
    acl: input.acl ?? 'default',
    storageClass: 'Standard',
    tags: {},
  };
}

function observe(head: ObjectHead): ObservedHead {
  return {
    type: head.type,
    length: head.length,
    crc64: head.crc64,
    etag: head.etag,
    contentType: head.system.contentType,
    user: head.user,
    lastModifiedAtMs: head.lastModifiedAtMs,
    sealedAtMs: head.sealedAtMs,
  };
}

function observeFailure(error: unknown): ObservedFailure | undefined {
  if (!isFailure(error)) {
    return undefined;
  }
  const { reason } = error;
  return { kind: reason.kind, ...(reason.kind === 'position-mismatch' && { length: reason.length }) };
}

async function readAndRelease(
  opened: OpenedObject,
  range: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.read(range)) {
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    const atOnce = await opened.readAtOnce(range);
    assert.ok(atOnce === undefined || bytes.equals(atOnce), 'a range read in one piece is what a stream gives');
    return bytes;
  } finally {
    opened.release();
  }
}
