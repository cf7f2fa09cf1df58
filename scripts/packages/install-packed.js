// @ts-check
/**
 * Packs the packages and installs some of them into a folder, as a user would: `node scripts/packages/install-packed.js
 * FOLDER NAME...`, with names such as `@annals/client`. Name each package that the named ones need. Needs the registry
 * for the packages of others, or npm's cache of them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packPackages } from './pack-packages.js';
import { userEnvironment } from './user-environment.js';

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined || names.length === 0) {
  throw new Error(
    `Cannot install packed packages: wanted a folder and names, got "${process.argv.slice(2).join(' ')}"`,
  );
}
const tarballs = join(folder, 'tarballs');
mkdirSync(tarballs, { recursive: true });
const packed = packPackages(tarballs).filter(({ name }) => names.includes(name));
if (packed.length !== names.length) throw new Error(`Cannot install ${names.join(' ')}: not all are packages of ours`);
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
const words = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
execFileSync('npm', [...words, ...packed.map(({ tarball }) => tarball)], {
  cwd: folder,
  env: userEnvironment(),
  stdio: ['ignore', 'ignore', 'inherit'],
});
