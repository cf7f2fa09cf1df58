/** A value as rows, frames and batches hold it: its version in front, a little-endian float64, then the value. */

export const VERSION_LENGTH_BYTES = 8;

/** @returns The version in front of a stored value. */
export function readVersion(storedValue: Uint8Array): number {
  return new DataView(storedValue.buffer, storedValue.byteOffset, VERSION_LENGTH_BYTES).getFloat64(0, true);
}

/** Fills in the version in front of a stored value. */
export function writeVersion(storedValue: Uint8Array, version: number): void {
  new DataView(storedValue.buffer, storedValue.byteOffset, VERSION_LENGTH_BYTES).setFloat64(0, version, true);
}
