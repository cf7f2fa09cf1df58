/**
 * What a server may do to whole objects for a client: writing, copying, reading, listing and following the current
 * version. Each method is one file of the same name.
 */
import type { StoreContext } from '../context/store-context.js';
import { copyObject } from '../copy/copy-object.js';
import type { CopyInput, CopyOutcome } from '../copy/copy-types.js';
import type {
  BodySource,
  ListInput,
  ListResult,
  ObjectHead,
  OpenedObject,
  PutInput,
  PutSymlinkInput,
  VersionTarget,
} from '../types.js';
import { followObject } from './follow-object.js';
import type { FollowInput, ObjectFollower } from './follow-types.js';
import { listObjects } from './list-objects.js';
import { ObjectFeeds } from './object-feed.js';
import { openObject } from './open-object.js';
import { putObject } from './put-object.js';
import { putSymlink } from './put-symlink.js';

/**
 * What a server may do to whole objects for a client: writing, copying, reading, listing and following the current
 * version. Every method throws `StoreFailure`: those named with it, and `contended`; and `EngineFailure`.
 */
export interface ObjectOperations {
  /**
   * Creates or atomically replaces an object from a body. The body is opened only when it can win. All or nothing: a
   * broken body, wrong digest or lost race leaves what was there.
   * @returns The head of the new object, with `md5`.
   * @throws {StoreFailure} `no-such-bucket`, `already-exists`, `immutable`, `too-large`, `digest-mismatch`; and
   * whatever the body's stream throws.
   */
  putObject(input: PutInput, body: BodySource): Promise<ObjectHead>;
  /**
   * Creates or atomically replaces an object that stands for another key of its bucket; one commit. Where it leads is
   * not looked at: `openObject` opens the link itself, an object without bytes, whose head names the target.
   * @throws {StoreFailure} `no-such-bucket`, `already-exists`, `immutable`.
   */
  putSymlink(input: PutSymlinkInput): Promise<ObjectHead>;
  /**
   * Makes an object that has the bytes of another one, in one commit that moves none: both refer to the same content. A
   * copy of an appendable object is its first bytes as of the commit, and does not grow. A copy onto the very object,
   * where versions are not kept, changes its attributes alone: an appendable object stays appendable then, and may be
   * copied so whatever the settings say.
   * @throws {StoreFailure} of the source `no-such-bucket`, `no-such-key`, `no-such-version`,
   *   `version-is-delete-marker`, `archived`, `not-copyable`; of the target `no-such-bucket`, `already-exists`,
   *   `immutable`; and what `input.plan` throws.
   */
  copyObject(input: CopyInput): Promise<CopyOutcome>;
  /**
   * Opens one moment of an object for reading. Call `release` when done.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`; from reading
   * `corrupt`, `missing-blob`.
   */
  openObject(target: VersionTarget): Promise<OpenedObject>;
  /**
   * One page of live objects, grouped by a delimiter. Costs follow the rows returned: a common prefix is one seek,
   * however many keys it covers.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  listObjects(input: ListInput): Promise<ListResult>;
  /**
   * Follows an object from a position on. Bytes are given when they are durable, in order and without a gap, until the
   * object is sealed, deleted or replaced; one of a type that does not grow is given whole. A link is followed as what
   * it is: without bytes. Call `release` when done.
   * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`,
   * `beyond-length`.
   */
  followObject(input: FollowInput): Promise<ObjectFollower>;
}

/** @returns The operations over one open store. */
export function objectOperations(context: StoreContext): ObjectOperations {
  const feeds = new ObjectFeeds(context);
  return {
    putObject: (input, body) => putObject(context, input, body),
    putSymlink: (input) => putSymlink(context, input),
    copyObject: (input) => copyObject(context, input),
    openObject: (target) => openObject(context, target),
    listObjects: (input) => listObjects(context, input),
    followObject: (input) => followObject(context, feeds, input),
  };
}
