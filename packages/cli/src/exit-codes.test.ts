/**
 * What a command is told wrongly ends it with 2, whichever command it is, so that scripts can tell it from what failed.
 */
import type { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { COMMANDS } from './command-table.js';
import { buildProgram, runProgram } from './program.js';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('The process was ended');
  });
});

afterEach(() => void vi.restoreAllMocks());

function pathsOf(command: Command, path: readonly string[]): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((below) => pathsOf(below, [...path, below.name()]))];
}

const paths = pathsOf(await buildProgram('0.0.0'), []);

test.each(paths.map((path) => [path.join(' '), path] as const))('annals %s --no-such-option', async (_, path) => {
  expect(await runProgram('0.0.0', [...path, '--no-such-option'])).toBe(2);
});

test.each([
  ['backup', 'create'],
  ['backup', 'prune', 'target', '--keep', '0'],
  ['backup', 'create', 'target', '--rate', '5xyz'],
  ['restore', 'target'],
  ['restore', 'target', '--data', 'folder', '--rate', 'fast'],
])('annals %s %s %s %s %s', async (...words) => {
  expect(
    await runProgram(
      '0.0.0',
      words.filter((word) => word !== undefined),
    ),
  ).toBe(2);
});

test('there are commands below commands', () => {
  expect(paths.length).toBeGreaterThan(60);
});

test('the help of the program says of each command what the command says of itself', async () => {
  const program = await buildProgram('0.0.0');
  expect(program.commands.map((command) => [command.name(), command.summary()])).toEqual(
    COMMANDS.map(({ name, summary }) => [name, summary]),
  );
});
