/** `annals master-key`: what secrets of users are sealed with. */
import type { Command } from 'commander';
import { adminCommand, adminGroup } from '../admin/admin-output.js';

/** Builds the command. */
export function masterKeyCommand(): Command {
  return adminGroup(
    'master-key',
    'manage what secrets of users are sealed with',
    [
      adminCommand(
        'show',
        'show the id of the master key in use, and of older ones that still open; never a key',
        () => ({
          method: 'GET',
          path: ['master-key'],
        }),
      ),
      adminCommand('reseal', 'seal with the newest master key what older ones have sealed; prints how many', () => ({
        method: 'POST',
        path: ['master-key', 'reseal'],
      })),
    ],
    {},
  );
}
