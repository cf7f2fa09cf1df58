// @ts-check
/**
 * Files that comments and commands name: a comment that sends its reader to a file must not outlive the file, and a
 * command must not start one that has moved. Leaves out names with a placeholder, and files that a build or a run
 * makes.
 */
import { basename, dirname, posix } from 'node:path';

/** In package.json a workspace or a script stands in quotation marks. */
const IN_A_COMMAND = /(?<=[\s"])((?:packages|test|scripts|bench)\/[\w./-]*[\w-])(?=[\s",]|$)/g;

const NAMED = /`((?:\.{0,2}\/)*[\w./-]+\.[cm]?[jt]s)`/g;

/**
 * Finds names of files in comments that lead nowhere.
 * @param {string} path From the root of the repository.
 * @param {string} text
 * @param {readonly string[]} files All of the repository, from its root.
 * @returns {string[]} A finding for each: place and name.
 */
export function findMissingFiles(path, text, files) {
  if (!/\.[cm]?[jt]s$/.test(path)) return [];
  return text.split('\n').flatMap((line, index) =>
    /^\s*(?:\*|\/\/|\/\*\*)/.test(line)
      ? [...line.matchAll(NAMED)]
          .map((match) => match[1] ?? '')
          .filter((name) => !name.includes('...') && !exists(path, name, files))
          .map((name) => `${path}:${index + 1}: a comment names "${name}", which does not exist`)
      : [],
  );
}

/**
 * Finds programs, configurations, folders and beginnings of test files that the commands of package.json and of
 * `.ci/run` name, and that are not there.
 * @param {string} path From the root of the repository.
 * @param {string} text
 * @param {readonly string[]} files All of the repository, from its root.
 * @returns {string[]} A finding for each: place and name.
 */
export function findMissingPrograms(path, text, files) {
  if (path !== 'package.json' && path !== '.ci/run') return [];
  return text.split('\n').flatMap((line, index) =>
    [...withoutBraces(line).matchAll(IN_A_COMMAND)]
      .map((match) => match[1] ?? '')
      .filter((name) => !files.some((file) => file.startsWith(name)))
      .map((name) => `${path}:${index + 1}: a command names "${name}", which does not exist`),
  );
}

/** Writes `a/{b,c}` as `a/b a/c`, as the shell does. @param {string} line @returns {string} */
function withoutBraces(line) {
  return line.replace(/(\S*)\{([\w./,-]+)\}/g, (_, before, choices) =>
    choices
      .split(',')
      .map((/** @type {string} */ choice) => before + choice)
      .join(' '),
  );
}

/** @param {string} path @param {string} name @param {readonly string[]} files @returns {boolean} */
function exists(path, name, files) {
  // What runs is named as it is built.
  const spellings = [name, name.replace(/\.js$/, '.ts')];
  return spellings.some((spelling) =>
    spelling.startsWith('.')
      ? files.includes(posix.join(dirname(path), spelling))
      : files.some((file) => file === spelling || file.endsWith(`/${spelling}`) || basename(file) === spelling),
  );
}
