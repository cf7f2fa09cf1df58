// @ts-check
/**
 * Commands shown to newcomers name files and npm scripts that exist. A word names a file of the repository when it
 * begins with one of its top-level names, or stands behind an interpreter; a reader's own files (`./my.log`, or what an
 * earlier command of the page writes) are left alone.
 */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { parsePage } from './markdown.js';

const pages = ['README.md', 'CONTRIBUTING.md'];
const shells = new Set(['sh', 'bash', 'shell', 'console']);
const interpreters = new Set(['node', 'bash', 'sh', 'python', 'python3', 'source', '.']);

/**
 * @param {import('./repository.js').Repository} repository
 * @returns {string[]}
 */
export function checkCommands(repository) {
  const topLevel = new Set(repository.files.map((path) => path.split('/')[0]));
  const npmScripts = Object.keys(repository.readJson('package.json').scripts ?? {});
  /** @type {string[]} */
  const findings = [];
  for (const page of pages.filter((path) => existsSync(repository.absolute(path)))) {
    /** @type {Set<string>} */
    const written = new Set();
    for (const fence of parsePage(repository.read(page)).fences.filter(({ language }) => shells.has(language))) {
      for (const { text, line } of withoutHereDocuments(fence.lines)) {
        for (const match of text.matchAll(/>\s*([\w./-]+)/g)) written.add(posix.normalize(match[1] ?? ''));
        const words = wordsOf(text);
        for (const [index, word] of words.entries()) {
          const path = posix.normalize(word);
          const isOurs = topLevel.has(path.split('/')[0]) && word.includes('/');
          const isRun = interpreters.has(words[index - 1] ?? '') && /^[\w.][\w./-]*\.\w+$/.test(word);
          if ((isOurs || isRun) && !written.has(path) && !existsSync(repository.absolute(path))) {
            findings.push(`${page}:${line}: command names "${word}", which does not exist`);
          }
          const scriptName = npmScriptOf(words, index);
          if (scriptName !== undefined && !npmScripts.includes(scriptName)) {
            findings.push(`${page}:${line}: command runs npm script "${scriptName}", which package.json does not have`);
          }
        }
      }
    }
  }
  return findings;
}

/**
 * Drops the text that `<<END` feeds to a command, up to and with its end word.
 * @param {{ text: string, line: number }[]} lines
 */
function withoutHereDocuments(lines) {
  let endWord = '';
  return lines.filter(({ text }) => {
    if (endWord !== '') {
      if (text.trim() === endWord) endWord = '';
      return false;
    }
    endWord = /<<-?\s*["']?(\w+)/.exec(text)?.[1] ?? '';
    return true;
  });
}

/** @param {string} line */
function wordsOf(line) {
  const command = line.replace(/(^|\s)#.*$/, '').replace(/^\s*\$\s+/, '');
  return command
    .split(/[\s;|&()<>]+/)
    .map((word) => word.replace(/^["']|["']$/g, ''))
    .filter((word) => word !== '');
}

/**
 * @param {string[]} words
 * @param {number} index
 */
function npmScriptOf(words, index) {
  if (words[index] !== 'npm') return undefined;
  const verb = words[index + 1];
  if (verb === 'test' || verb === 'start') return verb;
  return verb === 'run' ? words.slice(index + 2).find((word) => !word.startsWith('-')) : undefined;
}
