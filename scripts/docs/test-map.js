// @ts-check
/**
 * The map of the tests is complete: each folder of `test` is named in `test/README.md`, and nothing that is not there.
 */

const mapPath = 'test/README.md';

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function checkTestMap(repository) {
  if (!repository.files.includes(mapPath)) return [`${mapPath}: file is missing`];
  const folders = new Set(repository.files.flatMap((path) => /^test\/([^/]+)\//.exec(path)?.[1] ?? []));
  const named = new Set([...repository.read(mapPath).matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? ''));
  return [
    ...[...folders].filter((name) => !named.has(name)).map((name) => `${mapPath}: has no row for the folder "${name}"`),
    ...[...named].filter((name) => !folders.has(name)).map((name) => `${mapPath}: there is no folder "${name}"`),
    ...repository.files
      .filter((path) => /^test\/[^/]+\.[cm]?[jt]s$/.test(path))
      .map((path) => `${path}: a test stands in a folder of test, and ${mapPath} says in which`),
  ];
}
