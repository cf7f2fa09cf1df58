// @ts-check
/**
 * Packs what a release would publish, and checks it: `node scripts/release.js`. The tarballs lie in `release/`
 * afterwards. It never publishes, tags or changes a version: a person does that, with tarballs that were checked.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packPackages, root } from './packages/pack-packages.js';

const folder = join(root, 'release');
// What cannot be checked without a network must fail here.
process.env.CI ??= 'true';

const changed = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
if (changed !== '') fail([`Cannot release a checkout with changes; commit or undo them first:\n${changed.trimEnd()}`]);
for (const words of [['ci'], ['run', '--silent', 'build'], ['run', '--silent', 'ok', '--', '--no-tests']]) {
  console.log(`npm ${words.join(' ')}`);
  execFileSync('npm', words, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const packages = packPackages(folder);
// Only now: what it imports is installed above, in a checkout that is new.
const { inspectPackages } = await import('./packages/inspect-packages.js');
const { findings, warnings } = await inspectPackages(packages);
if (findings.length + warnings.length > 0) fail([...findings, ...warnings]);
// The copies that the tarballs were made of.
rmSync(join(folder, 'packages'), { recursive: true });

const lines = packages.map(({ tarball }) => {
  const bytes = readFileSync(tarball);
  return { name: basename(tarball), digest: createHash('sha256').update(bytes).digest('hex'), length: bytes.length };
});
writeFileSync(join(folder, 'SHA256SUMS'), lines.map(({ name, digest }) => `${digest}  ${name}\n`).join(''));
console.table(lines.map(({ name, length }) => ({ name, bytes: length })));
console.log('Packed and checked in release/; nothing was published');

/**
 * @param {readonly string[]} findings
 * @returns {never}
 */
function fail(findings) {
  for (const finding of findings) console.error(finding);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}
