// @ts-check
/** Names that say nothing are refused, for folders and files alike. */

const emptyNames = new Set(['util', 'utils', 'common', 'shared', 'core', 'helper', 'helpers']);

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
