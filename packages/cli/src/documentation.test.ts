/**
 * `docs/configuration.md` says what the program does: every flag, setting, default and meaning in it is compared with
 * the source.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationSchema, describeSettings, type SettingDescription } from './configuration/schema.js';
import { buildProgram } from './program.js';
import { ROOT_ACCESS_KEY_ID_VARIABLE, ROOT_ACCESS_KEY_SECRET_VARIABLE } from './serve/root-access-key.js';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

/** The rows of the table under a heading, without its head. */
function rowsUnder(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2);
}

function settingRow({ name, flag, defaultText, meaning }: SettingDescription): string {
  const flagText =
    flag === undefined ? '' : `\`--${flag.name} ${flag.value}\`${flag.isRepeatable ? ', repeatable' : ''}`;
  return `| \`${name}\` | ${flagText} | ${defaultText === undefined ? '' : `\`${defaultText}\``} | ${meaning} |`;
}

const program = await buildProgram('0.0.0');

function commandOf(name: string): Command {
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (command === undefined) throw new Error(`There is no command ${name}`);
  return command;
}

describe('docs/configuration.md', () => {
  it('has one row per setting of the schema, and no other', () => {
    expect(rowsUnder('Settings of the server')).toEqual(describeSettings().map(settingRow));
  });

  it('every setting has a meaning', () => {
    expect(describeSettings().filter(({ meaning }) => meaning === '')).toEqual([]);
  });

  it('has every flag of the server', () => {
    const flags = commandOf('serve').options.map((option) => option.long);
    expect(flags.filter((flag) => !page.includes(`\`${flag} `))).toEqual([]);
  });

  it('has every connection option with its variable and default', () => {
    const expected = commandOf('ls')
      .options.filter((option) => option.envVar !== undefined)
      .map((option) => {
        const defaultText = option.defaultValue === undefined ? '' : `\`${option.defaultValue}\``;
        return `| \`${option.envVar}\` | \`${option.long}\` | ${defaultText} | `;
      });
    const rows = rowsUnder('Connection of the client commands');
    expect(expected.filter((beginning) => !rows.some((row) => row.startsWith(beginning)))).toEqual([]);
    expect(rows).toHaveLength(expected.length);
  });

  it('has the variables of the root key pair', () => {
    const rows = rowsUnder('Root key pair');
    expect(rows.map((row) => row.split('`')[1])).toEqual([
      ROOT_ACCESS_KEY_ID_VARIABLE,
      ROOT_ACCESS_KEY_SECRET_VARIABLE,
    ]);
  });

  it('has an example file that is accepted', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1];
    expect(configurationSchema.safeParse(parse(example ?? ''))).toMatchObject({ success: true });
    expect(example).toContain('appendable:');
  });
});
