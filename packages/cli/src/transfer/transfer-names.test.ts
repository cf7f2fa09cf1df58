/** Names of transfers: which are taken, and where they go. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type FilterOptions, isTaken, withFilterOptions } from './name-filter.js';
import { endsAsFolder, parsePlace, placeBelow } from './place.js';

function taken(words: readonly string[], names: readonly string[]): readonly string[] {
  const command = withFilterOptions(new Command('test'));
  command.parse(words, { from: 'user' });
  return names.filter((name) => isTaken(command.opts<FilterOptions>(), name));
}

describe('isTaken', () => {
  const names = ['a.log', 'b.tmp', 'sub/c.log', 'sub/deep/d.log', '.hidden'];

  it.each([
    [[], names],
    [
      ['--include', '*.log'],
      ['a.log', 'sub/c.log', 'sub/deep/d.log'],
    ],
    [
      ['--exclude', '*.log'],
      ['b.tmp', '.hidden'],
    ],
    [
      ['--exclude', 'sub/**'],
      ['a.log', 'b.tmp', '.hidden'],
    ],
    [
      ['--exclude', 'sub/*'],
      ['a.log', 'b.tmp', 'sub/deep/d.log', '.hidden'],
    ],
    [
      ['--exclude', '*', '--include', '*.log'],
      ['a.log', 'sub/c.log', 'sub/deep/d.log'],
    ],
    [
      ['--include', '*.log', '--exclude', 'sub/deep/*'],
      ['a.log', 'sub/c.log'],
    ],
  ])('%j takes %j', (words, expected) => {
    expect(taken(words, names)).toEqual(expected);
  });
});

describe('placeBelow', () => {
  it('puts names below prefixes and folders', () => {
    expect(placeBelow(parsePlace('oss://logs'), 'a/b')).toEqual(parsePlace('oss://logs/a/b'));
    expect(placeBelow(parsePlace('oss://logs/x'), 'a')).toEqual(parsePlace('oss://logs/x/a'));
    expect(placeBelow(parsePlace('oss://logs/x/'), 'a')).toEqual(parsePlace('oss://logs/x/a'));
    expect(placeBelow(parsePlace('folder'), 'a/b')).toEqual({ kind: 'local', path: 'folder/a/b' });
    expect(endsAsFolder(parsePlace('oss://logs')) && endsAsFolder(parsePlace('folder/'))).toBe(true);
  });

  it.each(['../a', 'a/../../b', '/etc/passwd', 'a//b', 'a/./b', 'a\\..\\b', 'a\0b'])(
    'writes no file for %j',
    (name) => {
      expect(() => placeBelow(parsePlace('folder'), name)).toThrow('it is no path there');
    },
  );
});
