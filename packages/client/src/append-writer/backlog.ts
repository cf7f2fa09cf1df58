/**
 * What stands between those who write and the appends: accepted bytes that are not durable in an object yet. Leaves out
 * the backlog on disk (`../node/file-spool.ts`).
 */
import type { AnnalsError } from '../error.js';

/** Where a writer is: all that another process needs to go on. */
export interface WriterState {
  /** Names this writer's appends. */
  readonly writerId: string;
  readonly bucket: string;
  readonly key: string;
  /** Number of the object within its period, for patterns. */
  readonly sequence: number;
  /** When the object was begun, in milliseconds since 1970. */
  readonly begunAtMs: number;
  /** Length of the object = where the next batch begins, in bytes. */
  readonly position: number;
  /** Of the whole object. */
  readonly crc64: bigint;
  /** Accepted bytes that are durable in objects, counted from the writer's first one. */
  readonly durableBytes: number;
  /** The batch whose append may have been sent. */
  readonly underWay?: BatchIdentity;
}

/** What tells one batch from all others. */
export interface BatchIdentity {
  readonly id: string;
  /** Bytes. */
  readonly length: number;
  readonly crc64: bigint;
}

/** What a backlog held when it was opened. */
export interface BacklogContent {
  /** Of the writer before; `undefined` when there was none. */
  readonly state: WriterState | undefined;
  /** Bytes accepted so far, those that are durable included. */
  readonly acceptedBytes: number;
}

/** Accepted bytes in order, in the chunks in which they were written. Calls to `take` and `confirm` do not overlap. */
export interface Backlog {
  /**
   * Is called once, before everything else.
   * @param onWaiting Is told why it waits instead of failing, such as for room on a disk, and that it tries again.
   */
  open(onWaiting?: (error: AnnalsError) => void): Promise<BacklogContent>;
  /** Resolves when the bytes are accepted: they survive whatever this backlog survives. May wait for room. */
  push(chunk: Uint8Array): Promise<void>;
  /** Bytes accepted and not taken. */
  readonly waitingBytes: number;
  /** Whether what is taken next begins a chunk. */
  readonly isAtChunkStart: boolean;
  /** Bytes left of the chunk that is taken next; 0 when nothing waits. */
  nextChunkBytes(): Promise<number>;
  /**
   * Takes bytes from the front: whole chunks up to `lengthBytesMax`, or the beginning of one that is longer.
   * @returns One piece, or `undefined` when nothing waits.
   */
  take(lengthBytesMax: number): Promise<Uint8Array | undefined>;
  /** Remembers where the writer is; bytes before `state.durableBytes` are needed no more. */
  remember(state: WriterState): Promise<void>;
  /** Waiting pushes fail with `reason`, and so do those to come. */
  fail(reason: unknown): void;
  close(): Promise<void>;
}
