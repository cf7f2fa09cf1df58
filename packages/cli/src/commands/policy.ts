/** `annals policy`: named policies, and who has them. */
import type { Command } from 'commander';
import { type AdminCall, type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';
import { readPolicyFile } from '../admin/policy-file.js';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';

interface PolicyOptions extends AdminOptions {
  readonly description?: string;
}

interface TargetOptions extends AdminOptions {
  readonly user?: string;
  readonly group?: string;
  readonly role?: string;
}

/** Builds the command. */
export function policyCommand(): Command {
  const withDescription = (command: Command) => command.option('--description <text>', 'what it is for');
  return adminGroup('policy', 'manage policies', [
    adminCommand('list', 'list the policies, those of the system first', () => ({ method: 'GET', path: ['policies'] })),
    adminCommand<PolicyOptions>(
      'create <name> <file>',
      'make a policy from a JSON file, or from standard input with -',
      (words, options) => policyCall('POST', words, options),
      withDescription,
    ),
    adminCommand<PolicyOptions>(
      'update <name> <file>',
      'replace the document of a policy',
      (words, options) => policyCall('PUT', words, options),
      withDescription,
    ),
    adminCommand('show <name>', 'show a policy', ([name = '']) => ({ method: 'GET', path: ['policies', name] })),
    adminCommand('delete <name>', 'delete a policy that is not attached', ([name = '']) => ({
      method: 'DELETE',
      path: ['policies', name],
    })),
    adminCommand<TargetOptions>(
      'attach <name>',
      'give a policy to a user, group or role',
      ([name = ''], options) => ({ method: 'PUT', path: [...targetPath(options), 'policies', name] }),
      withTarget,
    ),
    adminCommand<TargetOptions>(
      'detach <name>',
      'take a policy from a user, group or role',
      ([name = ''], options) => ({ method: 'DELETE', path: [...targetPath(options), 'policies', name] }),
      withTarget,
    ),
  ]);
}

async function policyCall(
  method: 'POST' | 'PUT',
  [name = '', file = '']: readonly string[],
  { description }: PolicyOptions,
): Promise<AdminCall> {
  const document = await readPolicyFile(file);
  return { method, path: ['policies', name], values: { document, ...(description !== undefined && { description }) } };
}

function withTarget(command: Command): Command {
  return command
    .option('--user <name>', 'the user')
    .option('--group <name>', 'the group')
    .option('--role <name>', 'the role');
}

function targetPath({ user, group, role }: TargetOptions): readonly string[] {
  const targets = Object.entries({ users: user, groups: group, roles: role }).filter(([, name]) => name !== undefined);
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new CommandFailure('Cannot choose what the policy belongs to: expected one of --user, --group and --role', {
      exitCode: EXIT_CODES.usage,
    });
  }
  return target as string[];
}
