/**
 * The form of the file system contract that resolves, over a simulated disk: each call takes place when a scheduler
 * says. Leaves out what the calls do (`simulated-disk.ts`).
 */
import { asDurableFile } from './durable-file.js';
import type { FileSystem, OpenFile } from './file-system.js';
import type { SimulatedDisk, SimulatedFile } from './simulated-disk.js';

/** When the form that resolves does what was asked: at once, or when a scheduler says. */
export type RunDiskCall = <Result>(label: string, call: () => Result) => Promise<Result>;

/**
 * The form of the contract that resolves, over a simulated disk. A sync covers what was written when it was asked for,
 * no more.
 */
export function resolvingFileSystem(disk: SimulatedDisk, run: RunDiskCall): FileSystem {
  const handleOf = (handle: SimulatedFile, path: string): OpenFile => ({
    writeVector: (chunks, positionBytes) =>
      run(`write ${path}`, () =>
        handle.writeSome(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks), positionBytes),
      ),
    read: (target, positionBytes) => run(`read ${path}`, () => handle.read(target, positionBytes)),
    status: () =>
      run(`status ${path}`, () => ({
        lengthBytes: handle.lengthBytes,
        modifiedAtMs: disk.status(path)?.modifiedAtMs ?? 0,
      })),
    syncData: () => {
      const upTo = disk.changeCount;
      return run(`sync ${path}`, () => handle.syncUpTo(upTo));
    },
    close: () => run(`close ${path}`, () => handle.close()),
  });
  const createFile = (path: string): Promise<OpenFile> =>
    run(`create ${path}`, () => handleOf(disk.createNewFile(path), path));
  return {
    createFile,
    createDurableFile: async (path) => asDurableFile(await createFile(path)),
    openFile: (path) => run(`open ${path}`, () => handleOf(disk.openFile(path), path)),
    openFileForUpdate: (path) => run(`open ${path}`, () => handleOf(disk.openFile(path), path)),
    status: (path) => run(`status ${path}`, () => disk.status(path)),
    removeFile: (path) => run(`remove ${path}`, () => disk.removeFile(path)),
    makeDirectory: (path) => run(`make ${path}`, () => disk.makeDirectory(path)),
    readDirectory: (path) => run(`list ${path}`, () => disk.readDirectory(path)),
    syncDirectory: (path) => {
      const upTo = disk.changeCount;
      return run(`sync ${path}`, () => disk.syncNames(path, upTo));
    },
  };
}
