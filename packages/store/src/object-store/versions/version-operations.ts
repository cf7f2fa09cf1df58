/**
 * What a server may do to versions for a client: looking, deleting, protecting, restoring, and what the bucket's
 * lifecycle asks for. Each method is one file of the same name.
 */
import type { StoreContext } from '../context/store-context.js';
import type {
  DeleteResult,
  DeleteTarget,
  DeletionTarget,
  ListVersionsInput,
  ListVersionsResult,
  ObjectAcl,
  ObjectHead,
  ObjectTarget,
  SetLegalHoldInput,
  SetRetentionInput,
  StorageClass,
  VersionTarget,
} from '../types.js';
import { deleteObject } from './delete-object.js';
import { type DeleteOutcome, deleteObjects } from './delete-objects.js';
import { expireVersion, removeLoneDeleteMarker, transitionVersion, type VersionJudge } from './expire-version.js';
import { headObject } from './head-object.js';
import { listObjectVersions } from './list-object-versions.js';
import { cleanRestoredObject, type RestoreInput, type RestoreOutcome, restoreObject } from './restore-object.js';
import { setObjectAcl } from './set-object-acl.js';
import { setLegalHold, setObjectRetention } from './set-object-retention.js';
import { setObjectTags } from './set-object-tags.js';

/**
 * What a server may do to versions for a client: looking, deleting, protecting, restoring, and what the bucket's
 * lifecycle asks for. Every method throws `StoreFailure`: those named with it, and `contended`; and `EngineFailure`.
 */
export interface VersionOperations {
  /** @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`. */
  headObject(target: VersionTarget): Promise<ObjectHead>;
  /**
   * Deletes an object in one small commit, whatever its length; its bytes go later. A key that is not there is no
   * error. Without a version id, a bucket that keeps versions gets a delete marker instead, also for a key that is not
   * there. With one, that version or marker is destroyed; if it was the current one, the next newest becomes current.
   * @throws {StoreFailure} `no-such-bucket`, `immutable`.
   */
  deleteObject(target: DeletionTarget): Promise<DeleteResult>;
  /**
   * Deletes many objects in commits of bounded size. Each deletion is atomic, the batch is not.
   * @returns One outcome per target, in the order given.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  deleteObjects(bucket: string, targets: readonly DeleteTarget[]): Promise<readonly DeleteOutcome[]>;
  /** @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`. */
  setObjectAcl(target: VersionTarget, acl: ObjectAcl): Promise<ObjectHead>;
  /**
   * Replaces all tags of a version; one commit of one row. Its times and etag stay.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`.
   */
  setObjectTags(target: VersionTarget, tags: Readonly<Record<string, string>>): Promise<ObjectHead>;
  /**
   * Sets until when a version may not be destroyed; one commit of one row. One that holds can be extended; see
   * `SetRetentionInput` for the rest.
   * @throws {StoreFailure} `no-such-bucket`, `object-worm`, `no-such-key`, `no-such-version`,
   * `version-is-delete-marker`, `immutable`.
   */
  setObjectRetention(input: SetRetentionInput): Promise<ObjectHead>;
  /**
   * Holds a version until it is let go, or lets it go; one commit of one row.
   * @throws {StoreFailure} `no-such-bucket`, `object-worm`, `no-such-key`, `no-such-version`,
   * `version-is-delete-marker`.
   */
  setLegalHold(input: SetLegalHoldInput): Promise<ObjectHead>;
  /**
   * One page of all versions and delete markers, keys in order, newest first within a key. Costs follow the rows
   * returned, as for `listObjects`; of keys that ever had several versions, one list and one read more.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listObjectVersions(input: ListVersionsInput): Promise<ListVersionsResult>;
  /**
   * Makes an archived object readable for a while, or for longer.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`,
   *   `not-archived`, `restore-in-progress`.
   */
  restoreObject(input: RestoreInput): Promise<RestoreOutcome>;
  /**
   * Ends the time in which a restored object can be read. One that is not restored is left as it is.
   * @throws {StoreFailure} as `restoreObject`.
   */
  cleanRestoredObject(target: VersionTarget): Promise<ObjectHead>;
  /**
   * Deletes a version, as {@link deleteObject} does, if it is still due when that commits.
   * @returns Whether it was; false also for one that is gone.
   * @throws {StoreFailure} `no-such-bucket`, `immutable`.
   */
  expireVersion(target: VersionTarget, isDue: VersionJudge): Promise<boolean>;
  /**
   * Removes the delete marker of a key that has no versions any more.
   * @returns Whether there was one.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  removeLoneDeleteMarker(target: ObjectTarget): Promise<boolean>;
  /**
   * Gives a version another storage class if it is still due when that commits; its bytes and times stay.
   * @returns Whether it was; false also for one that is gone or has the class.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  transitionVersion(target: VersionTarget, storageClass: StorageClass, isDue: VersionJudge): Promise<boolean>;
}

/** @returns The operations over one open store. */
export function versionOperations(context: StoreContext): VersionOperations {
  return {
    headObject: (target) => headObject(context, target),
    deleteObject: (target) => deleteObject(context, target),
    deleteObjects: (bucket, targets) => deleteObjects(context, bucket, targets),
    setObjectAcl: (target, acl) => setObjectAcl(context, target, acl),
    setObjectTags: (target, tags) => setObjectTags(context, target, tags),
    setObjectRetention: (input) => setObjectRetention(context, input),
    setLegalHold: (input) => setLegalHold(context, input),
    listObjectVersions: (input) => listObjectVersions(context, input),
    restoreObject: (input) => restoreObject(context, input),
    cleanRestoredObject: (target) => cleanRestoredObject(context, target),
    expireVersion: (target, isDue) => expireVersion(context, target, isDue),
    removeLoneDeleteMarker: (target) => removeLoneDeleteMarker(context, target),
    transitionVersion: (target, storageClass, isDue) => transitionVersion(context, target, storageClass, isDue),
  };
}
