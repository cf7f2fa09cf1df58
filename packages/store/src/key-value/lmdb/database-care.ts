/**
 * What is done to the database of a store that is stopped: checked, saved from damage, made shorter. Each takes the folder for itself.
 * Leaves out what the rows mean.
 */
import { existsSync, linkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockDataFolder } from '../../file-system/data-folder-lock.js';
import type { BlockingFile } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem as fileSystem } from '../../file-system/node-blocking-file-system.js';
import { DATABASE_FILE_NAME, openDatabaseFile } from './database-file.js';
import { salvageTree } from './tree/salvage-tree.js';
import type { KeyRange } from './tree/tree-damage.js';
import { PAGE_LENGTH_BYTES } from './tree/tree-format.js';
import { readHead } from './tree/tree-reader.js';
import type { TreeRow } from './tree/tree-row.js';
import { TreeWriter } from './tree/tree-writer.js';
import { type TreeFinding, type TreeProgress, verifyTree } from './tree/verify-tree.js';
import { CheckpointDatabase } from './tree-database.js';

const SLICE_ROW_COUNT = 4096;
const SLICE_LENGTH_BYTES = 8 * 1024 * 1024;

/** What a salvage came to. */
export interface SalvageOutcome {
  readonly rowCount: number;
  /** Where the damaged file is kept. */
  readonly damagedPath: string;
}

/**
 * Checks every page and row of a database, one step at a time: the caller decides how fast. What is only in the journal is not looked at.
 * @param directory Folder of the engine, as it is opened with.
 * @throws {DataFolderLocked} Somebody has it.
 * @throws {Error} The file is none of this program, or has no whole head, or was cut.
 */
export async function* checkDatabase(directory: string): AsyncGenerator<TreeFinding | TreeProgress, void> {
  const lock = await lockDataFolder(resolve(directory));
  try {
    const file = openDatabaseFile(directory);
    try {
      yield* verifyTree(file, readHead(file));
    } finally {
      file.close();
    }
  } finally {
    await lock.release();
  }
}

/**
 * Puts a database of all rows that can be proven in the place of a damaged one, and keeps that beside it. Its rows and its place in the
 * journal are those of the damaged one, but for what is told as lost. Cut off anywhere, the folder has the one or the other.
 * @param onLost Told of each range of keys of which nobody can say any more what they were; rows in it may have been found all the same.
 * @throws As `checkDatabase`. Or the file system says no; nothing is changed then.
 */
export async function salvageDatabase(
  directory: string,
  onLost: (lost: { readonly keyRange: KeyRange; readonly message: string }) => void,
): Promise<SalvageOutcome> {
  const lock = await lockDataFolder(resolve(directory));
  try {
    const path = join(directory, DATABASE_FILE_NAME);
    const draftPath = `${path}.new`;
    const rowCount = writeSalvaged(directory, draftPath, onLost);
    const damagedPath = freeName(`${path}.damaged`);
    linkSync(path, damagedPath);
    fileSystem.rename(draftPath, path);
    fileSystem.syncDirectory(directory);
    return { rowCount, damagedPath };
  } finally {
    await lock.release();
  }
}

/**
 * Moves what is in use to the front of the file, and gives the rest back to the file system.
 * @returns The length of the file afterwards, in bytes.
 * @throws As `checkDatabase`; `TreeDamage` when it is not known which pages are free.
 */
export async function compactDatabase(directory: string): Promise<number> {
  const lock = await lockDataFolder(resolve(directory));
  try {
    const file = openDatabaseFile(directory);
    try {
      const database = new CheckpointDatabase(file);
      do database.maintain();
      while (database.wantsMaintenance);
      // Pages of the state before last are let go by the next.
      database.maintain();
      file.truncate(readHead(file).pageCount * PAGE_LENGTH_BYTES);
      file.sync();
      return file.lengthBytes;
    } finally {
      file.close();
    }
  } finally {
    await lock.release();
  }
}

function writeSalvaged(directory: string, draftPath: string, onLost: Parameters<typeof salvageDatabase>[1]): number {
  const from = openDatabaseFile(directory);
  let to: BlockingFile | undefined;
  try {
    const head = readHead(from);
    const point = { generation: head.generation, sequence: head.sequence };
    to = fileSystem.createFile(draftPath);
    const writer = TreeWriter.create(to, point);
    let rows: TreeRow[] = [];
    let lengthBytes = 0;
    const flush = (): void => {
      rows.sort((one, other) => Buffer.compare(one.key, other.key));
      writer.apply(
        rows.map((row) => ({ key: row.key, row })),
        point,
      );
      rows = [];
      lengthBytes = 0;
    };
    for (const step of salvageTree(from, head)) {
      if ('lost' in step) {
        onLost({ keyRange: step.lost, message: step.what });
        continue;
      }
      for (const row of step.rows) {
        rows.push(row);
        lengthBytes += row.value.length;
        if (rows.length >= SLICE_ROW_COUNT || lengthBytes >= SLICE_LENGTH_BYTES) flush();
      }
    }
    flush();
    return writer.head.rowCount;
  } finally {
    from.close();
    to?.close();
  }
}

function freeName(path: string): string {
  for (let count = 1; ; count += 1) if (!existsSync(`${path}-${count}`)) return `${path}-${count}`;
}
