/** Writes the new pages of a tree, those that lie side by side together. */
import type { BlockingFile } from '../../../file-system/file-system.js';
import { PAGE_LENGTH_BYTES } from './tree-format.js';

/** One write takes so many bytes at most. */
const WRITE_LENGTH_BYTES_MAX = 1024 * 1024;

/**
 * Writes pages in the order of their numbers. Nothing is synced.
 * @param pages Bytes by the number of their first page.
 * @throws {Error} With a `code`, from the file system.
 */
export function writePages(file: BlockingFile, pages: ReadonlyMap<number, Uint8Array>): void {
  const numbers = [...pages.keys()].sort((one, other) => one - other);
  let run: Uint8Array[] = [];
  let runStart = 0;
  let runLength = 0;
  const flush = (): void => {
    if (run.length > 0) file.write(run.length === 1 ? (run[0] as Uint8Array) : Buffer.concat(run), runStart);
    run = [];
    runLength = 0;
  };
  for (const number of numbers) {
    const bytes = pages.get(number) as Uint8Array;
    const start = number * PAGE_LENGTH_BYTES;
    if (start !== runStart + runLength || runLength + bytes.length > WRITE_LENGTH_BYTES_MAX) {
      flush();
      runStart = start;
    }
    run.push(bytes);
    const paddingLength = -bytes.length & (PAGE_LENGTH_BYTES - 1);
    // The file ends with a whole page, whatever the last value in it.
    if (paddingLength > 0) run.push(new Uint8Array(paddingLength));
    runLength += bytes.length + paddingLength;
  }
  flush();
}
