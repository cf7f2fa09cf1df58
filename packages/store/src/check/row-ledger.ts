/**
 * Tells whether two sets of ids that are met in different orders are the same, in bounded memory: ids fall into
 * partitions, and of each partition only the number and the sum of hashes is kept. Which ids differ is found by going
 * over the few partitions that do, once more.
 */
import { crc32 } from '@annals/checksum/node';

const PARTITION_COUNT = 4096;

/** Two sets of ids. */
export class RowLedger {
  readonly #expected = new Float64Array(2 * PARTITION_COUNT);
  readonly #found = new Float64Array(2 * PARTITION_COUNT);

  /** @param id In hex; an id may be noted once on each side. */
  expect(id: string): void {
    note(this.#expected, id);
  }

  find(id: string): void {
    note(this.#found, id);
  }

  /** @returns Partitions in which the sides differ. */
  differing(): ReadonlySet<number> {
    const partitions = new Set<number>();
    for (let index = 0; index < 2 * PARTITION_COUNT; index += 1) {
      if (this.#expected[index] !== this.#found[index]) partitions.add(index >> 1);
    }
    return partitions;
  }
}

/** @returns The partition of an id. */
export function partitionOf(id: string): number {
  return Number.parseInt(id.slice(0, 3), 16);
}

function note(sums: Float64Array, id: string): void {
  const at = 2 * partitionOf(id);
  sums[at] = (sums[at] ?? 0) + 1;
  // Below 2^53 for more ids than there can be in a partition.
  sums[at + 1] = (sums[at + 1] ?? 0) + crc32(Buffer.from(id, 'hex'));
}
