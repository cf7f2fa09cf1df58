/**
 * Streams bytes of a content from its extents. Memory in use is bounded whatever the number of extents; many short
 * inline extents come out as few long chunks. Bytes are verified before they are handed out: a gap, an overlap or a
 * wrong checksum is an error, never a short or wrong stream. The compactor may merge extents meanwhile: rows once read
 * stay true, and a row that went is found again inside the blob that took its place. Where another process moves blobs
 * out of segments, a blob that went is found again by its row. The caller has pinned the content.
 */

import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import { readSealedBlob } from '../../encryption/sealed-blob.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StoreContext } from '../context/store-context.js';
import { type BlobExtent, decodeExtent, type Extent, verifyInlineExtent } from '../records/extent-record.js';
import { extentKey, extentOffsetOf, extentRange, successorOf } from '../records/key-space.js';

/** What reading needs of an open store. */
export type ReadContext = Pick<StoreContext, 'blobs' | 'contentKeys'> & {
  readonly keyValues: Pick<StoreContext['keyValues'], 'get' | 'list'>;
};

/** Bytes `start <= offset < end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Inline bytes are handed out in chunks of at least this length, if there are so many in a row. */
const CHUNK_LENGTH_BYTES = 256 * 1024;
/** Extent rows are fetched so many bytes at a time, judged by the length of those before. */
const BATCH_LENGTH_BYTES = 1024 * 1024;
const BATCH_COUNT_FIRST = 16;
const BATCH_COUNT_MAX = 1024;
/**
 * A slice of a slice of a slice: the code that makes slices keeps to this, so more is a damaged store, perhaps a
 * circle.
 */
export const SLICE_DEPTH_MAX = 8;

/**
 * While an extent is handed out the next one is already being opened: an object of many blobs reads as fast as one of
 * one blob.
 * @throws {EngineFailure} `corrupt`, `missing-blob`, `key-unavailable`, `unavailable`.
 */
export async function* readContent(
  context: ReadContext,
  contentId: ContentId,
  range: ByteRange,
  depth = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (depth > SLICE_DEPTH_MAX) {
    throw corrupt(contentId, `slices nested deeper than ${SLICE_DEPTH_MAX}`);
  }
  const extents = extentsOf(context, contentId, range);
  const openNext = async (): Promise<OpenedExtent | undefined> => {
    const { value: wanted } = await extents.next();
    return wanted === undefined ? undefined : openExtent(context, contentId, wanted, depth);
  };
  const inline = new ChunkCollector();
  let ahead = openNext();
  try {
    for (let opened = await ahead; opened !== undefined; opened = await ahead) {
      ahead = openNext();
      // What is wrong with it is said when its turn comes.
      ahead.catch(() => undefined);
      if (opened instanceof Uint8Array) {
        inline.add(opened);
        if (inline.length >= CHUNK_LENGTH_BYTES) {
          yield inline.take();
        }
        continue;
      }
      if (inline.length > 0) {
        yield inline.take();
      }
      yield* opened.chunks();
    }
    if (inline.length > 0) {
      yield inline.take();
    }
  } finally {
    const unused = await ahead.catch(() => undefined);
    if (unused instanceof StartedStream) await unused.abandon();
  }
}

/** The wanted bytes of an inline extent, verified, or the stream of another. */
type OpenedExtent = Uint8Array | StartedStream;

async function openExtent(
  context: ReadContext,
  contentId: ContentId,
  { extent, offset, from, to }: WantedExtent,
  depth: number,
): Promise<OpenedExtent> {
  switch (extent.kind) {
    case 'inline':
      verifyInlineExtent(extent);
      return takeBytes(extent.bytes, from, to);
    case 'sealed-inline': {
      const cipher = await context.contentKeys.open(contentId);
      return takeBytes(cipher.openInline(extent.sealed, offset).bytes, from, to);
    }
    case 'slice': {
      const slice = { start: extent.start + from, end: extent.start + to };
      return new StartedStream(readContent(context, extent.contentId, slice, depth + 1));
    }
    case 'blob':
      return new StartedStream(readBlob(context, contentId, { extent, offset, from, to }));
  }
}

/** Bytes of one blob; goes on in another one when the blob was moved there meanwhile. */
async function* readBlob(
  context: ReadContext,
  contentId: ContentId,
  { extent, offset, from, to }: WantedExtent<BlobExtent>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const cipher = extent.isSealed ? await context.contentKeys.open(contentId) : undefined;
  let start = from;
  for (let blob: BlobExtent | undefined = extent; blob !== undefined; ) {
    const { blobId, length } = blob;
    const chunks: AsyncIterable<Uint8Array> =
      cipher === undefined
        ? context.blobs.read(blobId, { start, end: to, blobLength: length })
        : readSealedBlob(context.blobs, { blobId, length, offset }, cipher, { start, end: to });
    try {
      for await (const chunk of chunks) {
        start += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      blob = await movedBlob(context, extentKey(contentId, offset), blob, error);
      if (blob === undefined) throw error;
    }
  }
}

/** @returns The blob that has the bytes of one that is not there any more; `undefined`: it is there, or is lost. */
async function movedBlob(
  { keyValues }: ReadContext,
  key: Uint8Array,
  { blobId, length, isSealed }: BlobExtent,
  error: unknown,
): Promise<BlobExtent | undefined> {
  if (!(error instanceof EngineFailure) || error.reason.kind !== 'missing-blob') return undefined;
  const row = await keyValues.get(key);
  const extent = row === undefined ? undefined : decodeExtent(row.value);
  const isMoved = extent?.kind === 'blob' && extent.blobId !== blobId;
  return isMoved && extent.length === length && extent.isSealed === isSealed ? extent : undefined;
}

/** A stream whose first chunk is being read before anybody asks for it. */
class StartedStream {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #first: Promise<IteratorResult<Uint8Array>>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#first = this.#iterator.next();
    this.#first.catch(() => undefined);
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      let result = await this.#first;
      while (result.done !== true) {
        yield result.value;
        result = await this.#iterator.next();
      }
    } finally {
      await this.abandon();
    }
  }

  /** Closes what it has open. */
  async abandon(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** An extent and the part of it that is wanted, in bytes from its own beginning. */
interface WantedExtent<Kind extends Extent = Extent> {
  readonly extent: Kind;
  /** Of the extent in its content. */
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

/** Yields the extents that cover the range, gapless and in order. */
async function* extentsOf(
  context: ReadContext,
  contentId: ContentId,
  range: ByteRange,
): AsyncGenerator<WantedExtent, void, undefined> {
  let position = range.start;
  let batchCount = BATCH_COUNT_FIRST;
  while (position < range.end) {
    const entries = await entriesFrom(context, contentId, position, range.end, batchCount);
    let batchLength = 0;
    for (const [index, entry] of entries.entries()) {
      const offset = extentOffsetOf(entry.key);
      const extent = decodeExtent(entry.value);
      const extentEnd = offset + extent.length;
      // The rows of a batch belong to one moment, in which each begins where the one before ends.
      const isInPlace = index === 0 ? offset <= position : offset === position;
      if (!isInPlace || extentEnd <= position) {
        throw corrupt(contentId, `extents do not meet at offset ${position}`);
      }
      const to = Math.min(extentEnd, range.end);
      yield { extent, offset, from: position - offset, to: to - offset };
      position = to;
      batchLength += entry.value.length;
      if (position >= range.end) {
        return;
      }
    }
    const rowLength = Math.max(1, batchLength / entries.length);
    batchCount = Math.min(BATCH_COUNT_MAX, Math.max(BATCH_COUNT_FIRST, Math.floor(BATCH_LENGTH_BYTES / rowLength)));
  }
}

/**
 * The rows from the one that covers `position` on. Usually a row begins there; otherwise (a range that begins inside an
 * extent, or rows that were merged since) it is the last row before.
 * @throws {EngineFailure} `corrupt` when no row covers it.
 */
async function entriesFrom(
  context: ReadContext,
  contentId: ContentId,
  position: number,
  end: number,
  limit: number,
): Promise<readonly KeyValueEntry[]> {
  const start = extentKey(contentId, position);
  const following = await context.keyValues.list({ start, end: extentKey(contentId, end), limit });
  const [first] = following;
  if (first !== undefined && extentOffsetOf(first.key) === position) {
    return following;
  }
  const before = await context.keyValues.list({
    start: extentRange(contentId).start,
    end: successorOf(start),
    limit: 1,
    reverse: true,
  });
  const [covering] = before;
  if (covering === undefined) {
    throw corrupt(contentId, `no extent covers offset ${position}`);
  }
  // Only this one: the rows that follow it belong to another moment.
  return before;
}

function takeBytes(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
}

function corrupt(contentId: ContentId, detail: string): EngineFailure {
  return new EngineFailure({ kind: 'corrupt', detail: `content ${contentId}: ${detail}` });
}

class ChunkCollector {
  #parts: Uint8Array[] = [];
  length = 0;

  add(part: Uint8Array): void {
    this.#parts.push(part);
    this.length += part.length;
  }

  take(): Uint8Array {
    const [only] = this.#parts;
    const chunk = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts, this.length);
    this.#parts = [];
    this.length = 0;
    return chunk;
  }
}
