/** `annals user`: the users of an account. */
import type { Command } from 'commander';
import { type AdminOptions, adminCommand, adminGroup } from '../admin/admin-output.js';

interface UserOptions extends AdminOptions {
  readonly displayName?: string;
}

/** Builds the command. */
export function userCommand(): Command {
  return adminGroup(
    'user',
    'manage users',
    [
      adminCommand('list', 'list the users', () => ({ method: 'GET', path: ['users'] })),
      adminCommand<UserOptions>(
        'create <name>',
        'make a user, who may do nothing until a policy says so',
        ([name = ''], { displayName }) => ({
          method: 'POST',
          path: ['users', name],
          values: displayName === undefined ? {} : { displayName },
        }),
        (command) => command.option('--display-name <text>', 'what people call it'),
      ),
      adminCommand('show <name>', 'show a user', ([name = '']) => ({ method: 'GET', path: ['users', name] })),
      adminCommand('delete <name>', 'delete a user with its access keys', ([name = '']) => ({
        method: 'DELETE',
        path: ['users', name],
      })),
      adminCommand('enable <name>', 'switch a user on', ([name = '']) => ({
        method: 'PUT',
        path: ['users', name],
        values: { status: 'active' },
      })),
      adminCommand('disable <name>', 'switch a user off', ([name = '']) => ({
        method: 'PUT',
        path: ['users', name],
        values: { status: 'inactive' },
      })),
      adminCommand('join <name> <group>', 'put a user into a group', ([name = '', group = '']) => ({
        method: 'PUT',
        path: ['users', name, 'groups', group],
      })),
      adminCommand('leave <name> <group>', 'take a user out of a group', ([name = '', group = '']) => ({
        method: 'DELETE',
        path: ['users', name, 'groups', group],
      })),
    ],
    {
      create: "camera-1 --display-name 'Front door'",
      show: 'camera-1',
      delete: 'camera-1',
      enable: 'camera-1',
      disable: 'camera-1',
      join: 'camera-1 writers',
      leave: 'camera-1 writers',
    },
  );
}
