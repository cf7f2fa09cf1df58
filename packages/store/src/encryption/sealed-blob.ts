/**
 * Blobs whose bytes are encrypted: blocks of ciphertext, each with its tag behind it, over any blob store. A sealed
 * block is as long as a block of `checked-blob-store.ts`, so that each lies in one of those: a range read fetches and
 * checks no more than it must, and checksums of the ciphertext can be verified by who has no key. Layout:
 * docs/format.md.
 */
import type { BlobId, BlobStore, BlobWriter } from '../contract/blob-store.js';
import { EngineFailure } from '../contract/engine-failure.js';
import {
  type BlockCipher,
  type ContentCipher,
  decryptBlock,
  encryptBlock,
  TAG_LENGTH_BYTES,
} from './content-cipher.js';

/** Bytes of one sealed block with its tag. */
const SEALED_BLOCK_LENGTH_BYTES = 256 * 1024;
/** Bytes of the content in one block; the last may be shorter. */
export const PLAIN_BLOCK_LENGTH_BYTES = SEALED_BLOCK_LENGTH_BYTES - TAG_LENGTH_BYTES;

/** @returns Length of the blob that holds so many bytes. */
export function sealedLengthOf(length: number): number {
  return length + Math.ceil(length / PLAIN_BLOCK_LENGTH_BYTES) * TAG_LENGTH_BYTES;
}

/** Encrypts whatever is written on its way to a blob. */
export class SealedBlobWriter implements BlobWriter {
  readonly blobId: BlobId;
  readonly #writer: BlobWriter;
  readonly #sealer: BlobSealer;

  /** @param offset Where in the content the blob begins. */
  constructor(writer: BlobWriter, cipher: ContentCipher, offset: number) {
    this.blobId = writer.blobId;
    this.#writer = writer;
    this.#sealer = new BlobSealer(writer.blobId, cipher, offset);
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    const sealed: Uint8Array[] = [];
    for (const chunk of chunks) this.#sealer.add(chunk, sealed);
    await this.#writer.write(sealed);
  }

  async seal(): Promise<void> {
    const rest: Uint8Array[] = [];
    this.#sealer.finish(rest);
    if (rest.length > 0) await this.#writer.write(rest);
    await this.#writer.seal();
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }
}

/**
 * Encrypts a blob that is all here.
 * @param offset Where in the content the blob begins.
 * @returns Bytes of the blob, `sealedLengthOf` of them.
 */
export function sealBlob(
  blobId: BlobId,
  cipher: ContentCipher,
  offset: number,
  chunks: readonly Uint8Array[],
): readonly Uint8Array[] {
  const sealed: Uint8Array[] = [];
  const sealer = new BlobSealer(blobId, cipher, offset);
  for (const chunk of chunks) sealer.add(chunk, sealed);
  sealer.finish(sealed);
  return sealed;
}

/** Makes the sealed blocks of one blob from its bytes as they pass. */
class BlobSealer {
  readonly #unitKey: Uint8Array;
  #block: BlockCipher | undefined;
  #blockCount = 0;
  #blockLength = 0;

  constructor(blobId: BlobId, cipher: ContentCipher, offset: number) {
    this.#unitKey = cipher.unitKey('blob', Buffer.from(blobId, 'hex'), offset);
  }

  finish(sealed: Uint8Array[]): void {
    if (this.#block !== undefined) sealed.push(this.#block.finish());
    this.#block = undefined;
  }

  add(chunk: Uint8Array, sealed: Uint8Array[]): void {
    for (let taken = 0; taken < chunk.length; ) {
      this.#block ??= encryptBlock(this.#unitKey, this.#blockCount++);
      const piece = chunk.subarray(taken, taken + PLAIN_BLOCK_LENGTH_BYTES - this.#blockLength);
      sealed.push(this.#block.update(piece));
      taken += piece.length;
      this.#blockLength += piece.length;
      if (this.#blockLength === PLAIN_BLOCK_LENGTH_BYTES) {
        sealed.push(this.#block.finish());
        this.#block = undefined;
        this.#blockLength = 0;
      }
    }
  }
}

/** A sealed blob and its place. */
export interface SealedBlob {
  readonly blobId: BlobId;
  /** Of the bytes in it. */
  readonly length: number;
  /** Where in the content it begins. */
  readonly offset: number;
}

/**
 * Streams bytes `start <= offset < end` of what was written; reads and decrypts the blocks they lie in and no others.
 * @throws {EngineFailure} `corrupt` for a block that does not open, of which nothing is handed out; as
 * `BlobStore.read`.
 */
export async function* readSealedBlob(
  blobs: BlobStore,
  { blobId, length, offset }: SealedBlob,
  cipher: ContentCipher,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (range.start >= range.end) return;
  const unitKey = cipher.unitKey('blob', Buffer.from(blobId, 'hex'), offset);
  let block = Math.floor(range.start / PLAIN_BLOCK_LENGTH_BYTES);
  const blockCountEnd = Math.ceil(range.end / PLAIN_BLOCK_LENGTH_BYTES);
  const sealedRange = {
    start: block * SEALED_BLOCK_LENGTH_BYTES,
    end: Math.min(blockCountEnd * SEALED_BLOCK_LENGTH_BYTES, sealedLengthOf(length)),
    blobLength: sealedLengthOf(length),
  };
  for await (const sealed of blocksOf(blobs.read(blobId, sealedRange), sealedRange.end - sealedRange.start)) {
    const bytes = decryptBlock(unitKey, block, sealed);
    if (bytes === undefined) {
      throw new EngineFailure({ kind: 'corrupt', detail: `block ${block} of sealed blob ${blobId} does not open` });
    }
    const start = block * PLAIN_BLOCK_LENGTH_BYTES;
    yield bytes.subarray(Math.max(0, range.start - start), Math.min(bytes.length, range.end - start));
    block += 1;
  }
}

/** Cuts a stream of so many bytes into sealed blocks; the last may be shorter. */
async function* blocksOf(
  stream: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pieces: Uint8Array[] = [];
  let pieceLength = 0;
  let remaining = length;
  for await (const chunk of stream) {
    for (let taken = 0; taken < chunk.length; ) {
      const wanted = Math.min(SEALED_BLOCK_LENGTH_BYTES, remaining);
      const piece = chunk.subarray(taken, taken + wanted - pieceLength);
      pieces.push(piece);
      pieceLength += piece.length;
      taken += piece.length;
      if (pieceLength < wanted) continue;
      yield pieces.length === 1 ? piece : Buffer.concat(pieces, pieceLength);
      remaining -= pieceLength;
      pieces = [];
      pieceLength = 0;
    }
  }
}
