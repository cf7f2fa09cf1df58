/**
 * The rows behind a content: its extents, and where each blob belongs. Binary: kind (1 byte), length (8 bytes), CRC-64
 * (8 bytes), then the bytes themselves, a blob id, or a content id with a start (16 and 8 bytes). Numbers are
 * big-endian. Sealed kinds are those of an encrypted content: sealed bytes carry their CRC-64 inside, and the header's
 * is 0.
 */
import { crc64 } from '@annals/checksum';
import type { BlobId } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { INLINE_SEAL_LENGTH_BYTES } from '../../encryption/content-cipher.js';
import type { ContentId } from '../../vocabulary/encryption.js';

interface ExtentMeasures {
  readonly length: number;
  readonly crc64: bigint;
}

/** Bytes kept in the row itself. */
export interface InlineExtent extends ExtentMeasures {
  readonly kind: 'inline';
  readonly bytes: Uint8Array;
}

/** Encrypted bytes kept in the row itself: see `ContentCipher.sealInline`. */
export interface SealedInlineExtent {
  readonly kind: 'sealed-inline';
  /** Of the bytes in the clear. */
  readonly length: number;
  readonly sealed: Uint8Array;
}

/** The whole of one blob. */
export interface BlobExtent extends ExtentMeasures {
  readonly kind: 'blob';
  readonly blobId: BlobId;
  /** What is in the blob is encrypted: see `sealed-blob.ts`. Length and CRC-64 are those of the bytes in the clear. */
  readonly isSealed: boolean;
}

/** A run of bytes of another content, from `start` on. */
export interface SliceExtent extends ExtentMeasures {
  readonly kind: 'slice';
  readonly contentId: ContentId;
  readonly start: number;
}

/** Where a run of an object's bytes lies. */
export type Extent = InlineExtent | SealedInlineExtent | BlobExtent | SliceExtent;

const KIND_INLINE = 1;
const KIND_BLOB = 2;
const KIND_SLICE = 3;
const KIND_SEALED_INLINE = 4;
const KIND_SEALED_BLOB = 5;
const HEADER_LENGTH = 17;
const ID_LENGTH = 16;

/** @param chunks The bytes, in order; copied. */
export function encodeInlineExtent(chunks: readonly Uint8Array[], length: number, checksum: bigint): Uint8Array {
  const row = header(KIND_INLINE, length, checksum, length);
  let at = HEADER_LENGTH;
  for (const chunk of chunks) {
    row.set(chunk, at);
    at += chunk.length;
  }
  return row;
}

/** @param length Of the bytes in the clear. */
export function encodeSealedInlineExtent(sealed: Uint8Array, length: number): Uint8Array {
  const row = header(KIND_SEALED_INLINE, length, 0n, sealed.length);
  row.set(sealed, HEADER_LENGTH);
  return row;
}

/** @returns The row of an extent that is all of one blob. */
export function encodeBlobExtent(blobId: BlobId, length: number, checksum: bigint, isSealed = false): Uint8Array {
  const row = header(isSealed ? KIND_SEALED_BLOB : KIND_BLOB, length, checksum, ID_LENGTH);
  row.write(blobId, HEADER_LENGTH, 'hex');
  return row;
}

/** @returns The row of an extent that lies in another content. */
export function encodeSliceExtent(slice: Omit<SliceExtent, 'kind'>): Uint8Array {
  const row = header(KIND_SLICE, slice.length, slice.crc64, ID_LENGTH + 8);
  row.write(slice.contentId, HEADER_LENGTH, 'hex');
  row.writeBigUInt64BE(BigInt(slice.start), HEADER_LENGTH + ID_LENGTH);
  return row;
}

/**
 * @throws {EngineFailure} `corrupt` for an unknown kind or a wrong length. Does not verify the checksum of inline
 * bytes.
 */
export function decodeExtent(value: Uint8Array): Extent {
  if (value.length < HEADER_LENGTH) {
    throw corrupt(`extent row of ${value.length} bytes`);
  }
  const row = Buffer.from(value.buffer, value.byteOffset, value.length);
  const length = row.readUInt32BE(1) * 2 ** 32 + row.readUInt32BE(5);
  const checksum = row.readBigUInt64BE(9);
  const restLength = value.length - HEADER_LENGTH;
  switch (value[0]) {
    case KIND_INLINE:
      requireRest(restLength, length);
      return { kind: 'inline', length, crc64: checksum, bytes: value.subarray(HEADER_LENGTH) };
    case KIND_SEALED_INLINE:
      requireRest(restLength, length + INLINE_SEAL_LENGTH_BYTES);
      return { kind: 'sealed-inline', length, sealed: value.subarray(HEADER_LENGTH) };
    case KIND_BLOB:
    case KIND_SEALED_BLOB:
      requireRest(restLength, ID_LENGTH);
      return {
        kind: 'blob',
        length,
        crc64: checksum,
        blobId: row.toString('hex', HEADER_LENGTH),
        isSealed: value[0] === KIND_SEALED_BLOB,
      };
    case KIND_SLICE:
      requireRest(restLength, ID_LENGTH + 8);
      return {
        kind: 'slice',
        length,
        crc64: checksum,
        contentId: row.toString('hex', HEADER_LENGTH, HEADER_LENGTH + ID_LENGTH),
        start: Number(row.readBigUInt64BE(HEADER_LENGTH + ID_LENGTH)),
      };
    default:
      throw corrupt(`extent of unknown kind ${value[0]}`);
  }
}

/** @throws {EngineFailure} `corrupt` when the bytes are not those once written. */
export function verifyInlineExtent(extent: InlineExtent): void {
  if (crc64(extent.bytes) !== extent.crc64) {
    throw corrupt(`inline extent of ${extent.length} bytes fails its checksum`);
  }
}

/** The row that says where a blob belongs. */
export function encodeBlobOwner(contentId: ContentId, offset: number): Uint8Array {
  const row = Buffer.alloc(ID_LENGTH + 8);
  row.write(contentId, 0, 'hex');
  row.writeBigUInt64BE(BigInt(offset), ID_LENGTH);
  return row;
}

/**
 * @returns What the row of a blob says: the extent that is all of it.
 * @throws {EngineFailure} `corrupt`.
 */
export function decodeBlobOwner(value: Uint8Array): { readonly contentId: ContentId; readonly offset: number } {
  if (value.length !== ID_LENGTH + 8) throw corrupt(`blob row of ${value.length} bytes`);
  const row = Buffer.from(value.buffer, value.byteOffset, value.length);
  return { contentId: row.toString('hex', 0, ID_LENGTH), offset: Number(row.readBigUInt64BE(ID_LENGTH)) };
}

/** The row of a compaction job: the offset where it ends. */
export function encodeJobEnd(end: number): Uint8Array {
  const row = Buffer.alloc(8);
  row.writeBigUInt64BE(BigInt(end));
  return row;
}

/** @returns The offset where a compaction job ends. */
export function decodeJobEnd(value: Uint8Array): number {
  return Number(new DataView(value.buffer, value.byteOffset, value.length).getBigUint64(0));
}

function header(kind: number, length: number, checksum: bigint, restLength: number): Buffer {
  const row = Buffer.allocUnsafe(HEADER_LENGTH + restLength);
  row[0] = kind;
  row.writeUInt32BE(Math.floor(length / 2 ** 32), 1);
  row.writeUInt32BE(length >>> 0, 5);
  row.writeBigUInt64BE(checksum, 9);
  return row;
}

function requireRest(actual: number, expected: number): void {
  if (actual !== expected) {
    throw corrupt(`extent row has ${actual} bytes behind its header instead of ${expected}`);
  }
}

function corrupt(detail: string): EngineFailure {
  return new EngineFailure({ kind: 'corrupt', detail });
}
