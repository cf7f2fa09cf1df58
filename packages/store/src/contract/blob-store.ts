/**
 * The narrow contract under large bytes: immutable runs of bytes ("blobs") that are written once as a stream, sealed, read by
 * range and deleted. A blob becomes part of an object only by a metadata commit; one nobody refers to is garbage to be swept.
 * Leaves out checksums and encryption: `checked-blob-store.ts` adds them over any engine.
 */

/** 16 random bytes as 32 lower-case hex digits. */
export type BlobId = string;

/** A blob being written: `write` as often as needed, then either `seal` or `abort`. Nobody can read it before it is sealed. */
export interface BlobWriter {
  readonly blobId: BlobId;
  /**
   * Appends the chunks in order; resolves when the engine can take more (back-pressure). The caller must not change the bytes until then.
   * One call at a time.
   */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Resolves when the bytes and the blob's name are durable. Nothing may be written afterwards. */
  seal(): Promise<void>;
  /** Gives the blob up and removes it. Safe at any time before or after a failed call; never throws. */
  abort(): Promise<void>;
}

/** A blob as a listing shows it: length in bytes, and when it was last written to, so that a sweep can spare young ones. */
export interface BlobInfo {
  readonly blobId: BlobId;
  readonly length: number;
  readonly modifiedAtMs: number;
}

/** @throws {StoreFailure} `unavailable` (closed, disk full, read-only, failed sync: poisoned), `missing-blob` when reading one that is not there. */
export interface BlobStore {
  create(): Promise<BlobWriter>;
  /**
   * Streams bytes `start <= offset < end` of a sealed blob. Fewer bytes than asked for are an error, never a short stream.
   * Stopping the iteration early frees everything.
   */
  read(blobId: BlobId, range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /** @returns Length in bytes, or `undefined` when there is no such blob. */
  length(blobId: BlobId): Promise<number | undefined>;
  /** Removes the blob; one that is not there is no error. */
  delete(blobId: BlobId): Promise<void>;
  /** All blobs, sealed or not, in no order: for the sweep of garbage. */
  list(): AsyncIterable<BlobInfo>;
  close(): Promise<void>;
}
