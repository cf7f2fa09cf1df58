/** The settings with which both threads open the LMDB environment: one place, since they must agree. */
import type { RootDatabaseOptionsWithPath } from 'lmdb';

/**
 * Address space mapped at the start. It takes no memory and no disk; the binding doubles it when the data outgrows it and keeps the
 * old maps for readers under way. Large, because a remapping is the binding's own addition to LMDB and so the less trodden path.
 */
const MAP_SIZE_BYTES = 64 * 1024 ** 3;

/** The database LMDB keeps in a folder, as `data.mdb` and `lock.mdb`. */
export function lmdbSettings(directory: string): RootDatabaseOptionsWithPath {
  return {
    path: directory,
    noSubdir: false,
    // With overlapping sync a transaction is visible before it is durable, and a restart may choose either: never here.
    overlappingSync: false,
    noSync: false,
    noMetaSync: false,
    // A writable map turns a full disk into SIGBUS and a stray pointer into damage.
    useWritemap: false,
    remapChunks: false,
    mapSize: MAP_SIZE_BYTES,
    maxDbs: 1,
    keyEncoding: 'binary',
    encoding: 'binary',
    compression: false,
    cache: false,
  };
}
