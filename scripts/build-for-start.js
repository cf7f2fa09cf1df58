// @ts-check
/**
 * Builds what `npm start` runs, within seconds and without the compiler: takes the types out of each source file. A
 * production install (`npm ci --omit=dev`) has no more. Leaves out checking types and writing declarations: `npm run
 * build`.
 */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/wasm-typescript';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/**
 * Sources of a package, relative to its folder `src`.
 * @param {string} folder
 */
async function sourcesIn(folder) {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith('.ts') && !/\.test\.ts$|(?:^|[/\\])testing[/\\]/.test(name));
}

/**
 * When a file was changed; 0 when there is none.
 * @param {string} path
 */
async function changedAtMs(path) {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** @type {{ source: string, target: string }[]} */
const outdated = [];
for (const name of await readdir(packages)) {
  const folder = join(packages, name, 'src');
  for (const path of await sourcesIn(folder)) {
    const source = join(folder, path);
    const target = join(packages, name, 'dist', path.replace(/\.ts$/, '.js'));
    if ((await changedAtMs(target)) < (await changedAtMs(source))) outdated.push({ source, target });
  }
}
if (outdated.length > 0) process.stderr.write(`Building ${outdated.length} files\n`);
for (const { source, target } of outdated) {
  const { code } = await transform(await readFile(source, 'utf8'), {
    mode: 'transform',
    module: true,
    filename: source,
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
