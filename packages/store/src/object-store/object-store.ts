/**
 * The object store: buckets, objects and appends over two narrow engines. This file is the table of contents: every method is one
 * file of the same name. Everything that changes something is durable when its promise resolves. Leaves out HTTP, signatures,
 * permissions and limits of the protocol; they are the caller's.
 */
import { type RowScrubInput, type RowScrubStep, scrubRows } from '../check/scrub-rows.js';
import type { BlobStore } from '../contract/blob-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import type { KeyWrapping } from '../contract/key-wrapping.js';
import type { ContentId } from '../vocabulary/encryption.js';
import { appendObject } from './append/append-object.js';
import { sealObject } from './append/seal-object.js';
import { bucketStatistics } from './buckets/bucket-statistics.js';
import { createBucket } from './buckets/create-bucket.js';
import { deleteBucket } from './buckets/delete-bucket.js';
import { getBucket } from './buckets/get-bucket.js';
import { listBuckets } from './buckets/list-buckets.js';
import {
  deleteLiveChannel,
  getLiveChannel,
  listLiveChannels,
  putLiveChannel,
  setLiveChannelStatus,
} from './buckets/live-channels.js';
import { serviceConfiguration, setServiceConfiguration } from './buckets/service-configuration.js';
import { updateBucket } from './buckets/update-bucket.js';
import { buildContext } from './context/build-context.js';
import type { LargestCommit } from './context/commit-meter.js';
import type { GarbageDebt } from './context/garbage-meter.js';
import type { StoreQuotas } from './context/quota-ledger.js';
import type { ObjectStoreSettings, ObjectStoreSettingsChange } from './context/settings.js';
import type { Clock, RandomBytes, StoreContext } from './context/store-context.js';
import type { BrakeStatistics, Delay } from './context/write-brake.js';
import { copyObject } from './copy/copy-object.js';
import type { CopyInput, CopyOutcome } from './copy/copy-types.js';
import type {
  ListLiveChannelsInput,
  ListLiveChannelsResult,
  LiveChannelRecord,
  LiveChannelStatus,
  LiveChannelTarget,
  PutLiveChannelInput,
} from './live-channel-types.js';
import { checkWritable } from './maintenance/check-writable.js';
import { compactContent, countJobs } from './maintenance/compact-content.js';
import type { MigrationProgress } from './maintenance/identify-blobs.js';
import { type Backlog, MaintenanceLoop, type MaintenanceOptions } from './maintenance/maintenance-loop.js';
import { measureDebt, type StoreDebt } from './maintenance/measure-debt.js';
import { prepareFormat } from './maintenance/prepare-format.js';
import { type RewrapInput, type RewrapProgress, rewrapContents } from './maintenance/rewrap-contents.js';
import { type ScrubInput, type ScrubStep, scrubContents } from './maintenance/scrub-contents.js';
import { openStoreSnapshot, type StoreSnapshot } from './maintenance/store-snapshot.js';
import { type SweepProgress, sweepGarbage } from './maintenance/sweep-garbage.js';
import { type OrphanProgress, sweepOrphanBlobs } from './maintenance/sweep-orphan-blobs.js';
import { abortUpload } from './multipart/abort-upload.js';
import { completeUpload } from './multipart/complete-upload.js';
import { copyPart } from './multipart/copy-part.js';
import { initiateUpload } from './multipart/initiate-upload.js';
import { listParts } from './multipart/list-parts.js';
import { listUploads } from './multipart/list-uploads.js';
import { uploadPart } from './multipart/upload-part.js';
import type {
  CompleteUploadInput,
  CopyPartInput,
  CopyPartResult,
  InitiateUploadInput,
  ListPartsInput,
  ListPartsResult,
  ListUploadsInput,
  ListUploadsResult,
  PartRecord,
  UploadPartInput,
  UploadRecord,
  UploadTarget,
} from './multipart-types.js';
import { listObjects } from './objects/list-objects.js';
import { openObject } from './objects/open-object.js';
import { putObject } from './objects/put-object.js';
import { putSymlink } from './objects/put-symlink.js';
import { watchObject } from './objects/watch-object.js';
import type {
  AppendInput,
  AppendResult,
  BodySource,
  BucketChange,
  BucketRecord,
  BucketStatistics,
  CreateBucketInput,
  DeleteResult,
  DeleteTarget,
  DeletionTarget,
  ListBucketsInput,
  ListBucketsResult,
  ListInput,
  ListResult,
  ListVersionsInput,
  ListVersionsResult,
  ObjectAcl,
  ObjectHead,
  ObjectTarget,
  OpenedObject,
  PutInput,
  PutSymlinkInput,
  SealInput,
  SetLegalHoldInput,
  SetRetentionInput,
  StorageClass,
  VersionTarget,
} from './types.js';
import { deleteObject } from './versions/delete-object.js';
import { type DeleteOutcome, deleteObjects } from './versions/delete-objects.js';
import {
  expireVersion,
  removeLoneDeleteMarker,
  transitionVersion,
  type VersionJudge,
} from './versions/expire-version.js';
import { headObject } from './versions/head-object.js';
import { listObjectVersions } from './versions/list-object-versions.js';
import {
  cleanRestoredObject,
  type RestoreInput,
  type RestoreOutcome,
  restoreObject,
} from './versions/restore-object.js';
import { setObjectAcl } from './versions/set-object-acl.js';
import { setLegalHold, setObjectRetention } from './versions/set-object-retention.js';
import { setObjectTags } from './versions/set-object-tags.js';

/** What an object store is made of. */
export interface ObjectStoreOptions {
  /** Engines, opened; the store closes them when it is closed. */
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  /** Keys that wrap the data keys of encrypted objects. Default: none; then nothing is encrypted and what is cannot be read. */
  readonly keyWrapping?: KeyWrapping;
  readonly settings?: ObjectStoreSettingsChange;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: the system's source of random bytes. */
  readonly randomBytes?: RandomBytes;
  /** Bytes that the disk under the engines still takes. Default: nobody knows, and garbage is held against writers by its number alone. */
  readonly freeSpaceBytes?: () => Promise<number>;
  /** How a writer that is held up waits. Default: by the system's timer. */
  readonly delay?: Delay;
  /** Told of the steps by which a store of the format before is brought up to date, while `openObjectStore` waits for them. */
  readonly onMigration?: (progress: MigrationProgress) => void;
}

/**
 * Opens a store over two engines; empty engines become an empty store. Takes constant time, whatever is stored, except at the first start after a change
 * of the format: then a step for each blob.
 * @throws {Error} When the engines hold another format than this program's; nothing is touched then.
 * @throws {EngineFailure} `unavailable`.
 */
export async function openObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  let store: ObjectStore | undefined;
  const context = buildContext(options, () => store?.hurryMaintenance());
  await prepareFormat(context, options.onMigration ?? (() => undefined));
  store = new ObjectStore(context);
  return store;
}

/** Every method throws {@link StoreFailure}: those named with it, and `unavailable` or `contended` besides. */
export class ObjectStore {
  readonly #context: StoreContext;
  #maintenance: MaintenanceLoop | undefined;

  /** Use {@link openObjectStore}, which checks the format first. */
  constructor(context: StoreContext) {
    this.#context = context;
  }

  get settings(): ObjectStoreSettings {
    return this.#context.settings;
  }

  /**
   * Creates a bucket; one commit.
   * @throws {StoreFailure} `bucket-already-exists` with the record that is there.
   */
  createBucket(input: CreateBucketInput): Promise<BucketRecord> {
    return createBucket(this.#context, input);
  }

  /** @throws {StoreFailure} `no-such-bucket`. */
  getBucket(name: string): Promise<BucketRecord> {
    return getBucket(this.#context, name);
  }

  /**
   * Changes what `change` names and leaves the rest; one commit. Concurrent changes of different parts all take effect.
   * @param change Or what decides it from the record as it is; called again when somebody else changed the record meanwhile.
   * @throws {StoreFailure} `no-such-bucket`; and what `change` throws.
   */
  updateBucket(name: string, change: BucketChange | ((record: BucketRecord) => BucketChange)): Promise<BucketRecord> {
    return updateBucket(this.#context, name, change);
  }

  /** @returns What {@link setServiceConfiguration} kept under this name, or `undefined`. */
  serviceConfiguration(name: string): Promise<unknown> {
    return serviceConfiguration(this.#context, name);
  }

  /** Keeps plain data under a name, for all buckets; `undefined` removes it. One commit; the last of concurrent ones stays. */
  setServiceConfiguration(name: string, value: unknown): Promise<void> {
    return setServiceConfiguration(this.#context, name, value);
  }

  /**
   * Writes a little to both engines, syncs it, and takes it away again: two commits and one small blob. Repeatable; nothing adds up.
   * @throws {EngineFailure} `unavailable` with the reason why nothing can be written now.
   */
  checkWritable(): Promise<void> {
    return checkWritable(this.#context);
  }

  /** One page of all buckets, whoever owns them. */
  listBuckets(input: ListBucketsInput): Promise<ListBucketsResult> {
    return listBuckets(this.#context, input);
  }

  /**
   * Deletes an empty bucket; one commit. No object can be born in it while or after it goes.
   * @throws {StoreFailure} `no-such-bucket`, `bucket-not-empty`.
   */
  deleteBucket(name: string): Promise<void> {
    return deleteBucket(this.#context, name);
  }

  /**
   * Number and total length of all versions, and of delete markers, kept up with every commit; a dozen reads whatever the bucket holds.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  bucketStatistics(name: string): Promise<BucketStatistics> {
    return bucketStatistics(this.#context, name);
  }

  /**
   * Creates or atomically replaces an object from a body. The body is opened only when it can win. All or nothing: a broken body, wrong
   * digest or lost race leaves what was there.
   * @returns The head of the new object, with `md5`.
   * @throws {StoreFailure} `no-such-bucket`, `already-exists`, `immutable`, `too-large`, `digest-mismatch`; and whatever the body's stream throws.
   */
  putObject(input: PutInput, body: BodySource): Promise<ObjectHead> {
    return putObject(this.#context, input, body);
  }

  /**
   * Appends a body at the end of an appendable object, creating it at position 0. One commit, whose cost depends on neither the object's
   * length nor on the number of appends before. All or nothing; of concurrent appends at one position exactly one wins.
   * An empty body creates an empty object or changes nothing but the ACL, if one is given.
   * @throws {StoreFailure} in this order: `no-such-bucket`, `not-appendable`, `sealed`, `position-mismatch`, `immutable`,
   *   `too-large`, `digest-mismatch`;
   *   and whatever the body's stream throws.
   */
  appendObject(input: AppendInput, body: BodySource): Promise<AppendResult> {
    return appendObject(this.#context, input, body);
  }

  /** @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`. */
  headObject(target: VersionTarget): Promise<ObjectHead> {
    return headObject(this.#context, target);
  }

  /**
   * Opens one moment of an object for reading. Call `release` when done.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`; from reading `corrupt`, `missing-blob`.
   */
  openObject(target: VersionTarget): Promise<OpenedObject> {
    return openObject(this.#context, target);
  }

  /**
   * Deletes an object in one small commit, whatever its length; its bytes go later. A key that is not there is no error.
   * Without a version id, a bucket that keeps versions gets a delete marker instead, also for a key that is not there. With one, that version or
   * marker is destroyed; if it was the current one, the next newest becomes current.
   * @throws {StoreFailure} `no-such-bucket`, `immutable`.
   */
  deleteObject(target: DeletionTarget): Promise<DeleteResult> {
    return deleteObject(this.#context, target);
  }

  /**
   * Deletes many objects in commits of bounded size. Each deletion is atomic, the batch is not.
   * @returns One outcome per target, in the order given.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  deleteObjects(bucket: string, targets: readonly DeleteTarget[]): Promise<readonly DeleteOutcome[]> {
    return deleteObjects(this.#context, bucket, targets);
  }

  /**
   * Ends an appendable object: no append is accepted any more. Idempotent; the time of the first seal is kept.
   * @returns The head, with `sealedAtMs`.
   * @throws {StoreFailure} in this order: `no-such-bucket`, `no-such-key`, `not-sealable`, `position-mismatch` (also when sealed already).
   */
  sealObject(input: SealInput): Promise<ObjectHead> {
    return sealObject(this.#context, input);
  }

  /** @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`. */
  setObjectAcl(target: VersionTarget, acl: ObjectAcl): Promise<ObjectHead> {
    return setObjectAcl(this.#context, target, acl);
  }

  /**
   * Replaces all tags of a version; one commit of one row. Its times and etag stay.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`.
   */
  setObjectTags(target: VersionTarget, tags: Readonly<Record<string, string>>): Promise<ObjectHead> {
    return setObjectTags(this.#context, target, tags);
  }

  /**
   * Sets until when a version may not be destroyed; one commit of one row. One that holds can be extended; see `SetRetentionInput` for the rest.
   * @throws {StoreFailure} `no-such-bucket`, `object-worm`, `no-such-key`, `no-such-version`, `version-is-delete-marker`, `immutable`.
   */
  setObjectRetention(input: SetRetentionInput): Promise<ObjectHead> {
    return setObjectRetention(this.#context, input);
  }

  /**
   * Holds a version until it is let go, or lets it go; one commit of one row.
   * @throws {StoreFailure} `no-such-bucket`, `object-worm`, `no-such-key`, `no-such-version`, `version-is-delete-marker`.
   */
  setLegalHold(input: SetLegalHoldInput): Promise<ObjectHead> {
    return setLegalHold(this.#context, input);
  }

  /**
   * Creates or atomically replaces an object that stands for another key of its bucket; one commit. Where it leads is not looked at: `openObject` opens the
   * link itself, an object without bytes, whose head names the target.
   * @throws {StoreFailure} `no-such-bucket`, `already-exists`, `immutable`.
   */
  putSymlink(input: PutSymlinkInput): Promise<ObjectHead> {
    return putSymlink(this.#context, input);
  }

  /**
   * One page of live objects, grouped by a delimiter. Costs follow the rows returned: a common prefix is one seek, however many keys it covers.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listObjects(input: ListInput): Promise<ListResult> {
    return listObjects(this.#context, input);
  }

  /**
   * One page of all versions and delete markers, keys in order, newest first within a key. Costs follow the rows returned, as for `listObjects`; of keys
   * that ever had several versions, one list and one read more.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listObjectVersions(input: ListVersionsInput): Promise<ListVersionsResult> {
    return listObjectVersions(this.#context, input);
  }

  /**
   * Deletes a version, as {@link deleteObject} does, if it is still due when that commits.
   * @returns Whether it was; false also for one that is gone.
   * @throws {StoreFailure} `no-such-bucket`, `immutable`.
   */
  expireVersion(target: VersionTarget, isDue: VersionJudge): Promise<boolean> {
    return expireVersion(this.#context, target, isDue);
  }

  /**
   * Removes the delete marker of a key that has no versions any more.
   * @returns Whether there was one.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  removeLoneDeleteMarker(target: ObjectTarget): Promise<boolean> {
    return removeLoneDeleteMarker(this.#context, target);
  }

  /**
   * Gives a version another storage class if it is still due when that commits; its bytes and times stay.
   * @returns Whether it was; false also for one that is gone or has the class.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  transitionVersion(target: VersionTarget, storageClass: StorageClass, isDue: VersionJudge): Promise<boolean> {
    return transitionVersion(this.#context, target, storageClass, isDue);
  }

  /**
   * Calls `listener` after each durable change of the object (append, seal, replacement, deletion); also spuriously.
   * @returns A function that ends the watch.
   */
  watchObject(target: ObjectTarget, listener: () => void): () => void {
    return watchObject(this.#context, target, listener);
  }

  /**
   * Makes an object that has the bytes of another one, in one commit that moves none: both refer to the same content. A copy of an appendable
   * object is its first bytes as of the commit, and does not grow. A copy onto the very object, where versions are not kept, changes its
   * attributes alone: an appendable object stays appendable then, and may be copied so whatever the settings say.
   * @throws {StoreFailure} of the source `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`, `archived`,
   *   `not-copyable`; of the target `no-such-bucket`, `already-exists`, `immutable`; and what `input.plan` throws.
   */
  copyObject(input: CopyInput): Promise<CopyOutcome> {
    return copyObject(this.#context, input);
  }

  /**
   * Starts a multipart upload; one commit. Nothing of it is seen as an object before it is completed.
   * @throws {StoreFailure} `no-such-bucket`, `already-exists`, `immutable`: as far as can be told now.
   */
  initiateUpload(input: InitiateUploadInput): Promise<UploadRecord> {
    return initiateUpload(this.#context, input);
  }

  /**
   * Stores a part, in any order and beside others; a later part takes the place of an earlier one with the same number. All or nothing.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`, `too-large`, `digest-mismatch`; and whatever the body's stream throws.
   */
  uploadPart(input: UploadPartInput, body: BodySource): Promise<PartRecord> {
    return uploadPart(this.#context, input, body);
  }

  /**
   * Makes a part of bytes of an object. They are read once for their checksums, unless they are a whole object whose MD5 is known; they
   * are not written again, except from a source that is itself copied from copies of copies.
   * @throws {StoreFailure} `no-such-upload`, `too-large`; of the source as `copyObject`; and what `input.select` throws.
   */
  copyPart(input: CopyPartInput): Promise<CopyPartResult> {
    return copyPart(this.#context, input);
  }

  /**
   * Makes the object of its parts, at once for everybody else; no bytes are moved, and the upload is gone with it. Of more than 200 parts one row for
   * each is written before, in commits of bounded size; completing one upload again waits until that has ended.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`, `invalid-part`, `invalid-part-order`, `part-too-small`, `already-exists`,
   *   `immutable`: the upload is as it was then.
   */
  completeUpload(input: CompleteUploadInput): Promise<ObjectHead> {
    return completeUpload(this.#context, input);
  }

  /**
   * Gives an upload up in one small commit, however many parts it has; their bytes go later.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`.
   */
  abortUpload(target: UploadTarget): Promise<void> {
    return abortUpload(this.#context, target);
  }

  /**
   * One page of the parts of an upload.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-upload`.
   */
  listParts(input: ListPartsInput): Promise<ListPartsResult> {
    return listParts(this.#context, input);
  }

  /**
   * One page of unfinished uploads, grouped by a delimiter.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listUploads(input: ListUploadsInput): Promise<ListUploadsResult> {
    return listUploads(this.#context, input);
  }

  /**
   * Creates or replaces a live channel; one commit of one row.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  putLiveChannel(input: PutLiveChannelInput): Promise<LiveChannelRecord> {
    return putLiveChannel(this.#context, input);
  }

  /**
   * Enables or disables a live channel; one commit of one row, none where it is so already.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-live-channel`.
   */
  setLiveChannelStatus(target: LiveChannelTarget, status: LiveChannelStatus): Promise<LiveChannelRecord> {
    return setLiveChannelStatus(this.#context, target, status);
  }

  /** @throws {StoreFailure} `no-such-bucket`, `no-such-live-channel`. */
  getLiveChannel(target: LiveChannelTarget): Promise<LiveChannelRecord> {
    return getLiveChannel(this.#context, target);
  }

  /**
   * Deletes a live channel; one that is not there is no error.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  deleteLiveChannel(target: LiveChannelTarget): Promise<void> {
    return deleteLiveChannel(this.#context, target);
  }

  /**
   * One page of the live channels of a bucket.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listLiveChannels(input: ListLiveChannelsInput): Promise<ListLiveChannelsResult> {
    return listLiveChannels(this.#context, input);
  }

  /**
   * Makes an archived object readable for a while, or for longer.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`, `not-archived`,
   *   `restore-in-progress`.
   */
  restoreObject(input: RestoreInput): Promise<RestoreOutcome> {
    return restoreObject(this.#context, input);
  }

  /**
   * Ends the time in which a restored object can be read. One that is not restored is left as it is.
   * @throws {StoreFailure} as `restoreObject`.
   */
  cleanRestoredObject(target: VersionTarget): Promise<ObjectHead> {
    return cleanRestoredObject(this.#context, target);
  }

  /**
   * Merges inline extents that are due into blobs. Readers and appends go on undisturbed.
   * @param contentId Only of this content; default: the next ones in the queue, up to `jobCountMax`.
   * @returns Jobs done.
   */
  compactContent(options: { readonly contentId?: ContentId; readonly jobCountMax: number }): Promise<number> {
    return compactContent(this.#context, options);
  }

  /**
   * Removes content without references, in bounded steps.
   * @returns What was done, and whether there is more to do now.
   * @throws {EngineFailure} the first one, after all that could be removed has been: `unavailable`, `corrupt`.
   */
  sweepGarbage(options: { readonly rowCountMax: number }): Promise<SweepProgress> {
    return sweepGarbage(this.#context, options);
  }

  /** Begins the next round of the background work now, if one is being waited for. */
  hurryMaintenance(): void {
    this.#maintenance?.hurry();
  }

  /** How far writers are held up; no reads. */
  brakeStatistics(): BrakeStatistics {
    return this.#context.brake.statistics();
  }

  /** @returns The largest commit since this was last asked. */
  takeLargestCommit(): LargestCommit {
    return this.#context.commitMeter.take();
  }

  /** Everything that waits for the background work; some reads for each bucket. */
  measureDebt(): Promise<StoreDebt> {
    return measureDebt(this.#context);
  }

  /** Garbage that waits for the sweep; no reads. */
  garbageDebt(): GarbageDebt {
    return this.#context.garbageMeter.debt();
  }

  /** What the pace of the background work depends on; one read. */
  async backlog(): Promise<Backlog> {
    const { noteCount, lengthBytes } = this.#context.garbageMeter.debt();
    return { noteCount, lengthBytes, jobCount: await countJobs(this.#context) };
  }

  /** Counts the garbage that was there when the store was opened; in the background, once. */
  countGarbage(isStopped: () => boolean = () => false): Promise<void> {
    return this.#context.garbageMeter.countAll(this.#context.keyValues, isStopped);
  }

  /** Removes blobs no content knows, left by broken uploads and crashes. Walks all blobs, asking `isStopped` between them. */
  sweepOrphanBlobs(isStopped?: () => boolean): Promise<OrphanProgress> {
    return sweepOrphanBlobs(this.#context, isStopped);
  }

  /**
   * Verifies the bytes of some contents: one step of a walk over all of them, in the order of their ids. Safe beside everything else.
   * @throws {EngineFailure} `unavailable`; `corrupt` when rows cannot be listed. Damage of bytes is in what it returns.
   */
  scrubContents(input: ScrubInput): Promise<ScrubStep> {
    return scrubContents(this.#context, input);
  }

  /**
   * Checks the rows, and names the objects that known damage hits: one step of a walk over all of them. The moment it looks at is held until it resolves. Safe beside
   * everything else.
   * @throws {EngineFailure} `unavailable`; `corrupt` when the rows are beyond reading one by one. What `pace` rejects with.
   */
  scrubRows(input: RowScrubInput): Promise<RowScrubStep> {
    return scrubRows(this.#context, input);
  }

  /**
   * Wraps the data keys of encrypted contents anew that are wrapped with an older version of their key. One step of a walk over all of them, in
   * the order of their ids; a small commit for each that is due. Safe to stop, repeat and run beside everything else.
   */
  rewrapContents(input: RewrapInput): Promise<RewrapProgress> {
    return rewrapContents(this.#context, input);
  }

  /**
   * Limits what buckets and their creators hold; replaces all limits there were. Nothing is stored: whoever opens the store sets them again. A commit that would go over one fails with
   * `quota-exceeded`, whatever operation it belongs to; what shrinks or stays passes.
   */
  setQuotas(quotas: StoreQuotas): void {
    this.#context.quotas.set(quotas);
  }

  /** Starts the background work (compaction, garbage, orphans) in this process; once per store. */
  startMaintenance(options: MaintenanceOptions = {}): void {
    this.#maintenance ??= new MaintenanceLoop(this, options);
    this.#maintenance.start();
  }

  /**
   * Opens a snapshot of everything, for a backup; what it refers to is not swept before it is closed.
   * @throws {EngineFailure} `unavailable`.
   */
  snapshot(): Promise<StoreSnapshot> {
    return openStoreSnapshot(this.#context);
  }

  /** Ends the background work, waits for commits under way, closes both engines. Idempotent. */
  async close(): Promise<void> {
    await this.#maintenance?.stop();
    await this.#context.keyValues.close();
    await this.#context.blobs.close();
  }
}
