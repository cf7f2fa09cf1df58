/**
 * What an engine, or the keys beside it, cannot do: a closed set, as data, not prose. Leaves out what a request may not
 * do; that is `StoreFailure`, of the object store above.
 */
import type { Encryption } from '../vocabulary/encryption.js';

/** What an engine cannot do, and what it is about. */
export type EngineFailureReason =
  /**
   * What is stored fails its checksum or its decoder: it is not served. `keyRange`: rows that are hit,
   * `start <= key < end`, and no others.
   */
  | {
      readonly kind: 'corrupt';
      readonly detail: string;
      readonly keyRange?: { readonly start: Uint8Array; readonly end: Uint8Array };
    }
  /**
   * The bytes are (or were to be) encrypted, and the key that wraps their key is not at hand. Nothing is wrong with
   * them.
   */
  | {
      readonly kind: 'key-unavailable';
      readonly algorithm: Encryption['algorithm'];
      readonly keyId?: string;
      readonly because: 'not-configured' | 'unknown-key' | 'unsupported-algorithm';
    }
  | { readonly kind: 'missing-blob'; readonly blobId: string }
  | {
      readonly kind: 'unavailable';
      readonly because:
        | 'closed'
        | 'disk-full'
        | 'read-only'
        | 'too-many-files'
        | 'poisoned'
        | 'input-output'
        /**
         * A service that holds rows or bodies cannot be reached, has too much to do, or did not answer in time. Nothing
         * was changed; it may work later by itself.
         */
        | 'unreachable'
        /** A service does not take the keys of this store, or lacks its bucket. Nothing was changed. */
        | 'refused'
        /** The database accepts no more connections. Nothing was changed. */
        | 'too-many-connections'
        /**
         * The clock of this machine is far from that of the database. Nothing was changed; it works again when the
         * clock is set.
         */
        | 'clock-wrong'
        /**
         * The connection broke during a commit, and what became of it could not be found out in time: it may have taken
         * effect, or may still do.
         */
        | 'outcome-unknown';
    };

/** The kinds of failure alone. */
export type EngineFailureKind = EngineFailureReason['kind'];

/**
 * The one error that engines throw on purpose; anything else that leaves one is a fault of the program. Its message is
 * for the log.
 */
export class EngineFailure extends Error {
  readonly reason: EngineFailureReason;

  /**
   * @param reason What failed, as data.
   * @param cause The error underneath, for the log.
   */
  constructor(reason: EngineFailureReason, cause?: unknown) {
    super(`Engine failure: ${reason.kind}`, cause === undefined ? undefined : { cause });
    this.name = 'EngineFailure';
    this.reason = reason;
  }
}
