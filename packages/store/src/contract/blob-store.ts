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
 * Makes the bytes of a blob once its id is known.
 * @returns The bytes in order, together as many as were announced.
 */
export type BlobFill = (blobId: BlobId) => readonly Uint8Array[];

/** A file that short blobs share. */
export interface BlobSegment {
  /** The ids of all blobs in it begin with this, and no others do. */
  readonly segmentId: string;
  /** In bytes. */
  readonly length: number;
  /** More blobs may still come into it. */
  readonly isOpen: boolean;
}

/** The files that short blobs share, of an engine that has such files. */
export interface BlobSegments {
  /** @returns The segment that the blob lies in; `undefined`: it has a file of its own, or is not there. */
  segmentOf(blobId: BlobId): string | undefined;
  /** The ids of all segments, in no order. */
  ids(): readonly string[];
  /** @returns Undefined: there is no such segment. */
  describe(segmentId: string): Promise<BlobSegment | undefined>;
  /**
   * Removes a closed segment with every blob in it; one that is not there is no error. Who reads one of these blobs
   * goes on; who begins to read one finds it missing.
   */
  delete(segmentId: string): Promise<void>;
  /** Tells of the segments of this process from now on. Another observer takes the place of the one before. */
  observe(observer: SegmentObserver): void;
  /** Another process lets blobs into the segment: it is known here, and open until it is released. */
  adopt(segmentId: string): void;
  /** The process that let blobs into the segment lets no more into it. */
  release(segmentId: string): void;
  /** Another process has deleted the segment: nothing of it stays open here. */
  forget(segmentId: string): void;
}

/** Who is told of the segments of one process, each time at once. */
export interface SegmentObserver {
  /** Blobs will come into it; its file may not be there yet. */
  opened(segmentId: string): void;
  /** No more blobs come into it; those that were put last may still be on their way to a commit. */
  closed(segmentId: string): void;
  deleted(segmentId: string): void;
}

/** Bytes of a blob that is put at once, at most. */
export const PUT_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

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
   * Stores a short blob that is all here; resolves when it is durable. All that wait share one write and one sync. The
   * engine chooses the id, and may keep the blob in a file that others share: then {@link list} leaves it out, and
   * {@link delete} may leave it readable; its space is free when its segment goes.
   * @param lengthBytes Of all its bytes, at most `PUT_LENGTH_BYTES_MAX`.
   * @param fill Called once at most. The caller must not change the bytes before the call has settled.
   */
  put(lengthBytes: number, fill: BlobFill): Promise<BlobId>;
  /**
   * Streams bytes of a sealed blob. Fewer bytes than asked for are an error, never a short stream.
   * Stopping the iteration early frees everything.
   */
  read(blobId: BlobId, range: BlobRange): AsyncIterable<Uint8Array>;
  /** @returns Length in bytes, or `undefined` when there is no such blob. */
  length(blobId: BlobId): Promise<number | undefined>;
  /** Removes the blob; one that is not there is no error. */
  delete(blobId: BlobId): Promise<void>;
  /** All blobs that have files of their own, sealed or not, in no order: for the sweep of garbage. */
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
  /**
   * Puts a blob back under the id that {@link put} gave it elsewhere, at the place that the id names; durable only
   * after {@link syncRestored}. There must be none of this id, and no other calls may write meanwhile.
   * @returns Whether it was done: an id that names no place is that of a blob with a file of its own.
   */
  readonly restore?: (blobId: BlobId, lengthBytes: number, fill: BlobFill) => Promise<boolean>;
  /** Resolves when everything that was restored is durable. */
  readonly syncRestored?: () => Promise<void>;
  /** There where {@link put} lets blobs share files. */
  readonly segments?: BlobSegments;
  close(): Promise<void>;
}
