/**
 * What the files of a backup hold, byte by byte: docs/backup.md is the description for strangers. Leaves out where they
 * are kept (`backup-target.ts`) and who writes and reads them.
 */
import { createHash } from 'node:crypto';
import { checks, tryDecodeJson } from '@annals/store';
import { z } from 'zod';

/** Longest file of data. */
export const CHUNK_LENGTH_BYTES_MAX = 8 * 1024 * 1024;
/** Version of the layout of a backup; a reader refuses a newer one. */
export const BACKUP_FORMAT_VERSION = 1;

/** Names of chunks of bytes begin with this. */
export const CHUNK_PREFIX = 'chunks/';
/** Names of manifests begin with this, one for each backup. */
export const MANIFEST_PREFIX = 'backups/';
/** What broken-off runs have copied; see {@link partialName}. */
export const PARTIAL_PREFIX = 'partial/';
/** A command that is at work. */
export const RUN_PREFIX = 'runs/';

/** SHA-256 of a chunk's bytes, in hex: its name. */
export type ChunkId = string;

/** @returns The id of a chunk of these bytes. */
export function chunkIdOf(bytes: Uint8Array): ChunkId {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @returns The file a chunk is in. */
export function chunkName(id: ChunkId): string {
  return `${CHUNK_PREFIX}${id.slice(0, 2)}/${id}`;
}

/** @returns The id of the chunk a file holds; `undefined`: it is none. */
export function chunkIdOfName(name: string): ChunkId | undefined {
  const [, id] = /^chunks\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(name) ?? [];
  return id;
}

/** @returns The file of a backup's manifest. */
export function manifestName(backupId: string): string {
  return `${MANIFEST_PREFIX}${backupId}.json`;
}

/** @returns The file in which a run notes what it has copied so far. */
export function partialName(backupId: string, number: number): string {
  return `${PARTIAL_PREFIX}${backupId}/${String(number).padStart(6, '0')}`;
}

/** Some rows, in the order of their keys: {@link encodeRow} one after the other. */
const segmentSchema = z.strictObject({
  chunk: z.string().regex(/^[0-9a-f]{64}$/),
  length: z.int().min(0),
  /** Rows, or blobs. */
  count: z.int().min(0),
});

const manifestSchema = z.strictObject({
  name: z.literal('annals-backup'),
  version: z.literal(BACKUP_FORMAT_VERSION),
  id: z.string(),
  /** Format of the store, as its own format row says. */
  storeFormat: z.int(),
  /** Everything committed before is in it. */
  momentAtMs: z.int(),
  finishedAtMs: z.int(),
  previous: z.string().optional(),
  rows: z.array(segmentSchema),
  rowCount: z.int(),
  /** Of blobs in the order of their ids: {@link encodeBlobEntry} one after the other. */
  blobs: z.array(segmentSchema),
  blobCount: z.int(),
  blobLength: z.int(),
  /**
   * Ids of the master or KMS keys that encrypted objects and secrets of users are sealed with; the keys are not in a
   * backup.
   */
  wrappingKeyIds: z.array(z.string()),
  /** Blobs that could not be read when the backup was made: objects with them cannot be restored whole. */
  damaged: z.array(z.strictObject({ blobId: z.string(), message: z.string() })),
});

/** A run of rows of a backup, in one chunk. */
export type Segment = z.infer<typeof segmentSchema>;

/** What a backup consists of. It is written last: without it there is no backup. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Something in a backup is not what was written. */
export class BackupDamaged extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BackupDamaged';
  }
}

/** @returns The file: one line of JSON, and the SHA-256 of that line without its end. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const line = JSON.stringify(manifest);
  return Buffer.from(`${line}\n${createHash('sha256').update(line).digest('hex')}\n`);
}

/** @throws {BackupDamaged} */
export function decodeManifest(name: string, bytes: Uint8Array): Manifest {
  const [line = '', sum] = Buffer.from(bytes).toString('utf8').split('\n');
  if (createHash('sha256').update(line).digest('hex') !== sum) {
    throw new BackupDamaged(`Cannot use "${name}": it fails its checksum`);
  }
  const { success, data, error } = manifestSchema.safeParse(jsonOf(name, line));
  if (!success) throw new BackupDamaged(`Cannot use "${name}": ${error.issues[0]?.message ?? 'it is no manifest'}`);
  return data;
}

function jsonOf(name: string, line: string): unknown {
  const decoded = tryDecodeJson(line, checks.anything);
  if ('finding' in decoded) throw new BackupDamaged(`Cannot use "${name}": it ${decoded.finding}`);
  return decoded.value;
}

/** A row of the store. */
export interface BackupRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const ROW_HEAD_LENGTH_BYTES = 8;

/** @returns Length of key and of value, 32 bits each and big-endian, key, value. */
export function encodeRow({ key, value }: BackupRow): Uint8Array {
  const bytes = Buffer.allocUnsafe(ROW_HEAD_LENGTH_BYTES + key.length + value.length);
  bytes.writeUInt32BE(key.length, 0);
  bytes.writeUInt32BE(value.length, 4);
  bytes.set(key, ROW_HEAD_LENGTH_BYTES);
  bytes.set(value, ROW_HEAD_LENGTH_BYTES + key.length);
  return bytes;
}

/** @throws {BackupDamaged} The bytes do not end with a row. */
export function* decodeRows(bytes: Uint8Array): Generator<BackupRow> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    if (at + ROW_HEAD_LENGTH_BYTES > bytes.length)
      throw new BackupDamaged('Cannot read rows: they end in the middle of one');
    const keyEnd = at + ROW_HEAD_LENGTH_BYTES + view.getUint32(at);
    const end = keyEnd + view.getUint32(at + 4);
    if (end > bytes.length) throw new BackupDamaged('Cannot read rows: they end in the middle of one');
    yield { key: bytes.subarray(at + ROW_HEAD_LENGTH_BYTES, keyEnd), value: bytes.subarray(keyEnd, end) };
    at = end;
  }
}

/** Some bytes of a chunk. */
export interface BlobPiece {
  readonly chunk: ChunkId;
  readonly offset: number;
  readonly length: number;
}

/** Where the bytes of a blob are: pieces laid end to end. */
export interface BlobEntry {
  readonly blobId: string;
  readonly length: number;
  readonly pieces: readonly BlobPiece[];
}

const ENTRY_HEAD_LENGTH_BYTES = 28;
const PIECE_LENGTH_BYTES = 40;

/** @returns Id (16), length (8), number of pieces (4); of each: chunk (32), offset (4), length (4). Big-endian. */
export function encodeBlobEntry({ blobId, length, pieces }: BlobEntry): Uint8Array {
  const bytes = Buffer.allocUnsafe(ENTRY_HEAD_LENGTH_BYTES + pieces.length * PIECE_LENGTH_BYTES);
  bytes.write(blobId, 0, 'hex');
  bytes.writeBigUInt64BE(BigInt(length), 16);
  bytes.writeUInt32BE(pieces.length, 24);
  let at = ENTRY_HEAD_LENGTH_BYTES;
  for (const piece of pieces) {
    bytes.write(piece.chunk, at, 'hex');
    bytes.writeUInt32BE(piece.offset, at + 32);
    bytes.writeUInt32BE(piece.length, at + 36);
    at += PIECE_LENGTH_BYTES;
  }
  return bytes;
}

/** @throws {BackupDamaged} */
export function* decodeBlobEntries(bytes: Uint8Array): Generator<BlobEntry> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const isHeadThere = at + ENTRY_HEAD_LENGTH_BYTES <= buffer.length;
    const pieceCount = isHeadThere ? buffer.readUInt32BE(at + 24) : 0;
    const end = at + ENTRY_HEAD_LENGTH_BYTES + pieceCount * PIECE_LENGTH_BYTES;
    if (!isHeadThere || end > buffer.length)
      throw new BackupDamaged('Cannot read the list of blobs: it ends in the middle of one');
    const pieces: BlobPiece[] = [];
    for (let piece = at + ENTRY_HEAD_LENGTH_BYTES; piece < end; piece += PIECE_LENGTH_BYTES) {
      pieces.push({
        chunk: buffer.toString('hex', piece, piece + 32),
        offset: buffer.readUInt32BE(piece + 32),
        length: buffer.readUInt32BE(piece + 36),
      });
    }
    yield { blobId: buffer.toString('hex', at, at + 16), length: Number(buffer.readBigUInt64BE(at + 16)), pieces };
    at = end;
  }
}
