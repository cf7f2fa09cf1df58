/**
 * The vocabulary of the object store: what callers pass in and get back. No HTTP, no header names, no status codes.
 * Times are milliseconds since 1970, lengths and positions bytes, CRC-64 (XZ) a bigint, etags unquoted.
 */

import type { Encryption } from '../vocabulary/encryption.js';

/** How an object was made, which decides whether it can be appended to. */
export type ObjectType = 'normal' | 'appendable' | 'multipart' | 'symlink';
/** The ACL of an object; `default`: as its bucket says. */
export type ObjectAcl = 'default' | 'private' | 'public-read' | 'public-read-write';
/** The ACL of a bucket. */
export type BucketAcl = Exclude<ObjectAcl, 'default'>;
/** Storage classes of the protocol; archives need a restore before they are read. */
export type StorageClass = 'Standard' | 'IA' | 'Archive' | 'ColdArchive' | 'DeepColdArchive';
/** Whether a bucket keeps older versions. */
export type VersioningState = 'unversioned' | 'enabled' | 'suspended';
/** Whether an append that repeats the last one byte for byte is answered as that one was. */
export type AppendReplay = 'off' | 'same-bytes';
/** One of two answers to whether something may be done. */
export type Permission = 'deny' | 'allow';

/** Everything known of a bucket but its objects. */
export interface BucketRecord {
  readonly name: string;
  readonly ownerId: string;
  /** Id of the user of the account who made it, and whose quota it counts for; without it nobody's. */
  readonly createdBy?: string;
  readonly createdAtMs: number;
  readonly acl: BucketAcl;
  readonly storageClass: StorageClass;
  readonly dataRedundancyType: 'LRS' | 'ZRS';
  readonly versioning: VersioningState;
  /** Overrides of the server-wide settings of the same names. */
  readonly appendable?: {
    readonly overwrite?: Permission;
    readonly copy?: Permission;
    readonly lengthMax?: number;
    readonly replay?: AppendReplay;
  };
  /** Sub-resource documents kept per bucket (lifecycle, CORS, policy, ...), by name, as data. */
  readonly configurations: Readonly<Record<string, unknown>>;
  /** Those of the configurations that the store itself enforces. */
  readonly rules: BucketRules;
}

/** What the store enforces in a bucket. */
export interface BucketRules {
  readonly retention?: RetentionPolicy;
  /** Absent: the bucket was not opened for retentions of single versions. */
  readonly objectWorm?: ObjectWorm;
  readonly overwrite: readonly OverwriteRule[];
  /** Objects of the class Archive can be read at any time. */
  readonly isArchiveReadDirectly: boolean;
}

/** A retention policy as it is kept with the bucket. */
export interface RetentionPolicy {
  readonly id: string;
  readonly isLocked: boolean;
  readonly retentionDays: number;
  readonly createdAtMs: number;
  /** `allow`: retained objects may grow, their bytes so far stay protected. */
  readonly append: Permission;
}

/** Object WORM as it is kept with the bucket. */
export interface ObjectWorm {
  /** What versions get that are born without a retention. */
  readonly defaultRetention?: DefaultRetention;
}

/** A retention counted from the birth of a version. */
export interface DefaultRetention {
  readonly mode: ObjectRetention['mode'];
  readonly unit: 'days' | 'years';
  readonly count: number;
}

/** Keys that may not be overwritten: those with both this prefix and this suffix; empty: all. */
export interface OverwriteRule {
  readonly id: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** Standard header values kept with an object and given back on read. */
export interface SystemMetadata {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
}

/** Until when a version may not be destroyed. */
export interface ObjectRetention {
  /** A caller with the right may bypass `GOVERNANCE`; no caller may bypass `COMPLIANCE`. */
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly untilMs: number;
}

/** What a writer chooses when an object is created. */
export interface ObjectAttributes {
  readonly system: SystemMetadata;
  /** Names lower-case without prefix, in the order given. */
  readonly user: Readonly<Record<string, string>>;
  readonly acl: ObjectAcl;
  readonly storageClass: StorageClass;
  readonly tags: Readonly<Record<string, string>>;
  readonly encryption?: Encryption;
  /** Only in buckets with object WORM. */
  readonly retention?: ObjectRetention;
  /** Held until it is lifted, whatever the retention; absent: never set. Only in buckets with object WORM. */
  readonly legalHold?: boolean;
}

/** The last append that changed the object: enough for a client to prove whether its own lost append was applied. */
export interface LastAppend {
  readonly position: number;
  readonly length: number;
  readonly crc64: bigint;
  readonly atMs: number;
  /** Access key that signed it; empty when anonymous. */
  readonly callerId: string;
}

/** How hastily an archived object is brought back. */
export type RestoreTier = 'Expedited' | 'Standard' | 'Bulk';

/** A copy of an archived object that can be read for a while. */
export interface RestoreState {
  readonly tier: RestoreTier;
  /** From when on it can be read. */
  readonly readyAtMs: number;
  /** From when on it cannot any more. */
  readonly expiresAtMs: number;
}

/** Everything known of one version of an object but its bytes. */
export interface ObjectHead extends ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  /** `undefined` while the bucket was never versioned; `'null'` for versions from before or during suspension. */
  readonly versionId: string | undefined;
  readonly isLatest: boolean;
  readonly type: ObjectType;
  readonly length: number;
  readonly crc64: bigint;
  readonly etag: string;
  /** 16 bytes; only of objects written in one piece, or in parts that came in order. */
  readonly md5?: Uint8Array;
  readonly ownerId: string;
  readonly createdAtMs: number;
  readonly lastModifiedAtMs: number;
  readonly sealedAtMs?: number;
  readonly lastAppend?: LastAppend;
  /** The highest that came with an append. */
  readonly writerEpoch?: number;
  /** Of a symlink alone: the key, in the same bucket, that it stands for. */
  readonly symlinkTarget?: string;
  /** Of the archive classes: the last restoration asked for, over or not. */
  readonly restore?: RestoreState;
}

/** A version that hides the ones before it: made by deleting without naming a version. It has no bytes. */
export interface DeleteMarker {
  readonly bucket: string;
  readonly key: string;
  /** As that of an object; `undefined` only while the marker's bucket was never versioned, which has none. */
  readonly versionId: string | undefined;
  readonly isLatest: boolean;
  readonly ownerId: string;
  readonly lastModifiedAtMs: number;
}

/** Names an object: its current version. */
export interface ObjectTarget {
  readonly bucket: string;
  readonly key: string;
}

/** Names one version of an object; the current one when `versionId` is absent. */
export interface VersionTarget extends ObjectTarget {
  readonly versionId?: string;
}

/** A version to be deleted. */
export interface DeletionTarget extends VersionTarget {
  /** Does not stop at a retention of the mode `GOVERNANCE`. */
  readonly bypassesGovernance?: boolean;
}

/** A version and the retention it is to have. */
export interface SetRetentionInput extends VersionTarget {
  readonly retention: ObjectRetention;
  /** May shorten a retention of the mode `GOVERNANCE`. */
  readonly bypassesGovernance?: boolean;
}

/** A version, and whether it is to be held. */
export interface SetLegalHoldInput extends VersionTarget {
  readonly legalHold: boolean;
}

/**
 * The bytes of an upload. `open` is called at most once, and only after every check that needs no bytes has passed: a
 * request that cannot win leaves its body unread. The stream throws when the sender breaks off; then nothing is stored.
 */
export interface BodySource {
  /** Known in advance, or `undefined`. The stream is trusted to deliver exactly this many bytes or to throw. */
  readonly length: number | undefined;
  open(): AsyncIterable<Uint8Array>;
}

/** What the bytes must digest to; a mismatch fails with `digest-mismatch` and stores nothing. */
export interface ExpectedDigests {
  readonly md5?: Uint8Array;
  readonly crc64?: bigint;
}

/** What a put needs besides the body. */
export interface PutInput extends ObjectTarget {
  readonly ownerId: string;
  readonly attributes: ObjectAttributes;
  readonly forbidOverwrite: boolean;
  readonly expected: ExpectedDigests;
  /** Bytes at most in one body. */
  readonly lengthMax: number;
}

/** What a symlink needs. */
export interface PutSymlinkInput extends ObjectTarget {
  readonly ownerId: string;
  readonly attributes: ObjectAttributes;
  readonly forbidOverwrite: boolean;
  /** A key of the same bucket, which need not exist. */
  readonly symlinkTarget: string;
}

/**
 * A version opened for reading: `head` and the bytes belong to one moment, whatever is appended, replaced or deleted
 * meanwhile.
 */
export interface OpenedObject {
  readonly head: ObjectHead;
  /** Streams bytes `start <= offset < end`; verified against their checksums before they are handed out. */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /**
   * Reads a short range in one piece, which costs a fraction of a stream.
   * @returns The bytes, verified; `undefined` where they do not lie in one row, so that `read` has to stream them.
   * @throws {EngineFailure} As the stream of `read`, by the promise.
   */
  readAtOnce(range: { readonly start: number; readonly end: number }): Promise<Uint8Array | undefined>;
  /** Must be called when done (also after an error): keeps deleted content alive until then. Idempotent. */
  release(): void;
}

/** One page of a listing to be made. */
export interface ListInput {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty: no grouping. */
  readonly delimiter: string;
  /** Keys and common prefixes up to and including this one are left out; empty: from the start. */
  readonly after: string;
  /** Keys plus common prefixes at most, > 0. */
  readonly limit: number;
}

/** One page of a listing. */
export interface ListResult {
  /** In UTF-8 byte order. */
  readonly objects: readonly ObjectHead[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** The last key or common prefix returned: pass it as `after` for the next page. Undefined when not truncated. */
  readonly next: string | undefined;
}

/** One version in a listing of versions. */
export type VersionEntry =
  | { readonly kind: 'object'; readonly head: ObjectHead }
  | { readonly kind: 'delete-marker'; readonly marker: DeleteMarker };

/**
 * A place in a listing of versions: behind this version of this key or, without one, behind the key (or common prefix)
 * as a whole.
 */
export interface VersionMarker {
  readonly key: string;
  readonly versionId?: string;
}

/** One page of a listing of versions to be made. */
export interface ListVersionsInput extends Omit<ListInput, 'after'> {
  /** Undefined: from the start. */
  readonly after: VersionMarker | undefined;
}

/** One page of a listing of versions. */
export interface ListVersionsResult {
  /** Keys in UTF-8 byte order, versions of a key newest first. */
  readonly versions: readonly VersionEntry[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** Where the next page begins. Undefined when not truncated. */
  readonly next: VersionMarker | undefined;
}

/** What a deletion did. */
export interface DeleteResult {
  /**
   * The version removed or the delete marker created; absent where the bucket was never versioned and no version was
   * named.
   */
  readonly versionId?: string;
  /** A delete marker was created, or what was removed was one. */
  readonly deleteMarker: boolean;
}

/** Counters of a bucket, exact as of the last commit. */
export interface BucketStatistics {
  /** Versions of objects, current and earlier ones, without delete markers. */
  readonly objectCount: number;
  /** Sum of their lengths. */
  readonly lengthBytes: number;
  /** Delete markers, current and earlier ones. */
  readonly deleteMarkerCount: number;
  /** Unfinished uploads, and the parts of all of them. */
  readonly uploadCount: number;
  readonly partCount: number;
  readonly liveChannelCount: number;
  /** The same counts for each storage class; together they are the totals. */
  readonly storageClasses: Readonly<
    Record<StorageClass, { readonly objectCount: number; readonly lengthBytes: number }>
  >;
}

/** What the creator of a bucket chooses. */
export interface CreateBucketInput {
  readonly name: string;
  readonly ownerId: string;
  /** As `BucketRecord.createdBy`. */
  readonly createdBy?: string;
  readonly acl: BucketAcl;
  readonly storageClass: StorageClass;
  readonly dataRedundancyType: 'LRS' | 'ZRS';
  /** Documents by name that the bucket has from its first moment on. */
  readonly configurations?: Readonly<Record<string, unknown>>;
  readonly appendable?: NonNullable<BucketRecord['appendable']>;
}

/** What is given replaces what is there; what is left out stays. */
export interface BucketChange {
  readonly acl?: BucketAcl;
  /** A bucket that was versioned once can only be suspended. */
  readonly versioning?: Exclude<VersioningState, 'unversioned'>;
  readonly appendable?: NonNullable<BucketRecord['appendable']>;
  /** By name: a document replaces the one of that name, `undefined` removes it; others stay. */
  readonly configurations?: Readonly<Record<string, unknown>>;
}

/** One page of buckets to be listed. */
export interface ListBucketsInput {
  readonly prefix: string;
  /** Names up to and including this one are left out; empty: from the start. */
  readonly after: string;
  /** Buckets at most, > 0. */
  readonly limit: number;
}

/** One page of buckets. */
export interface ListBucketsResult {
  /** In byte order of their names. */
  readonly buckets: readonly BucketRecord[];
  readonly isTruncated: boolean;
  /** The last name returned: pass it as `after` for the next page. Undefined when not truncated. */
  readonly next: string | undefined;
}

/** One key (or one version of it) of a batch of deletions. */
export type DeleteTarget = Omit<DeletionTarget, 'bucket'>;
