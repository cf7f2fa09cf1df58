// @ts-check
/**
 * What is in a packed package: its licence and its page, every file that its entries lead to, and no other program. So
 * a test, a fixture or a bench that nothing imports is a finding, with any name.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from './pack-packages.js';

/** Names of what belongs to the checkout only. */
const notShipped = /\.test\.|-fixture\.|(?:^|\/)(?:tests?|testing|bench|benches|fixtures|coverage)\/|\.tsbuildinfo$/;

/** Programs that are started by a name put together at run time, which no import shows. */
const startedByName = [
  'dist/key-value/journaled-lmdb/checkpoint-thread.js',
  'dist/key-value/journaled-lmdb/write-thread.js',
  'dist/serve/workers/worker-process.js',
];

/**
 * @param {import('./pack-packages.js').PackedPackage} packed
 * @returns {string[]} findings
 */
export function checkContents({ name, directory, manifest, files }) {
  const shipped = new Set(files);
  /** @type {string[]} */
  const findings = [];
  for (const required of ['README.md', 'LICENSE', 'package.json']) {
    if (!shipped.has(required)) findings.push(`${name}: ${required} is not shipped`);
  }
  const licence = join(directory, 'LICENSE');
  if (!existsSync(licence) || readFileSync(licence, 'utf8') !== readFileSync(join(root, 'LICENSE'), 'utf8')) {
    findings.push(`${name}: LICENSE is not that of the workspace`);
  }
  for (const path of files)
    if (notShipped.test(path)) findings.push(`${name}: ${path} is shipped, and belongs to the checkout`);
  const reached = reach(directory, manifest, shipped);
  for (const path of reached) if (!shipped.has(path)) findings.push(`${name}: ${path} is needed, and is not shipped`);
  for (const path of files) {
    if (/^dist\/.*\.c?js$/.test(path) && !reached.has(path))
      findings.push(`${name}: ${path} is shipped, and no entry leads to it`);
  }
  return findings;
}

/**
 * @param {string} directory
 * @param {any} manifest
 * @param {ReadonlySet<string>} shipped
 * @returns {Set<string>} what the entries lead to, by code or by types, as paths of programs
 */
function reach(directory, manifest, shipped) {
  const waiting = [...targetsOf([manifest.exports, manifest.imports, manifest.bin])];
  waiting.push(...startedByName.filter((path) => shipped.has(path)));
  /** @type {Set<string>} */
  const reached = new Set();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const file of [path, path.replace(/\.(c?)js$/, '.d.$1ts')]) {
      if (!existsSync(join(directory, file))) continue;
      for (const target of relativeImports(readFileSync(join(directory, file), 'utf8'))) {
        waiting.push(posix.join(posix.dirname(file), target));
      }
    }
  }
  return reached;
}

/** @param {unknown} value of a field of `package.json` @returns {Generator<string>} programs it names */
function* targetsOf(value) {
  if (typeof value === 'string') yield posix.normalize(value).replace(/\.d\.(c?)ts$/, '.$1js');
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* targetsOf(each);
}

/** @param {string} text */
function relativeImports(text) {
  return [
    ...text.matchAll(/(?:from\s*|import\s*\(?\s*|require\(\s*|new URL\(\s*)['"](\.{1,2}\/[^'"]+\.c?js)['"]/g),
  ].map((match) => match[1] ?? '');
}
