/**
 * A folder as target of backups: each file is written beside its name, synced and then moved there, its folder synced
 * too.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describeError, systemErrorCode } from '../command-failure.js';
import { type BackupTarget, BackupTargetFailed, type TargetFile } from './backup-target.js';

const UNFINISHED = '.unfinished';

/**
 * Opens a folder; made when it is missing. What a backup holds is its owner's business: files are readable by the owner
 * only.
 */
export class FolderTarget implements BackupTarget {
  readonly place: string;
  #unfinishedCount = 0;
  readonly #syncedFolders = new Set<string>();

  constructor(folder: string) {
    this.place = resolve(folder);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.place, name);
    const folder = dirname(path);
    this.#unfinishedCount += 1;
    const unfinished = `${path}.${process.pid}.${this.#unfinishedCount}${UNFINISHED}`;
    await this.#run(`write "${name}"`, async () => {
      await this.#makeFolder(folder);
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
      await syncFolder(folder);
    }).catch(async (error: unknown) => {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw error;
    });
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#run(`read "${name}"`, () => readFile(join(this.place, name)).catch(ifMissing(undefined)));
  }

  async *list(prefix: string): AsyncGenerator<TargetFile> {
    const entries = await this.#run(`list "${prefix}"`, () =>
      readdir(join(this.place, prefix), { withFileTypes: true }).catch(ifMissing([])),
    );
    for (const entry of entries) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) yield* this.list(`${name}/`);
      else if (!entry.name.endsWith(UNFINISHED)) {
        const status = await this.#run(`look at "${name}"`, () =>
          stat(join(this.place, name)).catch(ifMissing(undefined)),
        );
        if (status !== undefined) yield { name, length: status.size };
      }
    }
  }

  async delete(name: string): Promise<void> {
    await this.#run(`delete "${name}"`, () => rm(join(this.place, name), { force: true }));
  }

  async deleteUnfinished(): Promise<void> {
    await this.#run('delete unfinished files', () => deleteUnfinishedBelow(this.place));
  }

  /** With the names of the folders above it made durable, once. */
  async #makeFolder(folder: string): Promise<void> {
    if (this.#syncedFolders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let above = dirname(folder); above.length >= dirname(this.place).length; above = dirname(above)) {
      await syncFolder(above);
      if (above === dirname(above)) break;
    }
    this.#syncedFolders.add(folder);
  }

  async #run<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw new BackupTargetFailed(`Cannot ${action} in ${this.place}: ${describeError(error)}`, error);
    }
  }
}

/** Folder by folder: one that somebody removes meanwhile hides the others in one recursive look. */
async function deleteUnfinishedBelow(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(ifMissing([]))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await deleteUnfinishedBelow(path);
    else if (entry.isFile() && entry.name.endsWith(UNFINISHED)) await rm(path, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ifMissing<Result>(result: Result): (error: unknown) => Result {
  return (error) => {
    if (systemErrorCode(error) === 'ENOENT') return result;
    throw error;
  };
}
