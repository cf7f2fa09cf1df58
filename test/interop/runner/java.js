// @ts-check
/**
 * What all Java clients share: jars fetched by Maven from a pinned pom.xml, programs compiled by javac into the
 * client's cache.
 */
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { interopFolder } from './folders.js';

/** @typedef {import('./client.js').Folders} Folders */

const CONTRACT = join('..', 'contract', 'java', 'annals', 'interop');

/** @type {import('./client.js').Client['toolchain']} */
export const javaToolchain = [
  { check: { command: 'javac', arguments: ['--version'] }, wanted: 'a Java development kit, 17 or newer' },
  { check: { command: 'mvn', arguments: ['--version'] }, wanted: 'Maven 3.8 or newer' },
];

/**
 * Everything the programs are built from, so that a change of any of it builds them again.
 * @param {string} name Of the client.
 */
export function javaSources(name) {
  return ['pom.xml', ...sourcesOf(name)];
}

/** @param {string} name */
function sourcesOf(name) {
  const folder = join(interopFolder, name);
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.java'));
  const contract = readdirSync(join(folder, CONTRACT)).map((file) => join(CONTRACT, file));
  return [...own, ...contract].sort();
}

/**
 * @param {string} name Of the client.
 * @param {Omit<Folders, 'scratch'>} folders
 * @returns {readonly import('./command.js').Command[]}
 */
export function buildJava(name, { folder, cache }) {
  return [
    {
      command: 'mvn',
      arguments: [
        '-q',
        '-B',
        // Its own for each client: Maven does not lock a repository that several processes fill.
        `-Dmaven.repo.local=${join(cache, 'maven')}`,
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(cache, 'jars')}`,
        '-DincludeScope=runtime',
      ],
      cwd: folder,
    },
    {
      command: 'javac',
      arguments: [
        '-encoding',
        'UTF-8',
        '-d',
        join(cache, 'classes'),
        '-cp',
        join(cache, 'jars', '*'),
        ...sourcesOf(name),
      ],
      cwd: folder,
    },
  ];
}

/**
 * @param {Folders} folders
 * @param {string} mainClass
 * @param {...string} words
 * @returns {import('./command.js').Command}
 */
export function java({ cache }, mainClass, ...words) {
  const classPath = [join(cache, 'classes'), join(cache, 'jars', '*')].join(delimiter);
  return { command: 'java', arguments: ['-Dfile.encoding=UTF-8', '-cp', classPath, mainClass, ...words] };
}
