/** What a commit has left in the rows it wrote. */
import type { KeyValueCommit, KeyValueEntry } from '../../contract/key-value-store.js';

/**
 * Gives each row that a commit wrote, by the text of its key; `undefined` for one that it deleted.
 * @param outcome The texts of the keys as `assertCommit` gives them, the version of the commit, and what each of its
 * sums came to.
 */
export function* committedRows(
  { puts = [], deletes = [], sums = [] }: KeyValueCommit,
  {
    written,
    version,
    counters,
  }: { readonly written: readonly string[]; readonly version: number; readonly counters: readonly bigint[] },
): Generator<readonly [text: string, row: KeyValueEntry | undefined], void> {
  let index = 0;
  for (const { key, value } of puts) yield [written[index++] as string, { key, value, version }];
  for (const _ of deletes) yield [written[index++] as string, undefined];
  for (const [sumIndex, { key }] of sums.entries()) {
    const value = Buffer.alloc(8);
    value.writeBigInt64LE(counters[sumIndex] ?? 0n);
    yield [written[index++] as string, { key, value, version }];
  }
}
