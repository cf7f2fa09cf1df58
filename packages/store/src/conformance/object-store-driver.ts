/**
 * What the conformance cases need of an object store: narrow enough that the store itself and a client speaking HTTP to
 * a server can both provide it, so that one suite proves storage, protocol and client. Leaves out engines and how
 * failures travel.
 */
import type { EngineFailureKind } from '../contract/engine-failure.js';
import type { StoreFailureKind } from '../object-store/store-failure.js';
import type {
  BodySource,
  BucketStatistics,
  DeleteResult,
  DeleteTarget,
  ListInput,
  ListVersionsInput,
  ObjectAcl,
  ObjectHead,
  ObjectTarget,
  ObjectType,
  VersionMarker,
  VersionTarget,
} from '../object-store/types.js';
import type { LiveChannelDriver } from './object-store-live-channel-driver.js';
import type { UploadDriver } from './object-store-upload-driver.js';

/** What can be learned of an object by asking for its head. */
export interface ObservedHead {
  readonly type: ObjectType;
  readonly length: number;
  readonly crc64: bigint;
  readonly etag: string;
  readonly contentType: string | undefined;
  readonly user: Readonly<Record<string, string>>;
  readonly lastModifiedAtMs: number;
  readonly sealedAtMs: number | undefined;
}

/** An object to put, with the defaults of a plain upload where fields are absent. */
export interface DriverPut extends ObjectTarget {
  readonly body: BodySource;
  readonly contentType?: string;
  readonly user?: Readonly<Record<string, string>>;
  readonly acl?: ObjectAcl;
  readonly forbidOverwrite?: boolean;
  readonly expectedMd5?: Uint8Array;
  /** Bytes at most; with capability `put-length-limit`. */
  readonly lengthMax?: number;
}

/** A body to append at a position. */
export interface DriverAppend extends ObjectTarget {
  readonly body: BodySource;
  /** `auto` and the three below with capability `append-extensions`. */
  readonly position: number | 'auto';
  readonly appendId?: string;
  readonly writerEpoch?: number;
  readonly objectLengthMax?: number;
  readonly contentType?: string;
  readonly user?: Readonly<Record<string, string>>;
  readonly acl?: ObjectAcl;
  readonly expectedMd5?: Uint8Array;
}

/** What an append answers. */
export interface DriverAppendResult {
  readonly nextPosition: number;
  /** Of the whole object. */
  readonly crc64: bigint;
  readonly etag: string;
  /** It was applied before. */
  readonly isReplay: boolean;
}

/** One page of a listing. */
export interface DriverListResult {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly next: string | undefined;
}

/** A failure as the driver's caller sees it. */
export interface ObservedFailure {
  readonly kind: StoreFailureKind | EngineFailureKind;
  /** Of `position-mismatch`: the position that would have been right. */
  readonly length?: number;
}

/** What not every driver can do; a case says which it needs. */
export type DriverCapability =
  /** `allowAppendableOverwrite`, `limitAppendableLength`. */
  | 'bucket-overrides'
  /** `DriverPut.lengthMax`. */
  | 'put-length-limit'
  /** `bucketStatistics`. */
  | 'bucket-statistics'
  /** `versions`. */
  | 'versioning'
  /** `uploads`. */
  | 'uploads'
  /** `channels`. */
  | 'live-channels'
  /** `follow`. */
  | 'follow'
  /** `DriverAppend`: appends without a position, with ids, epochs and guards. */
  | 'append-extensions';

/** What a follower is given. */
export type ObservedFollowStep =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly because: 'sealed' | 'deleted' }
  | { readonly kind: 'nothing' };

/** A follower of an object. */
export interface FollowDriver {
  next(waitMs: number): Promise<ObservedFollowStep>;
  release(): void;
}

/** A version as listings show it. */
export interface ObservedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  /** 0 of a delete marker. */
  readonly length: number;
}

/** What can be learned of a version by asking for it. */
export type ObservedVersionHead = Pick<
  ObjectHead,
  'type' | 'length' | 'etag' | 'versionId' | 'acl' | 'tags' | 'symlinkTarget' | 'lastModifiedAtMs'
>;

/** One page of a listing of versions. */
export interface DriverListVersionsResult {
  readonly versions: readonly ObservedVersion[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly next: VersionMarker | undefined;
}

/** What buckets with versions can do besides. */
export interface VersionDriver {
  setVersioning(bucket: string, versioning: 'enabled' | 'suspended'): Promise<void>;
  /** @returns The new version's id, if it got one. */
  put(
    target: ObjectTarget,
    body: BodySource,
    options?: { readonly forbidOverwrite?: boolean },
  ): Promise<string | undefined>;
  append(target: ObjectTarget, position: number, body: BodySource): Promise<string | undefined>;
  putSymlink(target: ObjectTarget, symlinkTarget: string): Promise<string | undefined>;
  remove(target: VersionTarget): Promise<DeleteResult>;
  removeMany(bucket: string, targets: readonly DeleteTarget[]): Promise<readonly DeleteResult[]>;
  read(target: VersionTarget): Promise<Uint8Array>;
  /** Of a symlink, the link itself. */
  head(target: VersionTarget): Promise<ObservedVersionHead>;
  setAcl(target: VersionTarget, acl: ObjectAcl): Promise<void>;
  setTags(target: VersionTarget, tags: Readonly<Record<string, string>>): Promise<void>;
  list(input: ListVersionsInput): Promise<DriverListVersionsResult>;
  statistics(bucket: string): Promise<Pick<BucketStatistics, 'objectCount' | 'lengthBytes' | 'deleteMarkerCount'>>;
}

/** The object store as the cases see it. Every method that fails throws something `failureOf` understands. */
export interface ObjectStoreDriver {
  readonly capabilities: ReadonlySet<DriverCapability>;
  createBucket(name: string): Promise<void>;
  deleteBucket(name: string): Promise<void>;
  listBucketNames(): Promise<readonly string[]>;
  putObject(input: DriverPut): Promise<{ readonly etag: string; readonly crc64: bigint }>;
  appendObject(input: DriverAppend): Promise<DriverAppendResult>;
  headObject(target: ObjectTarget): Promise<ObservedHead>;
  /** @param range Half-open; the whole object when absent. */
  readObject(target: ObjectTarget, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array>;
  /** Opens the object now and reads it when `read` is called: the bytes must be those of the moment of opening. */
  openObject(target: ObjectTarget): Promise<{ read(): Promise<Uint8Array> }>;
  listObjects(input: ListInput): Promise<DriverListResult>;
  deleteObject(target: ObjectTarget): Promise<void>;
  deleteObjects(bucket: string, targets: readonly DeleteTarget[]): Promise<void>;
  sealObject(input: ObjectTarget & { readonly position: number }): Promise<{ readonly sealedAtMs: number }>;
  setObjectAcl(target: ObjectTarget, acl: ObjectAcl): Promise<void>;
  getObjectAcl(target: ObjectTarget): Promise<ObjectAcl>;
  /** With capability `bucket-overrides`. */
  allowAppendableOverwrite(bucket: string): Promise<void>;
  limitAppendableLength(bucket: string, lengthMax: number): Promise<void>;
  /** With capability `bucket-statistics`. */
  bucketStatistics(bucket: string): Promise<{ readonly objectCount: number; readonly lengthBytes: number }>;
  /** With capability `versioning`. */
  readonly versions?: VersionDriver;
  /** With capability `uploads`. */
  readonly uploads?: UploadDriver;
  /** With capability `follow`. */
  readonly follow?: (target: ObjectTarget, position: number | 'end') => Promise<FollowDriver>;
  /** With capability `live-channels`. */
  readonly channels?: LiveChannelDriver;
  /** @returns Undefined when the error is no failure of the store. */
  failureOf(error: unknown): ObservedFailure | undefined;
}

/** What each case gets: a driver and a bucket of its own. */
export interface ObjectStoreCaseContext {
  readonly driver: ObjectStoreDriver;
  readonly bucket: string;
}

/** One claim about object stores: `run` throws when it does not hold. */
export interface ObjectStoreCase {
  readonly name: string;
  readonly needs?: readonly DriverCapability[];
  run(context: ObjectStoreCaseContext): Promise<void>;
}

/** @returns The cases that a driver with these capabilities can run. */
export function casesFor(
  cases: readonly ObjectStoreCase[],
  capabilities: ReadonlySet<DriverCapability>,
): readonly ObjectStoreCase[] {
  return cases.filter((one) => (one.needs ?? []).every((need) => capabilities.has(need)));
}
