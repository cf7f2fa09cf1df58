/** `annals role`: roles that can be assumed for a while. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';
import { readPolicyFile } from '../admin/policy-file.js';
import { DURATION_FORM, parseDuration } from '../configuration/quantities.js';

interface RoleOptions extends AdminOptions {
  readonly trustPolicy?: string;
  readonly longest?: number;
  readonly description?: string;
}

/** Builds the command. */
export function roleCommand(): Command {
  return adminGroup(
    'role',
    'manage roles',
    [
      adminCommand('list', 'list the roles', () => ({ method: 'GET', path: ['roles'] })),
      adminCommand<RoleOptions>(
        'create <name>',
        'make a role',
        async ([name = ''], options) => ({ method: 'POST', path: ['roles', name], values: await roleValues(options) }),
        (command) => withRoleOptions(command, true),
      ),
      adminCommand('show <name>', 'show a role', ([name = '']) => ({ method: 'GET', path: ['roles', name] })),
      adminCommand<RoleOptions>(
        'update <name>',
        'change a role; sessions that exist keep their end',
        async ([name = ''], options) => ({ method: 'PUT', path: ['roles', name], values: await roleValues(options) }),
        (command) => withRoleOptions(command, false),
      ),
      adminCommand('delete <name>', 'delete a role; its sessions may do nothing any more', ([name = '']) => ({
        method: 'DELETE',
        path: ['roles', name],
      })),
    ],
    {
      create: 'uploader --trust-policy trust.json',
      show: 'uploader',
      update: 'uploader --longest 2h',
      delete: 'uploader',
    },
  );
}

function withRoleOptions(command: Command, isNew: boolean): Command {
  const trust = new Option(
    '--trust-policy <file>',
    'JSON file that says who may assume the role, or - for standard input',
  );
  return command
    .addOption(isNew ? trust.makeOptionMandatory() : trust)
    .addOption(new Option('--longest <duration>', 'longest session, 1h to 12h').argParser(readSeconds))
    .option('--description <text>', 'what it is for');
}

async function roleValues({ trustPolicy, longest, description }: RoleOptions): Promise<object> {
  return {
    ...(trustPolicy !== undefined && { trustPolicy: await readPolicyFile(trustPolicy) }),
    ...(longest !== undefined && { sessionSecondsMax: longest }),
    ...(description !== undefined && { description }),
  };
}

/**
 * Whole seconds; the server says which it takes.
 * @throws {InvalidArgumentError} It is no whole number of seconds.
 */
export function readSeconds(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs % 1000 !== 0) {
    throw new InvalidArgumentError(`expected ${DURATION_FORM}, in whole seconds.`);
  }
  return durationMs / 1000;
}
