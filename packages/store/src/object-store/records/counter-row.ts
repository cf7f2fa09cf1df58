/** Counters are kept by the engine: signed 64-bit little-endian, an absent row is 0. */
import type { KeyValueEntry } from '../../contract/key-value-store.js';

export function decodeCounter(entry: KeyValueEntry | undefined): number {
  if (entry === undefined) {
    return 0;
  }
  const { value } = entry;
  return Number(new DataView(value.buffer, value.byteOffset, value.length).getBigInt64(0, true));
}
