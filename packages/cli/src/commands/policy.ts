/** `annals policy`: named policies, and who has them; and the policy of a bucket, by its URL. */
import type { Command } from 'commander';
import { type AdminCall, type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';
import { readPolicyFile } from '../admin/policy-file.js';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { isOssUrl } from '../oss-url.js';
import { bucketPolicyOfPolicyCommands, removeBucketPolicy } from './bucket-documents.js';

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
  return adminGroup(
    'policy',
    'manage policies, and the policy of a bucket',
    [
      adminCommand('list', 'list the policies, those of the system first', () => ({
        method: 'GET',
        path: ['policies'],
      })),
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
      adminCommand(
        'delete <name-or-url>',
        'delete a policy that is not attached, or the policy of a bucket',
        async ([name = ''], options) => {
          if (!isOssUrl(name)) return { method: 'DELETE', path: ['policies', name] };
          await removeBucketPolicy(name, options);
          return undefined;
        },
      ),
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
      ...bucketPolicyOfPolicyCommands(),
    ],
    {
      create: 'camera camera.json',
      update: 'camera camera.json',
      show: 'camera',
      delete: 'camera',
      attach: 'camera --user camera-1',
      detach: 'camera --user camera-1',
      get: 'oss://logs',
      put: 'oss://logs bucket-policy.json',
    },
  );
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
