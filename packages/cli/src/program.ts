/**
 * The command line: the program around its commands, and how each way of failing ends. Leaves out which commands there
 * are (`command-table.ts`) and what they do (`commands/`).
 */
import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from './command-failure.js';
import { COMMANDS } from './command-table.js';
import { asksForJson, failureFacts, writeFailure } from './failure-report.js';

/** Builds the program with all of its commands; parsing throws instead of ending the process. */
export async function buildProgram(version: string): Promise<Command> {
  const program = emptyProgram(version);
  for (const { load } of COMMANDS) program.addCommand(await load());
  return withoutExits(program);
}

/** The program with the one command that is used; the others have their names and summaries only. */
async function programFor(version: string, words: readonly string[]): Promise<Command> {
  const program = emptyProgram(version);
  const [first, second] = words.filter((word) => !word.startsWith('-'));
  const wanted = first === 'help' ? second : first;
  // It writes down what every command has.
  if (wanted === 'completion') return buildProgram(version);
  for (const { name, summary, load } of COMMANDS) {
    program.addCommand(name === wanted ? await load() : new Command(name).summary(summary));
  }
  return withoutExits(program);
}

function emptyProgram(version: string): Command {
  return new Command('annals')
    .description(
      'An object store for data that keeps growing: a server that speaks the OSS protocol, and commands for any OSS server.',
    )
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      `
Which server, and whose keys: --endpoint, --access-key-id and other flags; then OSS_ENDPOINT, OSS_REGION,
OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET; then the profile file that "annals config" writes, or that of ossutil.

Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration, 3 not found, 4 denied, 5 no server answers,
70 a fault of the program.

Examples:
  annals serve --bucket logs
  annals append --follow-file app.log oss://logs/app.log
  annals tail -f oss://logs/app.log`,
    );
}

/** Commands below commands, too: one that was left out would end the process by itself, with a code of its own. */
function withoutExits(program: Command): Command {
  for (const command of everyCommand(program)) command.exitOverride().showHelpAfterError('(add --help for more)');
  return program;
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/**
 * Runs one command line.
 * @param words What stands behind `annals`.
 * @returns The exit code.
 */
export async function runProgram(version: string, words: readonly string[]): Promise<number> {
  const isJson = asksForJson(words);
  try {
    const program = await programFor(version, words);
    if (isJson) for (const command of everyCommand(program)) command.configureOutput({ writeErr: () => undefined });
    await program.parseAsync(words, { from: 'user' });
    // A command that did what it was asked may still have something to say by its exit code.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, isJson);
    const facts = failureFacts(error);
    writeFailure(facts, isJson);
    return facts.exitCode;
  }
}

/** Commander has printed its own message, except for programs; asking for help or the version is no failure. */
function endOfParsing({ exitCode, message }: CommanderError, isJson: boolean): number {
  if (exitCode === 0) return 0;
  if (isJson) writeFailure({ message: message.replace(/^error: /, ''), exitCode: EXIT_CODES.usage }, true);
  return EXIT_CODES.usage;
}
