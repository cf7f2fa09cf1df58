/**
 * The narrow contract under large bytes: immutable runs of bytes ("blobs") that are written once as a stream, sealed,
 * read by range and deleted. A blob becomes part of an object only by a metadata commit; one nobody refers to is
 * garbage to be swept. Leaves out checksums and encryption: `checked-blob-store.ts` adds them over any engine.
 */

/** 16 random bytes as 32 lower-case hex digits. */
export type BlobId = string;

/**
 * A blob being written: `write` as often as needed, then either `seal` or `abort`. Nobody can read it before it is
 * sealed.
 */
export interface BlobWriter {
  readonly blobId: BlobId;
  /**
   * Appends the chunks in order; resolves when the engine can take more (back-pressure). The caller must not change the
   * bytes until then. One call at a time.
   */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Resolves when the bytes and the blob's name are durable. Nothing may be written afterwards. */
  seal(): Promise<void>;
  /** Gives the blob up and removes it. Safe at any time before or after a failed call; never throws. */
  abort(): Promise<void>;
}

/** Bytes `start <= offset < end` of a blob. */
export interface BlobRange {
  readonly start: number;
  readonly end: number;
  /** Length in bytes that the blob must have, as who asks for it knows; one of another length is `corrupt`. */
  readonly blobLength?: number;
}

/** A blob that an older program wrote, on its way to the form of today. */
export interface OlderBlob {
  /** In bytes. */
  readonly dataLength: number;
  /** What the file must end with, in place of as many bytes there are. */
  readonly end: Uint8Array;
  /** Streams the data as it lies there; not one byte of it is checked. */
  readonly read: () => AsyncIterable<Uint8Array>;
}

/**
 * A blob as a listing shows it: length in bytes, and when it was last written to, so that a sweep can spare young ones.
 */
export interface BlobInfo {
  readonly blobId: BlobId;
  readonly length: number;
  readonly modifiedAtMs: number;
}

/**
 * @throws {EngineFailure} `unavailable` (closed, disk full, read-only, failed sync: poisoned), `missing-blob` when
 * reading one that is not there.
 */
export interface BlobStore {
  /**
   * @param blobId Default: a new one. Only a restored blob is given the id that it had; that there is one of this id
   * already is a failure.
   */
  create(blobId?: BlobId): Promise<BlobWriter>;
  /**
   * Streams bytes of a sealed blob. Fewer bytes than asked for are an error, never a short stream.
   * Stopping the iteration early frees everything.
   */
  read(blobId: BlobId, range: BlobRange): AsyncIterable<Uint8Array>;
  /** @returns Length in bytes, or `undefined` when there is no such blob. */
  length(blobId: BlobId): Promise<number | undefined>;
  /** Removes the blob; one that is not there is no error. */
  delete(blobId: BlobId): Promise<void>;
  /** All blobs, sealed or not, in no order: for the sweep of garbage. */
  list(): AsyncIterable<BlobInfo>;
  /**
   * Overwrites the last bytes of a sealed blob, durably; a loss of power before it resolves may leave any mixture. Only
   * a change of the format does so.
   * @throws {EngineFailure} `missing-blob`; `corrupt` when the blob is shorter.
   */
  overwriteEnd(blobId: BlobId, end: Uint8Array): Promise<void>;
  /**
   * There where blobs carry checks that have changed over time. @returns What brings the blob up to date; `undefined`
   * when it is so already.
   * @throws {EngineFailure} `missing-blob`; `corrupt` when it is neither of today's form nor whole in an older one.
   */
  readonly findOlder?: (blobId: BlobId) => Promise<OlderBlob | undefined>;
  close(): Promise<void>;
}
