/**
 * The command line: which commands there are, and how each way of failing ends. Leaves out what the commands do
 * (`commands/`).
 */
import { AnnalsError } from '@annals/client';
import { Command, CommanderError } from 'commander';
import { CommandFailure, describeError, EXIT_CODES } from './command-failure.js';
import { accessKeyCommand } from './commands/access-key.js';
import { appendCommand } from './commands/append.js';
import { auditCommand } from './commands/audit.js';
import { backupCommand } from './commands/backup.js';
import { catCommand } from './commands/cat.js';
import { fsckCommand } from './commands/fsck.js';
import { groupCommand } from './commands/group.js';
import { keyCommand } from './commands/key.js';
import { lsCommand } from './commands/ls.js';
import { masterKeyCommand } from './commands/master-key.js';
import { mbCommand } from './commands/mb.js';
import { policyCommand } from './commands/policy.js';
import { quotaCommand } from './commands/quota.js';
import { restoreCommand } from './commands/restore.js';
import { roleCommand } from './commands/role.js';
import { rootCommand } from './commands/root.js';
import { scrubCommand } from './commands/scrub.js';
import { serveCommand } from './commands/serve.js';
import { statCommand } from './commands/stat.js';
import { statusCommand } from './commands/status.js';
import { stsCommand } from './commands/sts.js';
import { userCommand } from './commands/user.js';

/** Builds the program; parsing throws instead of ending the process. */
export function buildProgram(version: string): Command {
  const program = new Command('annals')
    .description(
      'An object store for data that keeps growing: a server that speaks the OSS protocol, and commands for any OSS server.',
    )
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .addHelpText(
      'after',
      `
Environment of the commands that talk to a server:
  OSS_ENDPOINT, OSS_REGION, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET

Examples:
  annals serve --bucket logs
  tail -f app.log | annals append - oss://logs/app.log
  annals cat --follow oss://logs/app.log`,
    );
  for (const build of [
    serveCommand,
    fsckCommand,
    scrubCommand,
    statusCommand,
    appendCommand,
    catCommand,
    statCommand,
    lsCommand,
    mbCommand,
    keyCommand,
    userCommand,
    accessKeyCommand,
    groupCommand,
    roleCommand,
    policyCommand,
    stsCommand,
    masterKeyCommand,
    backupCommand,
    restoreCommand,
    rootCommand,
    auditCommand,
    quotaCommand,
  ]) {
    program.addCommand(build());
  }
  for (const command of everyCommand(program)) command.exitOverride();
  return program;
}

/** Commands below commands, too: one that was left out would end the process by itself, with a code of its own. */
function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/**
 * Runs one command line.
 * @param words What stands behind `annals`.
 * @returns The exit code.
 */
export async function runProgram(version: string, words: readonly string[]): Promise<number> {
  try {
    await buildProgram(version).parseAsync(words, { from: 'user' });
    // A command that did what it was asked may still have something to say by its exit code.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own message; asking for help or the version is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    if (error instanceof CommandFailure) {
      process.stderr.write(`annals: ${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof AnnalsError) {
      process.stderr.write(`annals: ${describeError(error)}\n`);
      return error.code === 'InvalidInput' ? EXIT_CODES.usage : EXIT_CODES.failed;
    }
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(`annals: internal error: ${stack ?? describeError(error)}\n`);
    return EXIT_CODES.internal;
  }
}
