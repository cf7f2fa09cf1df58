// @ts-check
/** Names that say nothing are refused, for folders and files alike; files too long to read at one sitting are reported. */

const emptyNames = new Set(['util', 'utils', 'common', 'shared', 'core', 'helper', 'helpers']);
const lineCountMax = 400;

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function checkFileNames(repository) {
  return repository.files.flatMap((path) =>
    path
      .split('/')
      .map((segment) => segment.replace(/(?<=.)\..*$/, ''))
      .filter((name) => emptyNames.has(name.toLowerCase()))
      .map((name) => `${path}: "${name}" says nothing about what is inside; name what it does`),
  );
}

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function longFiles(repository) {
  return repository.files
    .filter((path) => /\.(?:[cm]?[jt]s|tsx)$/.test(path))
    .map((path) => ({ path, count: repository.read(path).split('\n').length - 1 }))
    .filter(({ count }) => count > lineCountMax)
    .map(({ path, count }) => `${path}: ${count} lines, more than ${lineCountMax}: are these two rooms?`);
}
