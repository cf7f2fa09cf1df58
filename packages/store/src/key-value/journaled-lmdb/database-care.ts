/**
 * What is done to the database of a store that is stopped: checked, saved from damage, made shorter. Each takes the
 * folder for itself. Leaves out what the rows mean.
 */
import { join, resolve } from 'node:path';
import type { BlockingFile } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem as fileSystem } from '../../file-system/node-blocking-file-system.js';
import { BATCH_COMMIT_COUNT_MAX } from './commit-journal.js';
import { DATABASE_FILE_NAME, openDatabaseFile } from './database-file.js';
import { lockDataFolder } from './folder-lock/data-folder-lock.js';
import { isLmdbFile } from './lmdb-file.js';
import { pointBeforeJournal } from './open-journal.js';
import { findTree } from './tree/doubtful-head.js';
import { salvageTree } from './tree/salvage-tree.js';
import { KEY_RANGE_END, type KeyRange } from './tree/tree-damage.js';
import { PAGE_LENGTH_BYTES, type TreeHead } from './tree/tree-format.js';
import { headFault, lengthFault, newestHead, readHead } from './tree/tree-reader.js';
import type { TreeRow } from './tree/tree-row.js';
import { TreeWriter } from './tree/tree-writer.js';
import { type TreeFinding, type TreeProgress, verifyTree } from './tree/verify-tree.js';
import { CheckpointDatabase } from './tree-database.js';

const SLICE_ROW_COUNT = 4096;
const SLICE_LENGTH_BYTES = 8 * 1024 * 1024;

/** The file is one of this program, or what is left of one, and nothing in it can be proven. */
export class NothingProven extends Error {}

/** What a salvage came to. */
export interface SalvageOutcome {
  readonly rowCount: number;
  /** Where the damaged file is kept. */
  readonly damagedPath: string;
}

/**
 * Checks every page and row of a database, one step at a time: the caller decides how fast. What is only in the journal
 * is not looked at.
 * @param directory Folder of the engine, as it is opened with.
 * @throws {DataFolderLocked} Another process has it.
 * @throws {Error} The file is none of this program, or nothing of it can be proven.
 */
export async function* checkDatabase(directory: string): AsyncGenerator<TreeFinding | TreeProgress, void> {
  const lock = await lockDataFolder(resolve(directory));
  try {
    const file = openDatabaseFile(directory);
    try {
      const { head, faults } = stateToSave(directory, file);
      for (const finding of faults) yield { finding, range: ALL_KEYS };
      yield* verifyTree(file, head);
    } finally {
      file.close();
    }
  } finally {
    await lock.release();
  }
}

/**
 * Puts a database of all rows that can be proven in the place of a damaged one, and keeps that beside it. Its rows and
 * its place in the journal are those of the damaged one, but for what is told as lost. Cut off anywhere, the folder has
 * the one or the other.
 * @param onLost Called with each range of keys whose rows are lost; rows in it may have been found all the same.
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
    fileSystem.link(path, damagedPath);
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

const ALL_KEYS: KeyRange = { start: new Uint8Array(0), end: KEY_RANGE_END };

/**
 * The newest state that can be proven, of a file that may be cut or without a whole head.
 * @returns Also what is wrong with the file as a whole.
 * @throws {Error} Nothing can be proven.
 */
function stateToSave(
  directory: string,
  file: BlockingFile,
): { readonly head: TreeHead; readonly faults: readonly string[] } {
  const whole = newestHead(file);
  if (whole !== undefined) {
    const fault = lengthFault(file, whole);
    return { head: whole, faults: fault === undefined ? [] : [fault] };
  }
  const fault = headFault(file);
  // Of an earlier form: the next opening brings it to this one.
  if (isLmdbFile(file)) throw new Error(fault);
  const found = findTree(file, pointBeforeJournal(directory));
  if (found === undefined) throw new NothingProven(`${fault}, and nothing in it can be proven`);
  const doubt = found.isNewest ? [] : ['a state that was newer than what is left may be missing'];
  return { head: found.head, faults: [fault, ...doubt] };
}

function writeSalvaged(directory: string, draftPath: string, onLost: Parameters<typeof salvageDatabase>[1]): number {
  const from = openDatabaseFile(directory);
  let to: BlockingFile | undefined;
  try {
    const { head, faults } = stateToSave(directory, from);
    for (const message of faults) onLost({ keyRange: ALL_KEYS, message: `The database is damaged: ${message}` });
    const point = { generation: head.generation, sequence: head.sequence };
    let newestVersion = 0;
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
        newestVersion = Math.max(newestVersion, row.version);
        lengthBytes += row.value.length;
        if (rows.length >= SLICE_ROW_COUNT || lengthBytes >= SLICE_LENGTH_BYTES) flush();
      }
    }
    flush();
    // An empty journal says nothing of it, and versions of rows come from it: none is given twice.
    if (point.sequence === 0) {
      writer.apply([], { ...point, sequence: Math.ceil(newestVersion / BATCH_COMMIT_COUNT_MAX) });
    }
    return writer.head.rowCount;
  } finally {
    from.close();
    to?.close();
  }
}

function freeName(path: string): string {
  for (let count = 1; ; count += 1) if (!fileSystem.exists(`${path}-${count}`)) return `${path}-${count}`;
}
