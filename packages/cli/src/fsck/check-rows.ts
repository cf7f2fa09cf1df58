/**
 * Checks the file of rows page by page before the rows are asked what they say, and with `--repair` puts all rows that
 * can be proven into a new one. The damaged file stays beside it, so that can be taken back too.
 */
import { basename, join } from 'node:path';
import { checkDatabase, compactDatabase, NothingProven, salvageDatabase } from '@annals/store';
import type { FsckOptions } from './fsck-options.js';
import type { FsckOutput } from './fsck-output.js';

/** What was found in the file, and whether another is in its place now. */
export interface RowFileOutcome {
  readonly damageCount: number;
  readonly isSalvaged: boolean;
}

/** A file that is none, or of an earlier form, is left to the opening of the store. */
export async function checkRows(folder: string, options: FsckOptions, output: FsckOutput): Promise<RowFileOutcome> {
  const directory = join(folder, 'metadata');
  let damageCount = 0;
  const report = (message: string): void => {
    damageCount += 1;
    output.finding({ kind: 'file-unusable', severity: 'damage', message });
  };
  try {
    for await (const step of checkDatabase(directory)) if ('finding' in step) report(step.finding);
  } catch (error) {
    if (error instanceof NothingProven)
      report(`The rows cannot be saved: ${error.message}. Restore them from a backup`);
    return { damageCount, isSalvaged: false };
  }
  if (damageCount === 0 || options.repair !== true || options.undo !== undefined)
    return { damageCount, isSalvaged: false };
  const { rowCount, damagedPath } = await salvageDatabase(directory, ({ message }) =>
    output.action({ lost: message }, `Cannot be proven: ${message}`),
  );
  output.action(
    { repaired: 'salvage-rows', rowCount, damagedFile: damagedPath },
    `Done: ${rowCount} rows are in a new file. Take it back by renaming ${basename(damagedPath)} to data.mdb before the next start`,
  );
  return { damageCount, isSalvaged: true };
}

/** Makes the file of rows as short as its rows. */
export async function compactRows(folder: string, output: FsckOutput): Promise<void> {
  const lengthBytes = await compactDatabase(join(folder, 'metadata'));
  output.action(
    { compacted: 'rows', lengthBytes },
    `Done: the file of rows has ${lengthBytes} bytes, and what was free in it is given back`,
  );
}
