/**
 * Loads the packages of the server in steps: Node opens the files of all modules that one imports at once, and those
 * are more than some processes may have open (`ulimit -n 128`). Leaves out running the server (`run-server.ts`).
 */
import { readdir } from 'node:fs/promises';

/** Loads what `run-server.js` imports. */
export async function loadServer(): Promise<void> {
  await import('@annals/store');
  // One module imports them all.
  const folder = new URL('operations/', import.meta.resolve('@annals/server'));
  for (const name of await readdir(folder)) {
    if (name.endsWith('.js')) await import(new URL(name, folder).href);
  }
  await import('@annals/server');
}
