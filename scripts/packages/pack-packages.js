// @ts-check
/**
 * Packs the published packages as `npm publish` would, from what is built. Leaves out building them, and never
 * publishes.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
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
 * Packs every package, from a copy: several may pack at once, and what is built stays as it is.
 * @param {string} target folder for the tarballs; the copies that are packed stay in its folder `packages`
 * @returns {PackedPackage[]} `directory` is that of the copy
 */
export function packPackages(target) {
  const packages = listPackages().map((each) => ({ ...each, directory: join(target, each.path) }));
  for (const each of packages) {
    copyBuilt(join(root, each.path), each.directory);
    if (hasCommonjs(each)) buildCommonjs(each);
  }
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', '.'];
  const output = execFileSync('npm', [...words, ...packages.map(({ path }) => `./${path}`)], {
    cwd: target,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  /** @type {{ name: string, filename: string, files: { path: string }[] }[]} */
  const packed = JSON.parse(output);
  return packages.map((each) => {
    const result = packed.find(({ name }) => name === each.name);
    if (result === undefined) throw new Error(`Cannot pack ${each.name}: npm did not name it among what it packed`);
    return { ...each, tarball: join(target, result.filename), files: result.files.map(({ path }) => path) };
  });
}

/**
 * Copies what a package has beside its dependencies. Leaves out what the compiler made of a source file that has moved
 * since: it must not be shipped.
 * @param {string} directory
 * @param {string} copy
 */
function copyBuilt(directory, copy) {
  const output = join(directory, 'dist');
  if (!existsSync(output)) throw new Error(`Cannot pack ${directory}: it is not built; run npm run build first`);
  const isShipped = (/** @type {string} */ path) => {
    if (path === 'node_modules' || path === join('dist', 'cjs')) return false;
    const match = /^dist\/(.*?)(?:\.js|\.d\.ts)(?:\.map)?$/.exec(path);
    return match === null || existsSync(join(directory, 'src', `${match[1]}.ts`));
  };
  cpSync(directory, copy, { recursive: true, filter: (path) => isShipped(relative(directory, path)) });
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
