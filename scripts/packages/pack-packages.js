// @ts-check
/**
 * Packs the published packages as `npm publish` would, from what is built. Leaves out building them, and never
 * publishes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCommonjs, hasCommonjs } from './build-commonjs.js';

/** Folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A package of the workspace.
 * @typedef {object} Package
 * @property {string} name `@annals/NAME`
 * @property {string} directory absolute
 * @property {string} path from the root of the checkout
 * @property {any} manifest its `package.json`
 */

/**
 * A packed package.
 * @typedef {Package & { tarball: string, files: readonly string[] }} PackedPackage `tarball`: absolute path; `files`:
 * paths inside it
 */

/**
 * @public a test calls it, by a path that is put together
 * @returns {Package[]} in the order of the workspace: a package stands behind those it imports
 */
export function listPackages() {
  const { workspaces } = readJson(join(root, 'package.json'));
  return workspaces.map((/** @type {string} */ path) => {
    const manifest = readJson(join(root, path, 'package.json'));
    return { name: manifest.name, directory: join(root, path), path, manifest };
  });
}

/**
 * Packs every package.
 * @param {string} target folder for the tarballs
 * @returns {PackedPackage[]}
 */
export function packPackages(target) {
  const packages = listPackages();
  for (const each of packages) {
    removeStaleOutput(each.directory);
    if (hasCommonjs(each)) buildCommonjs(each);
  }
  const output = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--workspaces', '--pack-destination', target],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  /** @type {{ name: string, filename: string, files: { path: string }[] }[]} */
  const packed = JSON.parse(output);
  return packages.map((each) => {
    const result = packed.find(({ name }) => name === each.name);
    if (result === undefined) throw new Error(`Cannot pack ${each.name}: npm did not name it among what it packed`);
    return { ...each, tarball: join(target, result.filename), files: result.files.map(({ path }) => path) };
  });
}

/**
 * The compiler leaves what it made of a source file that has moved since; it must not be shipped. @param {string}
 * directory
 */
function removeStaleOutput(directory) {
  const output = join(directory, 'dist');
  if (!existsSync(output)) throw new Error(`Cannot pack ${directory}: it is not built; run npm run build first`);
  for (const path of readdirSync(output, { recursive: true, encoding: 'utf8' })) {
    const match = /^(.*?)(?:\.js|\.d\.ts)(?:\.map)?$/.exec(path);
    if (match !== null && !existsSync(join(directory, 'src', `${match[1]}.ts`))) rmSync(join(output, path));
  }
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
