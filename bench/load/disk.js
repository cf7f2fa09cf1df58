// @ts-check
/** The limit that the disk sets: write and fdatasync of the same bytes, nothing else. */
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} folder
 * @param {Uint8Array} piece Written over and over.
 * @param {number} count
 * @param {boolean} syncEach Sync after each piece, or once at the end.
 * @returns {{ durationsMs: number[], totalMs: number }}
 */
export function writeAndSync(folder, piece, count, syncEach) {
  const limit = openDiskLimit(folder);
  const startMs = performance.now();
  const durationsMs = limit.write(piece, count, syncEach);
  const totalMs = performance.now() - startMs;
  limit.close();
  return { durationsMs, totalMs };
}

/**
 * A file that is measured in several turns. It is removed once, at the end: a file system that frees blocks between the
 * turns would slow down whatever is measured next.
 * @param {string} folder
 */
export function openDiskLimit(folder) {
  const path = join(folder, 'write-and-sync');
  const file = openSync(path, 'w');
  return {
    /**
     * @param {Uint8Array} piece
     * @param {number} count
     * @param {boolean} syncEach
     * @returns {number[]} Milliseconds of each write, with its sync where each is synced.
     */
    write(piece, count, syncEach) {
      const durationsMs = [];
      for (let index = 0; index < count; index += 1) {
        const beforeMs = performance.now();
        for (let offset = 0; offset < piece.length; ) offset += writeSync(file, piece, offset);
        if (syncEach) fdatasyncSync(file);
        durationsMs.push(performance.now() - beforeMs);
      }
      if (!syncEach) fdatasyncSync(file);
      return durationsMs;
    },
    close() {
      closeSync(file);
      unlinkSync(path);
    },
  };
}
