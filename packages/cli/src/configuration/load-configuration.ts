/**
 * Puts flags and file together and checks the whole, so that every problem is told at once.
 * Leaves out what the settings mean (`schema.ts`).
 */
import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';
import { closestName } from './closest-name.js';
import { withPreset } from './presets.js';
import { type Configuration, configurationSchema, describeSettings } from './schema.js';

/** Values as flags gave them, by setting. */
export type FlagValues = Readonly<Partial<Record<keyof Configuration, string | readonly string[]>>>;

/**
 * Loads a configuration; flags win over the file.
 * @param flags What the command line says.
 * @param configurationPath YAML or JSON; `undefined` for none.
 * @param otherProblems Problems found elsewhere, to be told with the rest.
 * @throws {CommandFailure} Exit code 2, with one line per problem.
 */
export function loadConfiguration(
  flags: FlagValues,
  configurationPath: string | undefined,
  otherProblems: readonly string[] = [],
): Configuration {
  const problems = [...otherProblems];
  const file = configurationPath === undefined ? {} : readConfigurationFile(configurationPath, problems);
  const checked = configurationSchema.safeParse(withPreset({ ...file, ...flags }), { reportInput: true });
  if (!checked.success) {
    for (const issue of checked.error.issues) {
      const [topLevelName] = issue.path;
      const isFlag = typeof topLevelName === 'string' && topLevelName in flags;
      problems.push(...describeIssue(issue, isFlag ? '--' : `${configurationPath}: `));
    }
  }
  if (!checked.success || problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new CommandFailure(
      `Cannot use the configuration, ${count}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
      {
        exitCode: EXIT_CODES.usage,
      },
    );
  }
  return checked.data;
}

function readConfigurationFile(path: string, problems: string[]): Record<string, unknown> {
  let content: unknown;
  try {
    // JSON is YAML, so one parser reads both.
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const [reason] = describeError(error).split('\n');
    problems.push(error instanceof YAMLParseError ? `${path}: ${reason}` : `--config: cannot read ${path}: ${reason}`);
    return {};
  }
  if (typeof content === 'object' && !Array.isArray(content)) return { ...content };
  problems.push(`${path}: expected settings by name, such as "port: 9000"`);
  return {};
}

function describeIssue(issue: z.core.$ZodIssue, origin: string): string[] {
  const prefix = issue.path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${String(segment)}`))
    .join('');
  const name = prefix.replace(/^\./, '');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const full = name === '' ? key : `${name}.${key}`;
      const meant = closestName(
        full,
        describeSettings().map((setting) => setting.name),
      );
      return `${origin}${full}: unknown setting${meant === undefined ? '' : `, did you mean "${meant}"?`}`;
    });
  }
  const given = 'input' in issue && issue.input !== undefined ? `, got ${JSON.stringify(issue.input)}` : '';
  return [`${origin}${name}: ${issue.message}${given}`];
}
