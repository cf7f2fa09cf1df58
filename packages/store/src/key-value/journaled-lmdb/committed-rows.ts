/** What a commit has left in the rows it wrote. */
import type { KeyValueCommit, KeyValueEntry } from '../../contract/key-value-store.js';

/** `undefined`: a row that the commit deleted. */
export type CommittedRow = readonly [text: string, row: KeyValueEntry | undefined];

/**
 * Gives each row that a commit wrote, by the text of its key; `undefined` for one that it deleted.
 * @param outcome The texts of the keys as `assertCommit` gives them, the version of the commit, and what each of its
 * sums came to.
 */
export function committedRows(
  { puts = [], deletes = [], sums = [] }: KeyValueCommit,
  {
    written,
    version,
    counters,
  }: { readonly written: readonly string[]; readonly version: number; readonly counters: readonly bigint[] },
): readonly CommittedRow[] {
  const rows: CommittedRow[] = [];
  // Each commit passes here, on the thread that serves: a generator takes several times as long.
  const add = (row: KeyValueEntry | undefined): unknown => rows.push([written[rows.length] as string, row]);
  for (const { key, value } of puts) add({ key, value, version });
  for (const _ of deletes) add(undefined);
  for (const [sumIndex, { key }] of sums.entries()) {
    const value = Buffer.alloc(8);
    value.writeBigInt64LE(counters[sumIndex] ?? 0n);
    add({ key, value, version });
  }
  return rows;
}
