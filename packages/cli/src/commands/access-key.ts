/** `annals access-key`: the access keys of users. */
import type { Command } from 'commander';
import { adminCommand, adminGroup } from '../admin/admin-output.js';
import { keyPairSchema, readPart } from '../admin/read-answer.js';

/** Builds the command. */
export function accessKeyCommand(): Command {
  return adminGroup(
    'access-key',
    'manage access keys of users',
    [
      adminCommand('list <user>', 'list the access keys of a user', ([user = '']) => ({
        method: 'GET',
        path: ['users', user, 'access-keys'],
      })),
      adminCommand('create <user>', 'make an access key; its secret is shown only now', ([user = '']) => ({
        method: 'POST',
        path: ['users', user, 'access-keys'],
        describe({ accessKey }) {
          const { accessKeyId, accessKeySecret } = readPart(accessKey, 'accessKey', keyPairSchema);
          return `export OSS_ACCESS_KEY_ID=${accessKeyId}\nexport OSS_ACCESS_KEY_SECRET=${accessKeySecret}\n`;
        },
      })),
      adminCommand('enable <user> <id>', 'switch an access key on', ([user = '', id = '']) => ({
        method: 'PUT',
        path: ['users', user, 'access-keys', id],
        values: { status: 'active' },
      })),
      adminCommand('disable <user> <id>', 'switch an access key off', ([user = '', id = '']) => ({
        method: 'PUT',
        path: ['users', user, 'access-keys', id],
        values: { status: 'inactive' },
      })),
      adminCommand('delete <user> <id>', 'delete an access key', ([user = '', id = '']) => ({
        method: 'DELETE',
        path: ['users', user, 'access-keys', id],
      })),
    ],
    {
      list: 'camera-1',
      create: 'camera-1',
      enable: 'camera-1 AN0123456789',
      disable: 'camera-1 AN0123456789',
      delete: 'camera-1 AN0123456789',
    },
  );
}
