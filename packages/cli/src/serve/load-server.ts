/**
 * Loads the packages of the server file by file: Node opens the files of all modules that one imports at once, and
 * those are more than some processes may have open (`ulimit -n 128`). Leaves out running the server (`run-server.ts`).
 */
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** For each package the folder with most of its modules, which one module imports together. */
const STEPS = [
  ['@annals/store', 'object-store'],
  ['@annals/server', 'operations'],
] as const;

/** Loads what `run-server.js` imports. */
export async function loadServer(): Promise<void> {
  for (const [packageName, folder] of STEPS) {
    if (!canRequireModules()) await loadModules(new URL(`${folder}/`, import.meta.resolve(packageName)));
    await loadPackage(packageName);
  }
}

/**
 * Loads a package of modules. Node reads what is required one file at a time, and in two thirds of the time that an
 * import takes.
 */
export async function loadPackage(packageName: string): Promise<void> {
  // By its path: by its name a package may answer `require` with a second copy of itself, in CommonJS.
  const path = fileURLToPath(import.meta.resolve(packageName));
  if (canRequireModules()) createRequire(import.meta.url)(path);
  else await import(packageName);
}

/** Node 22 learned it after Node 20 did. */
function canRequireModules(): boolean {
  return process.features.require_module === true;
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
