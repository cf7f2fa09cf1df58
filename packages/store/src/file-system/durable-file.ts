/**
 * Files whose writes are durable when they resolve, for a file system that has no such form of its own: a write, and a
 * sync behind it.
 */
import type { OpenFile } from './file-system.js';

/** @returns The same file: each write is synced before it resolves. */
export function asDurableFile(file: OpenFile): OpenFile {
  return {
    async writeVector(chunks, positionBytes) {
      const writtenLength = await file.writeVector(chunks, positionBytes);
      await file.syncData();
      return writtenLength;
    },
    read: (target, positionBytes) => file.read(target, positionBytes),
    status: () => file.status(),
    syncData: () => file.syncData(),
    close: () => file.close(),
  };
}
