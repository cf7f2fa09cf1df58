/**
 * The form in which commits travel to the write thread: one buffer per batch, handed over without a copy.
 * Little-endian, unaligned.
 *
 *     commit := checkCount u32, putCount u32, deleteCount u32, sumCount u32, check*, put*, delete*, sum*
 *     check  := keyLength u32, version f64 (0 = absent), key
 *     put    := keyLength u32, valueLength u32, key, 8 bytes left free for the version, value
 *     delete := keyLength u32, key
 *     sum    := keyLength u32, delta i64, key
 *
 * It never reaches a disk and has no version number: both ends come from one build.
 */
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { VERSION_LENGTH_BYTES } from './stored-value.js';

/** Stands for "absent" in a check; real versions begin at 1. */
const VERSION_ABSENT = 0;

/** One commit as the write thread reads it. Keys and values are views into the batch. */
export interface EncodedCommit {
  readonly checks: readonly { readonly key: Uint8Array; readonly version: number | undefined }[];
  /** `storedValue` begins with `VERSION_LENGTH_BYTES` still to be filled. */
  readonly puts: readonly { readonly key: Uint8Array; readonly storedValue: Uint8Array }[];
  readonly deletes: readonly Uint8Array[];
  readonly sums: readonly { readonly key: Uint8Array; readonly delta: bigint }[];
  readonly lengthBytes: number;
}

/** @returns The bytes `encodeBatch` needs for this commit. */
export function encodedLength(commit: KeyValueCommit): number {
  let length = 16;
  if (commit.checks !== undefined) for (const { key } of commit.checks) length += 12 + key.length;
  if (commit.puts !== undefined) {
    for (const { key, value } of commit.puts) length += 8 + key.length + VERSION_LENGTH_BYTES + value.length;
  }
  if (commit.deletes !== undefined) for (const key of commit.deletes) length += 4 + key.length;
  if (commit.sums !== undefined) for (const { key } of commit.sums) length += 12 + key.length;
  return length;
}

/**
 * @param lengthBytes Sum of `encodedLength` over the commits.
 * @returns A buffer of its own memory, fit to be transferred.
 */
export function encodeBatch(commits: readonly KeyValueCommit[], lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { checks = [], puts = [], deletes = [], sums = [] } of commits) {
    view.setUint32(offset, checks.length, true);
    view.setUint32(offset + 4, puts.length, true);
    view.setUint32(offset + 8, deletes.length, true);
    view.setUint32(offset + 12, sums.length, true);
    offset += 16;
    for (const { key, version } of checks) {
      view.setUint32(offset, key.length, true);
      view.setFloat64(offset + 4, version ?? VERSION_ABSENT, true);
      bytes.set(key, offset + 12);
      offset += 12 + key.length;
    }
    for (const { key, value } of puts) {
      view.setUint32(offset, key.length, true);
      view.setUint32(offset + 4, value.length, true);
      bytes.set(key, offset + 8);
      bytes.set(value, offset + 8 + key.length + VERSION_LENGTH_BYTES);
      offset += 8 + key.length + VERSION_LENGTH_BYTES + value.length;
    }
    for (const key of deletes) {
      view.setUint32(offset, key.length, true);
      bytes.set(key, offset + 4);
      offset += 4 + key.length;
    }
    for (const { key, delta } of sums) {
      view.setUint32(offset, key.length, true);
      view.setBigInt64(offset + 4, delta, true);
      bytes.set(key, offset + 12);
      offset += 12 + key.length;
    }
  }
  return bytes;
}

/** @returns The commits of a batch in order; their keys and values are views into `bytes`. */
export function decodeBatch(bytes: Uint8Array): EncodedCommit[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const commits: EncodedCommit[] = [];
  let offset = 0;
  const take = (lengthBytes: number): Uint8Array => {
    offset += lengthBytes;
    return bytes.subarray(offset - lengthBytes, offset);
  };
  const takeUint32 = (): number => {
    offset += 4;
    return view.getUint32(offset - 4, true);
  };
  while (offset < bytes.length) {
    const start = offset;
    const checkCount = takeUint32();
    const putCount = takeUint32();
    const deleteCount = takeUint32();
    const sumCount = takeUint32();
    const checks = [];
    for (let index = 0; index < checkCount; index += 1) {
      const keyLength = takeUint32();
      const version = view.getFloat64(offset, true);
      offset += 8;
      checks.push({ key: take(keyLength), version: version === VERSION_ABSENT ? undefined : version });
    }
    const puts = [];
    for (let index = 0; index < putCount; index += 1) {
      const keyLength = takeUint32();
      const valueLength = takeUint32();
      puts.push({ key: take(keyLength), storedValue: take(VERSION_LENGTH_BYTES + valueLength) });
    }
    const deletes = [];
    for (let index = 0; index < deleteCount; index += 1) deletes.push(take(takeUint32()));
    const sums = [];
    for (let index = 0; index < sumCount; index += 1) {
      const keyLength = takeUint32();
      const delta = view.getBigInt64(offset, true);
      offset += 8;
      sums.push({ key: take(keyLength), delta });
    }
    commits.push({ checks, puts, deletes, sums, lengthBytes: offset - start });
  }
  return commits;
}
