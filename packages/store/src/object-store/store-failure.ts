/**
 * What the store's rules refuse: a closed set, as data, not prose; no HTTP. The server maps `reason.kind` to OSS errors
 * in one exhaustive switch. Leaves out what engines cannot do (`contract/engine-failure.ts`).
 */
import { EngineFailure } from '../contract/engine-failure.js';
import type { BucketRecord, LastAppend, ObjectType, StorageClass } from './types.js';

/** Why the store refused or failed, and what it was about. */
export type StoreFailureReason =
  | { readonly kind: 'no-such-bucket'; readonly bucket: string }
  | { readonly kind: 'bucket-already-exists'; readonly existing: BucketRecord }
  | {
      readonly kind: 'bucket-not-empty';
      readonly bucket: string;
      /** What is left besides objects and delete markers; absent where there are such. */
      readonly left?: 'uploads' | 'live-channels';
    }
  /** `deleteMarkerVersionId`: the current version is a delete marker. */
  | { readonly kind: 'no-such-key'; readonly key: string; readonly deleteMarkerVersionId?: string }
  | { readonly kind: 'no-such-version'; readonly key: string; readonly versionId: string }
  /** The version asked for by id is a delete marker: it has no content. */
  | { readonly kind: 'version-is-delete-marker'; readonly key: string; readonly versionId: string }
  | { readonly kind: 'not-appendable'; readonly type: ObjectType }
  | {
      readonly kind: 'position-mismatch';
      /** Current length = the position that would have been right. 0 when there is no object. */
      readonly length: number;
      readonly crc64: bigint;
      readonly lastAppend?: LastAppend;
    }
  | { readonly kind: 'sealed'; readonly sealedAtMs: number }
  /** The append's id was used before, with another body. */
  | { readonly kind: 'append-id-conflict'; readonly appendId: string }
  /** An append with a higher epoch was applied. */
  | { readonly kind: 'writer-fenced'; readonly epoch: number }
  /** The object would become longer than its writer wants. */
  | { readonly kind: 'guard-exceeded'; readonly lengthMax: number }
  /** It was copied and converted so often in turn that its bytes lie in slices of slices, as deep as there may be. */
  | { readonly kind: 'nested-too-deep' }
  /** A position to read from lies behind the end of the object. */
  | { readonly kind: 'beyond-length'; readonly length: number }
  /** Seal of an object that was not created by append. */
  | { readonly kind: 'not-sealable'; readonly type: ObjectType }
  /** The bucket may not grow so much: the operator has set a limit for it, or for all buckets of its creator. */
  | {
      readonly kind: 'quota-exceeded';
      readonly bucket: string;
      readonly holder: 'bucket' | 'creator';
      readonly what: 'bytes' | 'objects';
      readonly max: number;
    }
  | { readonly kind: 'too-large'; readonly lengthMax: number }
  /**
   * `forbidOverwrite` was asked for and the key exists, or an appendable object would be replaced where that is denied.
   */
  | { readonly kind: 'already-exists'; readonly because: 'forbid-overwrite' | 'appendable' }
  /** The bucket's retention policy protects the version, or a retention or a legal hold of its own. */
  | { readonly kind: 'immutable' }
  /**
   * A retention or legal hold in a bucket that was not opened for them; or of an object that grows, or growth in such a
   * bucket.
   */
  | { readonly kind: 'object-worm'; readonly because: 'not-enabled' | 'appendable' }
  | { readonly kind: 'digest-mismatch'; readonly digest: 'md5' | 'crc64' }
  /** There is no such unfinished upload to this key. */
  | { readonly kind: 'no-such-upload'; readonly uploadId: string }
  | { readonly kind: 'no-such-live-channel'; readonly name: string }
  /** A part that should be completed is not there or has another etag. */
  | { readonly kind: 'invalid-part'; readonly partNumber: number }
  | { readonly kind: 'invalid-part-order'; readonly partNumber: number }
  /** In an upload whose parts come in order: it is neither the next one nor the last one again. */
  | { readonly kind: 'part-not-sequential'; readonly partNumber: number }
  /** A part other than the last is shorter than parts may be. */
  | {
      readonly kind: 'part-too-small';
      readonly partNumber: number;
      readonly length: number;
      readonly lengthMin: number;
    }
  /** An appendable object would be copied where that is denied, or a link into a part. */
  | { readonly kind: 'not-copyable'; readonly type: ObjectType }
  /** The bytes are in an archive and have to be restored before they can be read. */
  | { readonly kind: 'archived'; readonly storageClass: StorageClass }
  | { readonly kind: 'restore-in-progress' }
  /** There is nothing to restore: the bytes can be read at any time. */
  | { readonly kind: 'not-archived'; readonly storageClass: StorageClass }
  /** Lost too many optimistic races in a row; nothing was changed. */
  | { readonly kind: 'contended' };

/** The kinds of failure alone. */
export type StoreFailureKind = StoreFailureReason['kind'];

/**
 * The only error the object store throws on purpose, besides those of its engines; anything else that leaves it is a
 * fault of the program. Its message is for the log.
 */
export class StoreFailure extends Error {
  readonly reason: StoreFailureReason;

  /**
   * @param reason What failed, as data.
   * @param cause The error underneath, for the log.
   */
  constructor(reason: StoreFailureReason, cause?: unknown) {
    super(`Store failure: ${reason.kind}`, cause === undefined ? undefined : { cause });
    this.name = 'StoreFailure';
    this.reason = reason;
  }
}

/** @returns Whether the store threw this on purpose: its rules refuse something, or its engines cannot do it. */
export function isFailure(error: unknown): error is StoreFailure | EngineFailure {
  return error instanceof StoreFailure || error instanceof EngineFailure;
}
