/**
 * What every key-value engine refuses, and the arithmetic of sums: one place, so that all engines agree.
 * Breaking these rules is a mistake of the calling code, so they throw plain errors, not `EngineFailure`.
 */
import type { KeyValueCommit } from '../contract/key-value-store.js';

/**
 * Longest key. LMDB takes one byte more with pages of 4 KiB, which its engine keeps for itself; the longest object key
 * with its prefix needs about 1,100.
 */
export const KEY_LENGTH_BYTES_MAX = 1977;

const SUM_LENGTH_BYTES = 8;

/**
 * Refuses a commit no engine could honour.
 * @returns The keys it writes, as `keyToText` gives them: those of its puts, then its deletes, then its sums.
 * @throws {RangeError} A key is empty or longer than `KEY_LENGTH_BYTES_MAX`, or a key is written twice by the same
 * commit.
 */
export function assertCommit({ checks, puts, deletes, sums }: KeyValueCommit): readonly string[] {
  if (checks !== undefined) for (const { key } of checks) assertKey(key);
  const written: string[] = [];
  if (puts !== undefined) for (const { key } of puts) written.push(assertKey(key));
  if (deletes !== undefined) for (const key of deletes) written.push(assertKey(key));
  if (sums !== undefined) for (const { key } of sums) written.push(assertKey(key));
  if (new Set(written).size < written.length) {
    const twice = written.find((text, index) => written.indexOf(text) < index) ?? '';
    throw new RangeError(`Cannot commit: key "${hex(Buffer.from(twice, 'latin1'))}" is written twice by one commit`);
  }
  return written;
}

/**
 * @returns The key as `keyToText` gives it.
 * @throws {RangeError} The key is empty or too long to be stored.
 */
export function assertKey(key: Uint8Array): string {
  if (key.length === 0 || key.length > KEY_LENGTH_BYTES_MAX) {
    throw new RangeError(
      `Cannot use key of ${key.length} bytes "${hex(key.subarray(0, 32))}": the length must be 1 to ${KEY_LENGTH_BYTES_MAX}`,
    );
  }
  return keyToText(key);
}

/** @returns One UTF-16 unit per byte: a map key whose `<` is byte order. */
export function keyToText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/**
 * Adds to the stored form of a counter, wrapping around at 64 bits.
 * @param value What is stored now; `undefined` counts as 0.
 * @returns The new stored form.
 * @throws {RangeError} The stored value is no counter.
 */
export function addToCounter(value: Uint8Array | undefined, delta: bigint): Uint8Array {
  if (value !== undefined && value.length !== SUM_LENGTH_BYTES) {
    throw new RangeError(`Cannot add to a value of ${value.length} bytes: a counter has ${SUM_LENGTH_BYTES}`);
  }
  const sum = new Uint8Array(SUM_LENGTH_BYTES);
  const current =
    value === undefined ? 0n : new DataView(value.buffer, value.byteOffset, SUM_LENGTH_BYTES).getBigInt64(0, true);
  new DataView(sum.buffer).setBigInt64(0, BigInt.asIntN(64, current + delta), true);
  return sum;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
