/** The blocks of a page that a reader copies, and what the page says that they print. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this checkout. */
export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block. */
export interface PageBlock {
  /** `sh` is one terminal, `text` what one of them shows; others are files. */
  readonly language: string;
  /** Without the fence, with the last line end. */
  readonly text: string;
  /** Whether the commands go on until the reader ends them. */
  readonly isLeftRunning: boolean;
}

/** @param path From the root of the checkout. @returns All blocks in their order. */
export async function readPageBlocks(path: string): Promise<readonly PageBlock[]> {
  const page = await readFile(join(CHECKOUT, path), 'utf8');
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
    isLeftRunning: text.includes('# leave it running'),
  }));
}
