/**
 * Writes to standard output at the pace of its reader. A reader that has seen enough (`annals cat ... | head`) closes
 * the pipe; `main.ts` ends the process quietly then.
 */
import { once } from 'node:events';

/** Writes bytes or text; resolves when more may follow. */
export async function writeOutput(content: Uint8Array | string): Promise<void> {
  if (!process.stdout.write(content)) await once(process.stdout, 'drain');
}
