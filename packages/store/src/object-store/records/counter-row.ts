/** Counters are kept by the engine: signed 64-bit little-endian, an absent row is 0. */
import type { KeyValueEntry } from '../../contract/key-value-store.js';

/** @returns The value of a counter; 0 when its row is absent. */
export function decodeCounter(entry: KeyValueEntry | undefined): number {
  if (entry === undefined) {
    return 0;
  }
  const { value } = entry;
  return Number(new DataView(value.buffer, value.byteOffset, value.length).getBigInt64(0, true));
}
