/** The rules about words, `scripts/structure`: what the gate finds in prose and comments, and what it lets pass. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/structure/refused-words.js', import.meta.url));
const { findRefusedWords } = (await import(script)) as {
  findRefusedWords(path: string, text: string): string[];
};
const files = fileURLToPath(new URL('../../scripts/structure/named-files.js', import.meta.url));
type Find = (path: string, text: string, files: readonly string[]) => string[];
const { findMissingFiles, findMissingPrograms } = (await import(files)) as Record<
  'findMissingFiles' | 'findMissingPrograms',
  Find
>;
const wordsOf = (text: string, path = 'README.md'): string[] =>
  findRefusedWords(path, text).map((finding) => /"(.*?)"/.exec(finding)?.[1] ?? finding);

describe('findRefusedWords', () => {
  it.each([
    ['Whoever signs wrongly waits.', 'Whoever'],
    ['The key is wrapped anew.', 'anew'],
    ['names that nobody may take', 'nobody may'],
    ['a parameter nobody knows', 'nobody knows'],
    ['known to nobody', 'to nobody'],
    ['against whom it defends', 'whom'],
    ['the key for who names none', 'for who'],
    ['whether he may read', 'he may'],
    ['in his name', 'his'],
    ['Refused is 403.', 'Refused is'],
    ['So says the policy.', 'So says'],
  ])('finds the words in "%s"', (text, words) => {
    expect(wordsOf(text)).toEqual([words]);
  });

  it('finds a phrase across lines and marks of comments, and says where it begins', () => {
    expect(findRefusedWords('README.md', 'one\n * names that nobody\n * may take\n')).toEqual([
      'README.md:2: "nobody * may": write "no client may", "must not"',
    ]);
  });

  it('lets plain sentences pass', () => {
    expect(
      wordsOf('Nobody waits. This is what was asked. The reader is told. Others are refused. The history.'),
    ).toEqual([]);
  });

  it('reads prose, sources and scripts, and no other files', () => {
    for (const path of ['docs/page.md', 'packages/a/src/a.ts', 'scripts/a.cjs', '.ci/run.yml'])
      expect(wordsOf('whoever', path)).toEqual(['whoever']);
    expect(wordsOf('whoever', 'image.png')).toEqual([]);
  });
});

describe('findMissingFiles', () => {
  const files = ['packages/a/src/one.ts', 'packages/a/src/room/two.ts', 'scripts/three.js'];
  const find = (comment: string): string[] => findMissingFiles('packages/a/src/one.ts', comment, files);

  it('finds a comment that names a file that does not exist', () => {
    expect(find('// See `gone.ts`.')).toEqual([
      'packages/a/src/one.ts:1: a comment names "gone.ts", which does not exist',
    ]);
    expect(find(' * Leaves out that (`../room/two.ts`).')).toHaveLength(1);
  });

  it('lets pass files by name, by the end of their path, from here, and as they are built', () => {
    for (const name of ['two.ts', 'room/two.ts', './room/two.ts', 'two.js', 'scripts/three.js', '../NAME/....ts'])
      expect(find(`// See \`${name}\`.`)).toEqual([]);
    expect(find("const path = '`gone.ts`';")).toEqual([]);
  });
});

describe('findMissingPrograms', () => {
  const files = ['scripts/three.js', 'test/faults/disk.test.ts', 'packages/a/src/room/two.ts'];
  const find = (command: string, path = 'package.json'): string[] => findMissingPrograms(path, command, files);

  it('finds a command that starts a program or names a folder or tests that are not there', () => {
    expect(find('"ok": "node scripts/gone.js --a"')).toEqual([
      'package.json:1: a command names "scripts/gone.js", which does not exist',
    ]);
    expect(find('  vitest run test/faults/{disk,gone} \\', '.ci/run')).toHaveLength(1);
    expect(find('"packages/b",')).toHaveLength(1);
  });

  it('lets pass what is there, beginnings of names, and other files', () => {
    expect(find('"a": "node scripts/three.js && vitest run test/faults packages/a/src/{room,ro}"')).toEqual([]);
    expect(find('vitest run test/faults/disk', '.ci/run')).toEqual([]);
    expect(find('node scripts/gone.js', 'README.md')).toEqual([]);
  });
});
