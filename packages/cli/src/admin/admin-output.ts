/** Prints answers of the admin API: for people one line each, with `--json` as they are. */
import { Command } from 'commander';
import { z } from 'zod';
import { type ConnectionOptions, withConnectionOptions } from '../connect.js';
import { writeOutput } from '../terminal/standard-output.js';
import { callAdmin, requireKeyPair } from './admin-client.js';
import { type AdminAnswer, readPart } from './read-answer.js';

/** Options that all of these commands have. */
export interface AdminOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** A call of the API, as a command decides it. */
export interface AdminCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: readonly string[];
  readonly values?: object;
  /** What people see. Default: the rows of the answer. */
  readonly describe?: (answer: AdminAnswer) => string;
}

/**
 * Builds a command that makes one call.
 * @param call Decides it; without one it has done and said everything itself.
 */
export function adminCommand<Options extends AdminOptions>(
  usage: string,
  summary: string,
  call: (words: readonly string[], options: Options) => AdminCall | Promise<AdminCall | undefined>,
  configure: (command: Command) => Command = (command) => command,
): Command {
  const [name = '', ...words] = usage.split(' ');
  const command = withConnectionOptions(new Command(name))
    .summary(summary)
    .description(`${sentence(summary)}.`);
  for (const word of words) command.argument(word);
  command.option('--json', 'print the answer as JSON');
  return configure(command)
    .exitOverride()
    .action(async (...given: unknown[]) => {
      const options = given[words.length] as Options;
      const texts = given.slice(0, words.length).map(String);
      const decided = await call(texts, options);
      if (decided === undefined) return;
      const { method, path, values, describe = describeRows } = decided;
      const answer = await callAdmin(requireKeyPair(options), method, path, values);
      await writeOutput(options.json === true ? `${JSON.stringify(answer)}\n` : describe(answer));
      const { neverMatching } = answer;
      if (Array.isArray(neverMatching)) warnOfNeverMatching(neverMatching.join(', '));
    });
}

/** Warns the operator who puts a policy about actions that no request asks for. */
export function warnOfNeverMatching(actions: string): void {
  process.stderr.write(`Warning: no request asks for these, so they never match: ${actions}\n`);
}

/**
 * A command that only holds others.
 * @param examples For the help of each command: by its name, what stands behind `annals NAME COMMAND`.
 */
export function adminGroup(
  name: string,
  summary: string,
  commands: readonly Command[],
  examples: Readonly<Record<string, string>>,
): Command {
  const group = new Command(name)
    .summary(summary)
    .description(`${sentence(summary)}.`)
    .exitOverride();
  const lines: string[] = [];
  for (const command of commands) {
    const line = `  annals ${name} ${command.name()} ${examples[command.name()] ?? ''}`.trimEnd();
    lines.push(line);
    group.addCommand(command.addHelpText('after', `\nExample:\n${line}`));
  }
  return group.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One line per row of a list; one line per member of a single thing. */
export function describeRows({ requestId: _requestId, ...answer }: AdminAnswer): string {
  const [content] = Object.values(answer);
  if (Array.isArray(content))
    return content.map((row: unknown) => `${describeRow(readPart(row, 'row', rowSchema))}\n`).join('');
  if (typeof content !== 'object' || content === null) return content === undefined ? '' : `${String(content)}\n`;
  return Object.entries(content)
    .map(([name, value]) => `${name}: ${describeValue(name, value)}\n`)
    .join('');
}

const rowSchema = z.record(z.string(), z.unknown());

/** What tells one row from another. */
function describeRow(row: AdminAnswer): string {
  const { name, accessKeyId, uid, roleId, status, description, comment, displayName } = row;
  const note = [description, comment, displayName].find((text) => text !== undefined && text !== '');
  return [name ?? accessKeyId, uid ?? roleId, status, note].filter((part) => part !== undefined).join('  ');
}

function describeValue(name: string, value: unknown): string {
  if (name.endsWith('AtMs') && typeof value === 'number') return new Date(value).toISOString();
  return Array.isArray(value) ? value.join(', ') : String(value);
}
