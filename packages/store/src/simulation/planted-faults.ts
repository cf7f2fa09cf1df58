/**
 * Faults of the kind that this code must not have, planted from outside by wrapping what the store stands on: the
 * simulation has to find each of them, or it proves nothing. No product code knows of them.
 */
import { asDurableFile } from '../file-system/durable-file.js';
import type { BlockingFile, BlockingFileSystem, FileSystem, OpenFile } from '../file-system/file-system.js';
import type { StoreWrappers } from './open-simulated-store.js';
import { EMPTY_DISK_EVERY, FAILING_SYNC_EVERY } from './simulate.js';

/** A fault, and where it can show at all. */
export interface PlantedFault {
  /** What is wrong. */
  readonly name: string;
  readonly wrappers: StoreWrappers;
  /**
   * Only simulations with a seed that this divides meet what the fault needs: a sync that fails, a disk that is empty.
   */
  readonly seedDivisor: number;
}

const WRONG_STORES: Readonly<Record<string, StoreWrappers>> = {
  'a blob is sealed without a sync of its file': { files: (files) => withFileSync(files, async () => {}) },
  'a blob is sealed without a sync of its folder': {
    files: (files) => instead(files, { syncDirectory: async () => {} }),
  },
  'a failed sync of a blob is ignored': {
    files: (files) => {
      const right = withFileSync(files, (sync) => sync().catch(() => {}));
      return instead(right, { syncDirectory: (path) => files.syncDirectory(path).catch(() => {}) });
    },
  },
  'a commit is answered before its frame is synced': {
    blockingFiles: (files) => withSync(files, /journal-\d$/, () => {}),
  },
  'a failed sync of the journal is ignored': {
    blockingFiles: (files) =>
      withSync(files, /journal-\d$/, (sync) => {
        try {
          sync();
        } catch {
          // The fault.
        }
      }),
  },
  'a segment is reset before the checkpoint is synced': {
    blockingFiles: (files) => withSync(files, /data[.]mdb$/, () => {}),
  },
  'a checkpoint names its pages before they are synced': {
    blockingFiles: (files) => {
      let count = 0;
      return withSync(files, /data[.]mdb$/, (sync) => {
        count += 1;
        if (count % 2 === 0) sync();
      });
    },
  },
  'what is given back is in use': {
    blockingFiles: (files) =>
      instead(files, {
        openFileToGrow: (path) => {
          const file = files.openFileToGrow(path);
          return instead(file, { truncate: (lengthBytes) => file.truncate(Math.floor(lengthBytes / 16)) });
        },
      }),
  },
  'the names of the journal are not synced': {
    blockingFiles: (files) => instead(files, { syncDirectory: () => {} }),
  },
  'the sweep does not look for references': {
    keyValues: (keyValues) =>
      instead(keyValues, {
        list: async (range) => (isFamily(range.start, 'R') ? [] : keyValues.list(range)),
      }),
  },
  'the sweep of orphans does not look for owners': {
    keyValues: (keyValues) =>
      instead(keyValues, { get: async (key) => (isFamily(key, 'I') ? undefined : keyValues.get(key)) }),
  },
  'segments are freed without a look at what is alive': {
    keyValues: (keyValues) =>
      instead(keyValues, {
        list: async (range) => (isFamily(range.start, 'I') ? [] : keyValues.list(range)),
      }),
  },
  'a commit does not check what it was decided on': {
    keyValues: (keyValues) =>
      instead(keyValues, { commit: ({ checks: _left, ...commit }) => keyValues.commit(commit) }),
  },
  'a commit is made in two': {
    keyValues: (keyValues) =>
      instead(keyValues, {
        commit: async ({ deletes = [], sums = [], ...first }) => {
          const outcome = await keyValues.commit(first);
          if (!outcome.committed || deletes.length + sums.length === 0) return outcome;
          return keyValues.commit({ deletes, sums });
        },
      }),
  },
  'a body is put in place before it is a blob': {
    // The rows are durable while the seal is still under way.
    blobs: (blobs) =>
      instead(blobs, {
        create: async () => {
          const writer = await blobs.create();
          return instead(writer, {
            seal: async () => {
              void writer.seal().catch(() => {});
            },
          });
        },
        put: (lengthBytes, fill) =>
          new Promise((resolve, reject) => {
            const fillAndTell = (blobId: string): readonly Uint8Array[] => {
              const bytes = fill(blobId);
              resolve(blobId);
              return bytes;
            };
            blobs.put(lengthBytes, fillAndTell).catch(reject);
          }),
      }),
  },
};

/** All of them. */
export const PLANTED_FAULTS: readonly PlantedFault[] = Object.entries(WRONG_STORES).map(([name, wrappers]) => {
  if (name.includes('failed sync')) return { name, wrappers, seedDivisor: FAILING_SYNC_EVERY };
  return { name, wrappers, seedDivisor: name.startsWith('the names of') ? EMPTY_DISK_EVERY : 1 };
});

function withFileSync(files: FileSystem, sync: (right: () => Promise<void>) => Promise<void>): FileSystem {
  const createFile = async (path: string): Promise<OpenFile> => {
    const file = await files.createFile(path);
    return instead(file, { syncData: () => sync(() => file.syncData()) });
  };
  return instead(files, {
    createFile,
    createDurableFile: async (path) => asDurableFile(await createFile(path)),
  });
}

function withSync(files: BlockingFileSystem, names: RegExp, sync: (right: () => void) => void): BlockingFileSystem {
  const wrap = (path: string, file: BlockingFile): BlockingFile =>
    names.test(path) ? instead(file, { sync: () => sync(() => file.sync()) }) : file;
  return instead(files, {
    openFile: (path) => wrap(path, files.openFile(path)),
    createFile: (path) => wrap(path, files.createFile(path)),
  });
}

/** @returns `right` with some of its methods replaced; the others are its own. */
function instead<Contract extends object>(right: Contract, wrong: Partial<Contract>): Contract {
  return new Proxy(right, {
    get(_target, name) {
      const own: unknown = Reflect.get(wrong, name) ?? Reflect.get(right, name);
      return typeof own === 'function' ? own.bind(right) : own;
    },
  });
}

function isFamily(key: Uint8Array, letter: string): boolean {
  return key[0] === letter.charCodeAt(0);
}
