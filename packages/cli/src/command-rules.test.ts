/**
 * What holds for every command of the table: `--json`, `--dry-run` and examples in the help, which the command itself
 * can read. Leaves out what commands do. A new command fails here until somebody decides.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it, test } from 'vitest';
import { EXIT_CODES } from './command-failure.js';
import { buildProgram } from './program.js';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const program = await buildProgram('0.0.0');

interface NamedCommand {
  /** Such as `backup create`; empty for the program itself. */
  readonly name: string;
  readonly command: Command;
}

function everyCommand(command: Command, name: string): readonly NamedCommand[] {
  const below = command.commands.flatMap((each) => everyCommand(each, `${name} ${each.name()}`.trim()));
  return [{ name, command }, ...below];
}

const all = everyCommand(program, '');
const leaves = all.filter(({ command }) => command.commands.length === 0);
const has = (command: Command, flag: string): boolean => command.options.some(({ long }) => long === flag);

/** Commands whose standard output is no list of results. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  serve: 'its log is JSON lines already',
  tail: 'writes the bytes of an object',
  cat: 'writes the bytes of an object',
  completion: 'writes a script for a shell',
  'config init': 'asks people on a terminal; "config set" is for programs',
};

/** Commands that change one thing, which their arguments name, or make something that is easily removed. */
const CHANGE_ONE_THING: readonly string[] = [
  ...['serve', 'append', 'migrate', 'mb', 'seal', 'convert', 'acl', 'tag', 'versions', 'config init', 'config set'],
  ...['user create', 'user delete', 'user enable', 'user disable', 'user join', 'user leave'],
  ...['access-key create', 'access-key enable', 'access-key disable', 'access-key delete'],
  ...['group create', 'group delete', 'role create', 'role update', 'role delete'],
  ...['policy create', 'policy update', 'policy delete', 'policy attach', 'policy detach'],
  ...['quota set', 'quota delete', 'root rotate', 'root end-overlap', 'sts assume-role', 'sts revoke'],
  ...['key rotate', 'master-key reseal', 'scrub start', 'scrub stop', 'backup create'],
  // Without --repair it only looks, and --undo takes a repair back.
  'fsck',
];

const READ_ONLY: readonly string[] = [
  ...['tail', 'cat', 'stat', 'ls', 'du', 'sign', 'doctor', 'config show', 'completion', 'status'],
  ...['lifecycle', 'cors', 'bucket-policy', 'website', 'encryption', 'logging', 'referer'].map((name) => `${name} get`),
  ...['user list', 'user show', 'access-key list', 'group list', 'group show', 'role list', 'role show'],
  ...[
    'policy list',
    'policy show',
    'policy get',
    'sts identity',
    'sts revocations',
    'quota list',
    'quota show',
    'root show',
  ],
  ...['master-key show', 'audit verify', 'audit show', 'audit head', 'backup list', 'backup verify', 'scrub status'],
  // What it writes, it removes.
  'storage check',
];

describe('every command', () => {
  it('has --json, or a reason to have none', () => {
    const without = leaves.filter(({ command }) => !has(command, '--json')).map(({ name }) => name);
    expect(without.sort()).toEqual(Object.keys(WITHOUT_JSON).sort());
  });

  it('has --dry-run, only reads, or changes one thing', () => {
    const without = leaves.filter(({ command }) => !has(command, '--dry-run')).map(({ name }) => name);
    expect(without.sort()).toEqual([...CHANGE_ONE_THING, ...READ_ONLY].sort());
  });

  it('has a description that ends as a sentence', () => {
    const bad = all.filter(({ command }) => !/[.]$|[.]\n/.test(command.description()));
    expect(bad.map(({ name }) => name)).toEqual([]);
  });
});

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}

/** The command lines in the examples of a help: what stands behind `annals`. */
function examplesOf(command: Command): readonly (readonly string[])[] {
  const [, examples = ''] = helpOf(command).split(/\nExamples?:\n/);
  const lines = examples.split('\n').filter((line) => line.startsWith('  '));
  return lines.flatMap((line) =>
    [...line.matchAll(/\bannals ((?:"[^"]*"|'[^']*'|[^|>)])*)/g)].map(([, text]) => words(text)),
  );
}

/** Words as a shell divides them, without what stands for other things there. */
function words(text = ''): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

test.each(all.map(({ name, command }) => [name, command] as const))(
  'annals %s --help has examples',
  (name, command) => {
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(example.join(' ')).toMatch(new RegExp(`^${name}`));
      let used = program;
      const rest = [...example];
      for (;;) {
        const below = used.commands.find((each) => each.name() === rest[0]);
        if (below === undefined) break;
        used = below;
        rest.shift();
      }
      const { operands, unknown } = used.parseOptions(rest);
      expect(unknown, example.join(' ')).toEqual([]);
      const required = used.registeredArguments.filter((argument) => argument.required).length;
      const isVariadic = used.registeredArguments.some((argument) => argument.variadic);
      expect(operands.length, example.join(' ')).toBeGreaterThanOrEqual(required);
      if (!isVariadic) expect(operands.length, example.join(' ')).toBeLessThanOrEqual(used.registeredArguments.length);
    }
  },
);

describe('docs/cli.md', () => {
  it('has every command', () => {
    const [, table = ''] = page.split('\n## Commands\n');
    const names = program.commands.map((command) => command.name());
    expect(names.filter((name) => !new RegExp(`\`${name}\\b`).test(table.split('\n## ')[0] ?? ''))).toEqual([]);
  });

  it('has every exit code, and no other', () => {
    const [, table = ''] = page.split('\n## Exit codes\n');
    const codes = table.split('\n').flatMap((line) => /^\| ([0-9, ]+) \|/.exec(line)?.[1]?.split(', ') ?? []);
    expect(codes.map(Number)).toEqual([0, ...Object.values(EXIT_CODES), 130, 143]);
  });

  it('says which commands have no --json', () => {
    const [, section = ''] = page.split('\n## Output\n');
    const named = Object.keys(WITHOUT_JSON).filter((name) => section.includes(`\`${name}\``));
    expect(named).toEqual(Object.keys(WITHOUT_JSON));
  });
});
