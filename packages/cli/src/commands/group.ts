/** `annals group`: groups of users, who share policies. */
import type { Command } from 'commander';
import { type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';

interface GroupOptions extends AdminOptions {
  readonly comment?: string;
}

/** Builds the command. */
export function groupCommand(): Command {
  return adminGroup(
    'group',
    'manage groups of users',
    [
      adminCommand('list', 'list the groups', () => ({ method: 'GET', path: ['groups'] })),
      adminCommand<GroupOptions>(
        'create <name>',
        'make a group',
        ([name = ''], { comment }) => ({
          method: 'POST',
          path: ['groups', name],
          values: comment === undefined ? {} : { comment },
        }),
        (command) => command.option('--comment <text>', 'what it is for'),
      ),
      adminCommand('show <name>', 'show a group and who is in it', ([name = '']) => ({
        method: 'GET',
        path: ['groups', name],
      })),
      adminCommand('delete <name>', 'delete a group; its users stay', ([name = '']) => ({
        method: 'DELETE',
        path: ['groups', name],
      })),
    ],
    { create: "writers --comment 'All cameras'", show: 'writers', delete: 'writers' },
  );
}
