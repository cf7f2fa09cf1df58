// @ts-check
/**
 * A step of the gate: files and functions stay small, lines narrow, exports documented, words plain, and caches never
 * drop everything when they are full. Prints one line per finding and ends with 1 when there is one.
 */
import { fileURLToPath } from 'node:url';
import { openRepository } from '../docs/repository.js';
import { findMissingFiles, findMissingPrograms } from './named-files.js';
import { findRefusedWords } from './refused-words.js';
import { FUNCTION_LINE_COUNT_MAX, LINE_COUNT_MAX, longFiles, longFunctions } from './rules.js';
import { isTooWide, readSourceFacts, WIDTH_MAX } from './source-facts.js';

const repository = openRepository(fileURLToPath(new URL('../..', import.meta.url)));
const findings = [...checkCode(), ...checkProse(), ...checkWords()];
for (const finding of findings) console.error(finding);
if (findings.length > 0) console.error(`${findings.length} finding(s)`);
process.exitCode = findings.length === 0 ? 0 : 1;

/** @returns {string[]} */
function checkCode() {
  /** @type {string[]} */
  const found = [];
  const unused = new Set([...Object.keys(longFiles), ...Object.keys(longFunctions)]);
  for (const path of repository.files.filter((file) => /\.[cm]?[jt]sx?$/.test(file))) {
    const text = repository.read(path);
    const facts = readSourceFacts(path, text);
    if (facts.lineCount > LINE_COUNT_MAX) {
      if (!unused.delete(path))
        found.push(`${path}: ${facts.lineCount} lines, at most ${LINE_COUNT_MAX}: divide it by theme`);
    }
    for (const { name, line } of facts.doubleOptionals)
      found.push(`${path}:${line}: "${name}" may be left out and may be undefined: write "?: T" or ": T | undefined"`);
    for (const { name, line } of facts.ternariesWithNothing)
      found.push(`${path}:${line}: "${name}": write "...(condition && { name })"`);
    for (const line of facts.wideLines) found.push(`${path}:${line}: wider than ${WIDTH_MAX} columns`);
    if (!/^packages\/[^/]+\/src\//.test(path) || /\.test\.tsx?$/.test(path)) continue;
    for (const { name, line, lineCount } of facts.functions) {
      if (lineCount <= FUNCTION_LINE_COUNT_MAX || unused.delete(`${path} ${name}`)) continue;
      found.push(
        `${path}:${line}: ${name} has ${lineCount} lines, at most ${FUNCTION_LINE_COUNT_MAX}: divide it by what it does`,
      );
    }
    for (const { name, line } of facts.believedJson)
      found.push(`${path}:${line}: "${name}": parsed JSON is unknown until a check has passed it`);
    for (const { name, line } of facts.undocumentedExports)
      found.push(`${path}:${line}: export "${name}" has no doc comment`);
    for (const { name, line } of facts.silentThrows) found.push(`${path}:${line}: ${name} throws and has no @throws`);
    if (/size >=? \w+\)[^\n]*\.clear\(\)/.test(text))
      found.push(`${path}: a full cache forgets everything: use lru-cache`);
  }
  for (const waiver of unused)
    found.push(`scripts/structure/rules.js: "${waiver}" is let off and keeps the bound: remove the line`);
  return found;
}

/** @returns {string[]} */
function checkWords() {
  return repository.files.flatMap((path) => {
    const text = repository.read(path);
    return [
      ...findRefusedWords(path, text),
      ...findMissingFiles(path, text, repository.files),
      ...findMissingPrograms(path, text, repository.files),
    ];
  });
}

/** @returns {string[]} */
function checkProse() {
  return repository.files
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      let isCode = false;
      return repository
        .read(path)
        .split('\n')
        .flatMap((line, index) => {
          if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode;
          const isTable = line.trimStart().startsWith('|');
          return isCode || isTable || !isTooWide(line) ? [] : [`${path}:${index + 1}: wider than ${WIDTH_MAX} columns`];
        });
    });
}
