/**
 * The narrow contract under all metadata: an ordered map of byte keys to byte values with atomic, durable, optimistic
 * commits (the shape of Deno KV's atomic operations). Engines implement exactly this and hold no store logic. Nothing
 * outside an engine may assume that a read is synchronous, that this process is the only writer, or that a value read
 * earlier is still current: only the checks of a commit decide.
 */

/**
 * Names one write of one key: every commit gives the keys it wrote one fresh version, never used before for that key.
 */
export type KeyValueVersion = number;

/**
 * A key with its value at the moment it was read. Nobody ever changes its bytes: engines do not reuse their memory,
 * however long a caller keeps them, and a caller that wrote into them might write into what others read.
 */
export interface KeyValueEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly version: KeyValueVersion;
}

/** A condition of a commit: the key is still at this version, or, with `undefined`, still absent. */
export interface KeyValueCheck {
  readonly key: Uint8Array;
  readonly version: KeyValueVersion | undefined;
}

/** Sets a key to a value, whether it was there or not. */
export interface KeyValuePut {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Adds to a counter without reading it first. The value is a signed 64-bit little-endian integer; an absent key counts
 * as 0.
 */
export interface KeyValueSum {
  readonly key: Uint8Array;
  readonly delta: bigint;
}

/** One atomic change. A key stands in at most one of `puts`, `deletes` and `sums`. */
export interface KeyValueCommit {
  readonly checks?: readonly KeyValueCheck[];
  readonly puts?: readonly KeyValuePut[];
  readonly deletes?: readonly Uint8Array[];
  readonly sums?: readonly KeyValueSum[];
}

/** `committed: false` means that a check failed and nothing at all was changed. */
export type KeyValueCommitOutcome =
  | { readonly committed: true; readonly version: KeyValueVersion }
  | { readonly committed: false };

/** Half-open: `start <= key < end`, in byte order. */
export interface KeyValueRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  /** Entries at most. */
  readonly limit: number;
  /** Last key first. */
  readonly reverse?: boolean;
}

/** Counters an engine keeps for the metrics page. */
export interface KeyValueStatistics {
  /** Durable commits since the opening, and the batches they shared. */
  readonly commitCount: number;
  readonly batchCount: number;
  /** Bytes the engine occupies on disk (0 in memory). */
  readonly sizeBytes: number;
}

/** Called after each durable batch: how many commits shared it and how long its write and sync took. */
export type CommitObserver = (batch: { readonly commitCount: number; readonly durationMs: number }) => void;

/**
 * What the store held at one moment, however much is committed meanwhile. It costs: an engine keeps what it replaces
 * for as long as any snapshot may ask for it, so hold one for as short a time as the reading takes, and close it.
 * @throws {EngineFailure} `unavailable` from `get` and `list`, `closed`: after `close` of it or of its store;
 *   `unreachable`: its database is or was away, and it cannot come back.
 */
export interface KeyValueSnapshot {
  /** @returns The entry as it was, or `undefined` when the key was absent. */
  get(key: Uint8Array): Promise<KeyValueEntry | undefined>;
  /** @returns Up to `limit` entries as they were. */
  list(range: KeyValueRange): Promise<readonly KeyValueEntry[]>;
  /** Lets go of the moment. Idempotent; closing the store does it too. */
  close(): Promise<void>;
}

/**
 * @throws {EngineFailure} `unavailable` from every method: after `close`, after a failed sync (`commit` only: the
 *   engine is then poisoned and acknowledges nothing any more, reads go on), and when the disk is full or read-only
 *   (that commit alone failed, nothing of it is visible, later commits may succeed). Of an engine over a database also
 *   `unreachable`, `too-many-connections` and `clock-wrong`, which pass by themselves and leave nothing behind, and
 *   from `commit` `outcome-unknown`: it may have taken effect.
 */
export interface KeyValueStore {
  /** @returns The entry, or `undefined` when the key is absent. Never shows a commit that is not durable yet. */
  get(key: Uint8Array): Promise<KeyValueEntry | undefined>;
  /** @returns Up to `limit` entries of one consistent moment. */
  list(range: KeyValueRange): Promise<readonly KeyValueEntry[]>;
  /**
   * Atomic, and durable (synced to disk) when it resolves. Concurrent commits share syncs.
   * The bytes of keys and values are the engine's from now on: the caller must not change them any more.
   */
  commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome>;
  /**
   * @returns Exactly what was committed before the call, and perhaps some of what was under way; each commit whole or
   *   not at all. After a failed sync there are still snapshots, as there are reads. In a folder any number of
   *   snapshots may be open; over a database one more than its bound waits until another is closed, and fails as
   *   `too-many-connections` when none is.
   */
  snapshot(): Promise<KeyValueSnapshot>;
  /**
   * Calls `listener` after each durable commit of this store that put, summed or deleted `key`; also spuriously. An
   * engine that other processes share calls it for their commits too, once for all within a stated interval (50 ms
   * unless set otherwise), and again when a database that was away is back. @returns A function that ends the watch.
   */
  watch(key: Uint8Array, listener: () => void): () => void;
  statistics(): KeyValueStatistics;
  /** Waits for commits under way, then closes. Idempotent. */
  close(): Promise<void>;
}
