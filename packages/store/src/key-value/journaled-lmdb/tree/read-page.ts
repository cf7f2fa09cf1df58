/**
 * Reads pages by descriptor, never by a memory map: a sector that cannot be read is an error here, and would end the
 * process there.
 */
import type { BlockingFile } from '../../../file-system/file-system.js';
import { PAGE_LENGTH_BYTES } from './tree-format.js';

/**
 * @returns A page, of memory of its own; `undefined` when the file ends before it does. @throws {Error} With a `code`.
 */
export function readPage(file: BlockingFile, pageNumber: number): Buffer | undefined {
  const page = Buffer.allocUnsafeSlow(PAGE_LENGTH_BYTES);
  return file.read(page, pageNumber * PAGE_LENGTH_BYTES) === PAGE_LENGTH_BYTES ? page : undefined;
}
