/**
 * The keys of multipart uploads. Uploads lie in the order they are listed in, by key and then by id, and their parts
 * under the id alone, since they are looked for by nothing else. See key-space.ts for all other rows.
 */
import type { UploadId } from '../multipart-types.js';
import { type KeyRange, rangeOfPrefix } from './key-space.js';
import { ROW_FAMILIES } from './row-family.js';

const ID_LENGTH = 16;
const family = ROW_FAMILIES;

/** Ends the object's key in an upload's row key, so that uploads of `a` come before those of `a/b`. */
const KEY_END = Buffer.from([0, 0]);

/** The row of one upload. */
export function uploadKey(bucket: string, key: string, uploadId: UploadId): Uint8Array {
  return Buffer.concat([uploadPrefix(bucket, key), KEY_END, Buffer.from(uploadId, 'hex')]);
}

/** All uploads of a bucket to keys that begin with `prefix`. */
export function uploadRange(bucket: string, prefix: string): KeyRange {
  return rangeOfPrefix(uploadPrefix(bucket, prefix));
}

/** Where the uploads to one key end: behind this row key come those to greater keys. */
export function endOfUploadsTo(bucket: string, key: string): Uint8Array {
  return rangeOfPrefix(Buffer.concat([uploadPrefix(bucket, key), KEY_END])).end;
}

/** What the row key of an upload to `bucket` says. */
export function uploadOf(bucket: string, rowKey: Uint8Array): { readonly key: string; readonly uploadId: UploadId } {
  const row = Buffer.from(rowKey.buffer, rowKey.byteOffset, rowKey.length);
  const start = 1 + Buffer.byteLength(bucket) + 1;
  const end = row.length - ID_LENGTH - KEY_END.length;
  return { key: unescapeKey(row.subarray(start, end)), uploadId: row.toString('hex', row.length - ID_LENGTH) };
}

/** The row of one part. */
export function partKey(uploadId: UploadId, partNumber: number): Uint8Array {
  const key = Buffer.allocUnsafe(1 + ID_LENGTH + 4);
  key.write(family.part, 0, 'latin1');
  key.write(uploadId, 1, 'hex');
  key.writeUInt32BE(partNumber, 1 + ID_LENGTH);
  return key;
}

/** Number of the part whose row this is. */
export function partNumberOf(rowKey: Uint8Array): number {
  return Buffer.from(rowKey.buffer, rowKey.byteOffset, rowKey.length).readUInt32BE(1 + ID_LENGTH);
}

/** All parts of an upload, by number. */
export function partRange(uploadId: UploadId): KeyRange {
  return rangeOfPrefix(Buffer.concat([Buffer.from(family.part, 'latin1'), Buffer.from(uploadId, 'hex')]));
}

/**
 * Number of parts of one upload. Every commit that changes a part writes it, so its version names the state of all of
 * them.
 */
export function partCountKey(uploadId: UploadId): Uint8Array {
  return Buffer.concat([Buffer.from(family.partCount, 'latin1'), Buffer.from(uploadId, 'hex')]);
}

/** The number of unfinished uploads in a bucket. */
export function uploadCountKey(bucket: string): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0uploads`, 'utf8');
}

/** The number of parts of all unfinished uploads in a bucket. */
export function partTotalKey(bucket: string): Uint8Array {
  return Buffer.from(`${family.counter}${bucket}\0parts`, 'utf8');
}

/** A key may contain NUL, which would end it too early: it is written as NUL, 0xff, which keeps the order. */
function uploadPrefix(bucket: string, key: string): Buffer {
  const head = Buffer.from(`${family.upload}${bucket}\0`, 'utf8');
  const text = Buffer.from(key, 'utf8');
  if (!text.includes(0)) return Buffer.concat([head, text]);
  return Buffer.concat([head, Buffer.from([...text].flatMap((byte) => (byte === 0 ? [0, 0xff] : [byte])))]);
}

function unescapeKey(text: Buffer): string {
  if (!text.includes(0)) return text.toString('utf8');
  return Buffer.from([...text].filter((byte, index) => !(byte === 0xff && text[index - 1] === 0))).toString('utf8');
}
