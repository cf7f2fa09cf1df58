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
  const path = join(folder, 'write-and-sync');
  const file = openSync(path, 'w');
  const durationsMs = [];
  const startMs = performance.now();
  for (let index = 0; index < count; index += 1) {
    const beforeMs = performance.now();
    for (let offset = 0; offset < piece.length; ) offset += writeSync(file, piece, offset);
    if (syncEach) fdatasyncSync(file);
    durationsMs.push(performance.now() - beforeMs);
  }
  if (!syncEach) fdatasyncSync(file);
  const totalMs = performance.now() - startMs;
  closeSync(file);
  unlinkSync(path);
  return { durationsMs, totalMs };
}
