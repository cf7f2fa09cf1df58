/**
 * A blob store over any other that never hands out wrong bytes: a checksum per block, kept in a trailer at the end of
 * the blob, is checked before the first byte of the block is given to anybody. It covers which blob the block is of,
 * and where in it. What lies in the trailer: `blob-trailer.ts`. Leaves out repair.
 */
import { crc32 } from '@annals/checksum/node';
import type {
  BlobFill,
  BlobId,
  BlobInfo,
  BlobRange,
  BlobSegments,
  BlobStore,
  BlobWriter,
  OlderBlob,
} from '../contract/blob-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import { assertBlobRange } from './blob-range.js';
import {
  BLOCK_LENGTH_BYTES,
  type BlobFooter,
  type BlobTrailer,
  BlockPlaces,
  dataLengthOf,
  decodeFooter,
  decodeTrailer,
  encodeTrailer,
  FOOTER_LENGTH_BYTES,
  trailerLengthOf,
  upgradeTrailer,
} from './blob-trailer.js';
import { TrailerCache } from './trailer-cache.js';

/** Read from the end of a blob at first: the whole trailer of up to 1 GiB. */
const TAIL_LENGTH_BYTES = 16 * 1024 + FOOTER_LENGTH_BYTES;

/**
 * Adds checksums to every blob of `blobs`. Lengths and ranges are those of the data; the trailer shows nowhere. Reading
 * a blob that was never sealed, or that is damaged, is a `EngineFailure` `corrupt`. In `list`, the length of an
 * unsealed blob is approximate.
 */
export function checkBlobs(blobs: BlobStore): BlobStore {
  return new CheckedBlobStore(blobs);
}

class CheckedBlobStore implements BlobStore {
  readonly segments?: BlobSegments;
  readonly #blobs: BlobStore;
  readonly #trailers = new TrailerCache();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
    if (blobs.segments !== undefined) this.segments = blobs.segments;
  }

  async create(blobId?: BlobId): Promise<BlobWriter> {
    return new CheckedBlobWriter(await this.#blobs.create(blobId));
  }

  put(lengthBytes: number, fill: BlobFill): Promise<BlobId> {
    return this.#blobs.put(lengthBytes + trailerLengthOf(lengthBytes), withTrailer(fill));
  }

  async restore(blobId: BlobId, lengthBytes: number, fill: BlobFill): Promise<boolean> {
    const restored = this.#blobs.restore?.(blobId, lengthBytes + trailerLengthOf(lengthBytes), withTrailer(fill));
    return (await restored) ?? false;
  }

  async syncRestored(): Promise<void> {
    await this.#blobs.syncRestored?.();
  }

  async *read(blobId: BlobId, range: BlobRange): AsyncGenerator<Uint8Array, void, undefined> {
    if (range.blobLength !== undefined && range.blobLength <= BLOCK_LENGTH_BYTES) {
      yield* this.#readShort(blobId, range, range.blobLength);
      return;
    }
    const trailer = await this.#trailerOf(blobId);
    if (trailer === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
    assertBlobRange(range, trailer.dataLength);
    if (range.start < range.end) yield* this.#readBlocks(blobId, trailer, range);
  }

  async length(blobId: BlobId): Promise<number | undefined> {
    return (await this.#trailerOf(blobId))?.dataLength;
  }

  async delete(blobId: BlobId): Promise<void> {
    this.#trailers.delete(blobId);
    await this.#blobs.delete(blobId);
  }

  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    for await (const blob of this.#blobs.list()) yield { ...blob, length: dataLengthOf(blob.length) };
  }

  async overwriteEnd(blobId: BlobId, end: Uint8Array): Promise<void> {
    this.#trailers.delete(blobId);
    await this.#blobs.overwriteEnd(blobId, end);
  }

  async findOlder(blobId: BlobId): Promise<OlderBlob | undefined> {
    const found = await this.#readTrailer(blobId);
    if (found === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
    const end = upgradeTrailer(blobId, found.bytes, found.footer);
    if (end === undefined) return undefined;
    const { dataLength } = found.footer;
    return {
      dataLength,
      end: orCorrupt(blobId, end),
      read: () => this.#blobs.read(blobId, { start: 0, end: dataLength }),
    };
  }

  async close(): Promise<void> {
    this.#trailers.clear();
    await this.#blobs.close();
  }

  /** Reads whole blocks, and gives out the wanted part of each once all of it has been checked. */
  async *#readBlocks(
    blobId: BlobId,
    trailer: BlobTrailer,
    range: { readonly start: number; readonly end: number },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { blockLength, dataLength, blockTags } = trailer;
    const places = new BlockPlaces(blobId);
    let block = Math.floor(range.start / blockLength);
    const start = block * blockLength;
    const end = Math.min(Math.ceil(range.end / blockLength) * blockLength, dataLength);
    let pieces: Uint8Array[] = [];
    let blockStart = start;
    let position = start;
    let crc = 0;
    for await (const chunk of this.#blobs.read(blobId, { start, end })) {
      for (let taken = 0; taken < chunk.length; ) {
        const blockEnd = Math.min(blockStart + blockLength, dataLength);
        const piece = chunk.subarray(taken, taken + blockEnd - position);
        crc = crc32(piece, crc);
        pieces.push(piece);
        taken += piece.length;
        position += piece.length;
        if (position < blockEnd) continue;
        if (places.tag(crc, block) !== blockTags[block]) {
          throw new EngineFailure({ kind: 'corrupt', detail: `block ${block} of blob ${blobId} fails its checksum` });
        }
        yield* within(pieces, blockStart, range);
        pieces = [];
        crc = 0;
        block += 1;
        blockStart = blockEnd;
      }
    }
  }

  /** One read brings the only block and the trailer. */
  async *#readShort(blobId: BlobId, range: BlobRange, dataLength: number): AsyncGenerator<Uint8Array, void, undefined> {
    assertBlobRange(range, dataLength);
    const blobLength = dataLength + trailerLengthOf(dataLength);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#blobs.read(blobId, { start: 0, end: blobLength, blobLength })) pieces.push(piece);
    const bytes = joined(pieces);
    const footer = orCorrupt(blobId, decodeFooter(bytes, blobLength));
    const tail = bytes.subarray(bytes.length - footer.trailerLength);
    const trailer = orCorrupt(blobId, decodeTrailer(blobId, tail, footer));
    assertBlobRange(range, trailer.dataLength);
    const data = bytes.subarray(0, dataLength);
    if (dataLength > 0 && new BlockPlaces(blobId).tag(crc32(data), 0) !== trailer.blockTags[0]) {
      throw new EngineFailure({ kind: 'corrupt', detail: `block 0 of blob ${blobId} fails its checksum` });
    }
    if (range.start < range.end) yield data.subarray(range.start, range.end);
  }

  async #trailerOf(blobId: BlobId): Promise<BlobTrailer | undefined> {
    const cached = this.#trailers.get(blobId);
    if (cached !== undefined) return cached;
    const found = await this.#readTrailer(blobId);
    if (found === undefined) return undefined;
    const trailer = orCorrupt(blobId, decodeTrailer(blobId, found.bytes, found.footer));
    this.#trailers.set(blobId, trailer);
    return trailer;
  }

  /** @returns The trailer as it lies there, of whatever version; `undefined` when there is no such blob. */
  async #readTrailer(blobId: BlobId): Promise<{ readonly bytes: Uint8Array; readonly footer: BlobFooter } | undefined> {
    const blobLength = await this.#blobs.length(blobId);
    if (blobLength === undefined) return undefined;
    const tail = await this.#readTail(blobId, blobLength, TAIL_LENGTH_BYTES);
    const footer = orCorrupt(blobId, decodeFooter(tail, blobLength));
    const { trailerLength } = footer;
    const bytes =
      trailerLength <= tail.length
        ? tail.subarray(tail.length - trailerLength)
        : await this.#readTail(blobId, blobLength, trailerLength);
    return { bytes, footer };
  }

  /** @returns The last bytes of the blob, at most `lengthBytes`. */
  async #readTail(blobId: BlobId, blobLength: number, lengthBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    const start = Math.max(0, blobLength - lengthBytes);
    for await (const chunk of this.#blobs.read(blobId, { start, end: blobLength })) chunks.push(chunk);
    return joined(chunks);
  }
}

/** @returns Makes the bytes of a blob, and the trailer behind them. */
function withTrailer(fill: BlobFill): BlobFill {
  return (blobId) => {
    const chunks = fill(blobId);
    const tagger = new BlockTagger(blobId);
    for (const chunk of chunks) tagger.add(chunk);
    return [...chunks, tagger.trailer()];
  };
}

class CheckedBlobWriter implements BlobWriter {
  readonly blobId: BlobId;
  readonly #writer: BlobWriter;
  readonly #tagger: BlockTagger;

  constructor(writer: BlobWriter) {
    this.blobId = writer.blobId;
    this.#writer = writer;
    this.#tagger = new BlockTagger(writer.blobId);
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    const written = this.#writer.write(chunks);
    try {
      // While the engine writes, if it can do so beside this thread.
      for (const chunk of chunks) this.#tagger.add(chunk);
    } finally {
      await written;
    }
  }

  async seal(): Promise<void> {
    await this.#writer.write([this.#tagger.trailer()]);
    await this.#writer.seal();
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }
}

/** Makes the trailer of a blob from its bytes as they pass. */
class BlockTagger {
  readonly #blobId: BlobId;
  readonly #blockTags: number[] = [];
  readonly #places: BlockPlaces;
  #dataLength = 0;
  #crc = 0;

  constructor(blobId: BlobId) {
    this.#blobId = blobId;
    this.#places = new BlockPlaces(blobId);
  }

  add(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.length; ) {
      const free = BLOCK_LENGTH_BYTES - (this.#dataLength % BLOCK_LENGTH_BYTES);
      const piece = chunk.subarray(taken, taken + free);
      this.#crc = crc32(piece, this.#crc);
      this.#dataLength += piece.length;
      taken += piece.length;
      if (piece.length === free) this.#endBlock();
    }
  }

  /** Nothing may be added afterwards. */
  trailer(): Uint8Array {
    if (this.#dataLength % BLOCK_LENGTH_BYTES !== 0) this.#endBlock();
    return encodeTrailer(this.#blobId, this.#dataLength, this.#blockTags);
  }

  #endBlock(): void {
    this.#blockTags.push(this.#places.tag(this.#crc, this.#blockTags.length));
    this.#crc = 0;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

/** @returns The parts of the pieces, which stand one after the other from `offset` on, that lie in the range. */
function* within(
  pieces: readonly Uint8Array[],
  offset: number,
  range: { readonly start: number; readonly end: number },
): Generator<Uint8Array, void, undefined> {
  let position = offset;
  for (const piece of pieces) {
    const start = Math.max(0, range.start - position);
    const end = Math.min(piece.length, range.end - position);
    if (start < end) yield start === 0 && end === piece.length ? piece : piece.subarray(start, end);
    position += piece.length;
  }
}

function orCorrupt<Part extends object>(blobId: BlobId, part: Part | string): Part {
  if (typeof part !== 'string') return part;
  throw new EngineFailure({ kind: 'corrupt', detail: `blob ${blobId}: ${part}` });
}
