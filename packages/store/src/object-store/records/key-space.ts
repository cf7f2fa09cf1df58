/**
 * The keys of all rows: one letter for the family, then the parts named here. docs/format.md is the description for
 * strangers; the two must say the same. Names are UTF-8, ids 16 bytes, numbers 8 bytes big-endian so that byte order is
 * numeric order.
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StorageClass } from '../types.js';
import { ROW_FAMILIES } from './row-family.js';

const ID_LENGTH = 16;

const family = ROW_FAMILIES;

const GARBAGE_LETTER = family.garbage.charCodeAt(0);
const BUCKET_LETTER = family.bucket.charCodeAt(0);
const COUNTER_LETTER = family.counter.charCodeAt(0);
const BLOB_LETTER = family.blob.charCodeAt(0);

/** Key of the row that names the format of the store. */
export const formatKey: Uint8Array = Buffer.from(family.format, 'latin1');

/** Half-open, in byte order. */
export interface KeyRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** The row of what holds for all buckets, by name. */
export function serviceConfigurationKey(name: string): Uint8Array {
  return Buffer.from(family.serviceConfiguration + name, 'utf8');
}

/** @returns The name of what holds for all buckets. */
export function serviceConfigurationNameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('utf8', family.serviceConfiguration.length);
}

/** @returns The key of a bucket row. */
export function bucketKey(name: string): Uint8Array {
  return Buffer.from(family.bucket + name, 'utf8');
}

/** @returns The name of a bucket row. */
export function bucketNameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset + 1, key.length - 1).toString('utf8');
}

/** Tells bucket rows from all others. */
export function isBucketKey(key: Uint8Array): boolean {
  return key[0] === BUCKET_LETTER;
}

/** @returns What a key of {@link objectCountKey} or {@link lengthSumKey} counts; `undefined` for every other key. */
export function limitedCounterOf(
  key: Uint8Array,
): { readonly bucket: string; readonly what: 'bytes' | 'objects' } | undefined {
  if (key[0] !== COUNTER_LETTER) return undefined;
  const text = Buffer.from(key.buffer, key.byteOffset + 1, key.length - 1).toString('utf8');
  const end = text.indexOf('\0');
  const what = text.slice(end + 1);
  return what === 'bytes' || what === 'objects' ? { bucket: text.slice(0, end), what } : undefined;
}

/** The number of object versions in a bucket, current and earlier ones. */
export function objectCountKey(bucket: string): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0objects`, 'utf8');
}

/** The sum of the lengths of all object versions in a bucket. */
export function lengthSumKey(bucket: string): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0bytes`, 'utf8');
}

/** The number of delete markers in a bucket, current and earlier ones. */
export function deleteMarkerCountKey(bucket: string): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0markers`, 'utf8');
}

/** As `objectCountKey`, of one storage class. */
export function classObjectCountKey(bucket: string, storageClass: StorageClass): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0objects ${storageClass}`, 'utf8');
}

/** As `lengthSumKey`, of one storage class. */
export function classLengthSumKey(bucket: string, storageClass: StorageClass): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0bytes ${storageClass}`, 'utf8');
}

/** All counters of a bucket. */
export function counterRange(bucket: string): KeyRange {
  return rangeOfPrefix(Buffer.from(`${family.counter}${bucket}\0`, 'utf8'));
}

/** Bucket names contain no NUL, so the first one ends the name, and a key may contain any byte. */
export function objectKey(bucket: string, key: string): Uint8Array {
  return Buffer.from(`${family.object}${bucket}\0${key}`, 'utf8');
}

/** The row of a key whose current version is a delete marker; ordered as the rows of objects. */
export function deleteMarkerKey(bucket: string, key: string): Uint8Array {
  return Buffer.from(`${family.deleteMarker}${bucket}\0${key}`, 'utf8');
}

/** All delete marker rows of a bucket whose keys begin with `prefix`. */
export function deleteMarkerRange(bucket: string, prefix: string): KeyRange {
  return rangeOfPrefix(deleteMarkerKey(bucket, prefix));
}

/** A version that is not current any more; newest first. */
export function earlierVersionKey(keyId: string, sequence: number): Uint8Array {
  return idAndNumber(family.earlierVersion, keyId, Number.MAX_SAFE_INTEGER - sequence);
}

/** @returns The number of the version in a row of an earlier one. */
export function earlierSequenceOf(rowKey: Uint8Array): number {
  return Number.MAX_SAFE_INTEGER - readNumber(rowKey, 1 + ID_LENGTH);
}

/** All earlier versions of a key, newest first. */
export function earlierVersionRange(keyId: string): KeyRange {
  return rangeOfPrefix(idKey(family.earlierVersion, keyId));
}

/** @returns The object's key in the row key of an object, or of a delete marker, of `bucket`. */
export function objectKeyOf(bucket: string, rowKey: Uint8Array): string {
  const headLength = 1 + Buffer.byteLength(bucket) + 1;
  return Buffer.from(rowKey.buffer, rowKey.byteOffset + headLength, rowKey.length - headLength).toString('utf8');
}

/** @returns The key of the extent that begins at `offset`. */
export function extentKey(contentId: ContentId, offset: number): Uint8Array {
  return idAndNumber(family.extent, contentId, offset);
}

/** @returns Offset of an extent row in its content. */
export function extentOffsetOf(rowKey: Uint8Array): number {
  return readNumber(rowKey, 1 + ID_LENGTH);
}

/** All extents of a content, in the order of their bytes. */
export function extentRange(contentId: ContentId): KeyRange {
  return rangeOfPrefix(idKey(family.extent, contentId));
}

/** The data key of a content whose bytes are encrypted. */
export function contentKeyKey(contentId: ContentId): Uint8Array {
  return idKey(family.contentKey, contentId);
}

/** @returns The content a data key belongs to. */
export function contentOfKeyRow(rowKey: Uint8Array): ContentId {
  return readId(rowKey, 1);
}

/** All data keys, from that of `from` on when it is given. */
export function contentKeyRange(from?: ContentId): KeyRange {
  const all = rangeOfPrefix(Buffer.from(family.contentKey, 'latin1'));
  return from === undefined ? all : { start: contentKeyKey(from), end: all.end };
}

/** Second part of the keys that begin with the letter of append ids: a row by the id, and one by its number. */
const BY_ID = 'i';
const BY_NUMBER = 's';

/** The row of an append that was given an id of visible ASCII. */
export function appendIdKey(contentId: ContentId, appendId: string): Uint8Array {
  return Buffer.concat([idKey(family.appendId, contentId), Buffer.from(BY_ID + appendId, 'latin1')]);
}

/** The row that names the append with an id that has this number. */
export function appendNumberKey(contentId: ContentId, sequence: number): Uint8Array {
  const key = Buffer.alloc(1 + ID_LENGTH + 1 + 8);
  idKey(family.appendId, contentId).copy(key);
  key.write(BY_NUMBER, 1 + ID_LENGTH, 'latin1');
  writeNumber(key, sequence, 1 + ID_LENGTH + 1);
  return key;
}

/** What the key of {@link appendIdKey} or {@link appendNumberKey} says. */
export type AppendIdRowKey = { readonly contentId: ContentId } & (
  | { readonly appendId: string }
  | { readonly sequence: number }
);

/** @returns `undefined` for a key that neither function makes. */
export function appendIdRowOf(rowKey: Uint8Array): AppendIdRowKey | undefined {
  const contentId = readId(rowKey, 1);
  const at = 1 + ID_LENGTH + 1;
  switch (String.fromCharCode(rowKey[at - 1] ?? 0)) {
    case BY_ID:
      return { contentId, appendId: Buffer.from(rowKey.subarray(at)).toString('latin1') };
    case BY_NUMBER:
      return rowKey.length === at + 8 ? { contentId, sequence: readNumber(rowKey, at) } : undefined;
    default:
      return undefined;
  }
}

/** Rows of appends with ids: of a content, or of all. */
export function appendIdRange(contentId?: ContentId): KeyRange {
  return rangeOfPrefix(
    contentId === undefined ? Buffer.from(family.appendId, 'latin1') : idKey(family.appendId, contentId),
  );
}

/** Says that `refererId` (a version, or a content with a slice) needs the content. */
export function referenceKey(contentId: ContentId, refererId: string): Uint8Array {
  return Buffer.concat([idKey(family.reference, contentId), Buffer.from(refererId, 'hex')]);
}

/** All references to a content. */
export function referenceRange(contentId: ContentId): KeyRange {
  return rangeOfPrefix(idKey(family.reference, contentId));
}

/** A note that the content lost the reference of `refererId`; ordered by time. No two releases leave the same one. */
export function garbageKey(atMs: number, contentId: ContentId, refererId: string): Uint8Array {
  const key = Buffer.allocUnsafe(1 + 8 + 2 * ID_LENGTH);
  key.write(family.garbage, 0, 'latin1');
  writeNumber(key, atMs, 1);
  key.write(contentId, 9, 'hex');
  key.write(refererId, 9 + ID_LENGTH, 'hex');
  return key;
}

/** @returns What the key of a garbage note says. Notes of earlier programs name no referer. */
export function garbageOf(rowKey: Uint8Array): {
  readonly atMs: number;
  readonly contentId: ContentId;
  readonly refererId: string | undefined;
} {
  return {
    atMs: readNumber(rowKey, 1),
    contentId: readId(rowKey, 9),
    refererId: rowKey.length < 9 + 2 * ID_LENGTH ? undefined : readId(rowKey, 9 + ID_LENGTH),
  };
}

/** Tells garbage notes from all other rows. */
export function isGarbageKey(rowKey: Uint8Array): boolean {
  return rowKey[0] === GARBAGE_LETTER;
}

/** Notes from before `untilMs`, and after the row `after` when there is one. */
export function garbageRange(untilMs: number, after: Uint8Array | undefined): KeyRange {
  const end = Buffer.allocUnsafe(9);
  end.write(family.garbage, 0, 'latin1');
  writeNumber(end, untilMs, 1);
  return { start: after === undefined ? Buffer.from(family.garbage, 'latin1') : successorOf(after), end };
}

/** Where a blob belongs. A blob file without this row is no part of anything. */
export function blobKey(blobId: BlobId): Uint8Array {
  return idKey(family.blob, blobId);
}

/** Tells the rows of blobs from all others. */
export function isBlobKey(rowKey: Uint8Array): boolean {
  return rowKey[0] === BLOB_LETTER;
}

/** @returns The blob a row of {@link blobKey} is about. */
export function blobIdOf(rowKey: Uint8Array): BlobId {
  return readId(rowKey, 1);
}

/** The rows of all blobs, or of those behind `after`. */
export function blobRange(after?: BlobId): KeyRange {
  const all = rangeOfPrefix(Buffer.from(family.blob, 'latin1'));
  return after === undefined ? all : { start: successorOf(blobKey(after)), end: all.end };
}

/** The rows of the blobs whose ids begin with that of a segment, or of those behind `after`. */
export function blobsOfSegmentRange(segmentId: string, after?: BlobId): KeyRange {
  const all = rangeOfPrefix(Buffer.concat([Buffer.from(family.blob, 'latin1'), Buffer.from(segmentId, 'hex')]));
  return after === undefined ? all : { start: successorOf(blobKey(after)), end: all.end };
}

/** Says that the inline extents of the content from this offset on are due to be merged. */
export function compactionJobKey(contentId: ContentId, from: number): Uint8Array {
  return idAndNumber(family.compactionJob, contentId, from);
}

/** @returns What the key of a compaction job says. */
export function compactionJobOf(rowKey: Uint8Array): { readonly contentId: ContentId; readonly from: number } {
  return { contentId: readId(rowKey, 1), from: readNumber(rowKey, 1 + ID_LENGTH) };
}

/** Jobs of one content, or of all. */
export function compactionJobRange(contentId?: ContentId): KeyRange {
  return rangeOfPrefix(
    contentId === undefined ? Buffer.from(family.compactionJob, 'latin1') : idKey(family.compactionJob, contentId),
  );
}

/** All object rows of a bucket whose keys begin with `prefix`. */
export function objectRange(bucket: string, prefix: string): KeyRange {
  return rangeOfPrefix(objectKey(bucket, prefix));
}

/** All bucket rows whose names begin with `prefix`. */
export function bucketRange(prefix: string): KeyRange {
  return rangeOfPrefix(bucketKey(prefix));
}

/** The first key after `key`. */
export function successorOf(key: Uint8Array): Uint8Array {
  const successor = Buffer.alloc(key.length + 1);
  successor.set(key);
  return successor;
}

/** All keys that begin with `prefix`, which is not all 0xff: every key here begins with a letter. */
export function rangeOfPrefix(prefix: Uint8Array): KeyRange {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) {
    length--;
  }
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] as number) + 1;
  return { start: prefix, end };
}

function idKey(letter: string, id: string): Buffer {
  const key = Buffer.allocUnsafe(1 + ID_LENGTH);
  key.write(letter, 0, 'latin1');
  key.write(id, 1, 'hex');
  return key;
}

function idAndNumber(letter: string, id: string, value: number): Uint8Array {
  const key = Buffer.allocUnsafe(1 + ID_LENGTH + 8);
  key.write(letter, 0, 'latin1');
  key.write(id, 1, 'hex');
  writeNumber(key, value, 1 + ID_LENGTH);
  return key;
}

function readId(rowKey: Uint8Array, at: number): string {
  return Buffer.from(rowKey.buffer, rowKey.byteOffset + at, ID_LENGTH).toString('hex');
}

/** Two 32-bit halves, since a bigint would be an allocation per row. Values are below 2^53. */
function writeNumber(target: Buffer, value: number, at: number): void {
  target.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  target.writeUInt32BE(value >>> 0, at + 4);
}

function readNumber(source: Uint8Array, at: number): number {
  const view = new DataView(source.buffer, source.byteOffset + at, 8);
  return view.getUint32(0) * 2 ** 32 + view.getUint32(4);
}
