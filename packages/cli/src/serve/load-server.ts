/**
 * Loads the packages of the server in steps: Node opens the files of all modules that one imports at once, and those
 * are more than some processes may have open (`ulimit -n 128`). Leaves out running the server (`run-server.ts`).
 */
import { readdir } from 'node:fs/promises';

/** For each package the folder with most of its modules, which one module imports together. */
const STEPS = [
  ['@annals/store', 'object-store'],
  ['@annals/server', 'operations'],
] as const;

/** Loads what `run-server.js` imports. */
export async function loadServer(): Promise<void> {
  for (const [packageName, folder] of STEPS) {
    await loadModules(new URL(`${folder}/`, import.meta.resolve(packageName)));
    await import(packageName);
  }
}

/** Loads the modules below a folder one by one, the deepest first: others import them together. */
async function loadModules(folder: URL): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await loadModules(new URL(`${entry.name}/`, folder));
  for (const { name } of entries) if (isModule(name)) await import(new URL(name, folder).href);
}

function isModule(name: string): boolean {
  return name.endsWith('.js') && !name.endsWith('-fixture.js');
}
