/**
 * Which commands there are. A command is loaded when it is used: the server and its engines are large, and a shipper of
 * logs needs none of them. Leaves out what the commands do (`commands/`).
 */
import type { Command } from 'commander';

/** One command: what help says of it, and how it is loaded. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'serve',
    summary: 'start the server',
    load: async () => {
      // One after the other: Node opens all files of what is imported together at once, which few descriptors
      // (`ulimit -n 128`) do not allow.
      await import('zod');
      await import('yaml');
      await (await import('./serve/load-server.js')).loadPackage('@annals/protocol');
      return (await import('./commands/serve.js')).serveCommand();
    },
  },
  row('append', 'add a file, a growing file or standard input to an object', async () =>
    (await import('./commands/append.js')).appendCommand(),
  ),
  row('tail', 'write the end of an object, and with -f what is appended later', async () =>
    (await import('./commands/tail.js')).tailCommand(),
  ),
  row('cat', 'write an object to standard output', async () => (await import('./commands/cat.js')).catCommand()),
  row('stat', 'show what is known of an object', async () => (await import('./commands/stat.js')).statCommand()),
  row('ls', 'list buckets or objects', async () => (await import('./commands/ls.js')).lsCommand()),
  row('cp', 'copy files and objects, in either direction or within a server', async () =>
    (await import('./commands/cp.js')).cpCommand(),
  ),
  row('mv', 'move files and objects: copy them, then remove the source', async () =>
    (await import('./commands/cp.js')).mvCommand(),
  ),
  row('sync', 'make a target have what a source has', async () => (await import('./commands/sync.js')).syncCommand()),
  row('rm', 'remove objects', async () => (await import('./commands/rm.js')).rmCommand()),
  row('mb', 'make a bucket', async () => (await import('./commands/mb.js')).mbCommand()),
  row('rb', 'remove a bucket', async () => (await import('./commands/rm.js')).rbCommand()),
  row('du', 'add up what lies in a bucket or under a prefix', async () =>
    (await import('./commands/du.js')).duCommand(),
  ),
  row('seal', 'close an appendable object for good', async () =>
    (await import('./commands/object-actions.js')).sealCommand(),
  ),
  row('convert', 'change the type of an object in place (an extension of Annals)', async () =>
    (await import('./commands/object-actions.js')).convertCommand(),
  ),
  row('sign', 'print a URL that works without keys until a time', async () =>
    (await import('./commands/object-actions.js')).signCommand(),
  ),
  row('acl', 'show or change the ACL of a bucket or object', async () =>
    (await import('./commands/properties.js')).aclCommand(),
  ),
  row('tag', 'show or change the tags of a bucket or object', async () =>
    (await import('./commands/properties.js')).tagCommand(),
  ),
  row('versions', 'list versions, or turn the keeping of versions on and off', async () =>
    (await import('./commands/properties.js')).versionsCommand(),
  ),
  row('lifecycle', 'get, put or delete what expires or moves in a bucket, and when', async () =>
    (await import('./commands/bucket-documents.js')).lifecycleCommand(),
  ),
  row('cors', 'get, put or delete what pages of other origins may do with a bucket', async () =>
    (await import('./commands/bucket-documents.js')).corsCommand(),
  ),
  row('bucket-policy', 'get, put or delete who may do what with a bucket', async () =>
    (await import('./commands/bucket-documents.js')).bucketPolicyCommand(),
  ),
  row('website', 'get, put or delete how a bucket is served as a website', async () =>
    (await import('./commands/bucket-documents.js')).websiteCommand(),
  ),
  row('encryption', 'get, put or delete how objects are encrypted that say nothing of it', async () =>
    (await import('./commands/bucket-documents.js')).encryptionCommand(),
  ),
  row('logging', 'get, put or delete where the access log of a bucket goes', async () =>
    (await import('./commands/bucket-documents.js')).loggingCommand(),
  ),
  row('referer', 'get, put or delete which pages may lead to a bucket', async () =>
    (await import('./commands/bucket-documents.js')).refererCommand(),
  ),
  row('doctor', 'check a connection step by step, and say what to mend', async () =>
    (await import('./commands/doctor.js')).doctorCommand(),
  ),
  row('config', 'keep endpoint and keys in a profile file', async () =>
    (await import('./commands/config.js')).configCommand(),
  ),
  row('completion', 'print a script that completes commands and options in a shell', async () =>
    (await import('./commands/completion.js')).completionCommand(),
  ),
  row('status', 'show what the background work of a server owes, and what waits', async () =>
    (await import('./commands/status.js')).statusCommand(),
  ),
  row('user', 'manage users', async () => (await import('./commands/user.js')).userCommand()),
  row('access-key', 'manage access keys of users', async () =>
    (await import('./commands/access-key.js')).accessKeyCommand(),
  ),
  row('group', 'manage groups of users', async () => (await import('./commands/group.js')).groupCommand()),
  row('role', 'manage roles', async () => (await import('./commands/role.js')).roleCommand()),
  row('policy', 'manage policies, and the policy of a bucket', async () =>
    (await import('./commands/policy.js')).policyCommand(),
  ),
  row('sts', 'get and revoke temporary keys', async () => (await import('./commands/sts.js')).stsCommand()),
  row('quota', 'limit what buckets and users hold, and their requests and bytes a second', async () =>
    (await import('./commands/quota.js')).quotaCommand(),
  ),
  row('root', 'show and rotate the root key pair', async () => (await import('./commands/root.js')).rootCommand()),
  row('key', 'manage encryption keys', async () => (await import('./commands/key.js')).keyCommand()),
  row('master-key', 'manage what secrets of users are sealed with', async () =>
    (await import('./commands/master-key.js')).masterKeyCommand(),
  ),
  row('audit', 'show and check the audit log', async () => (await import('./commands/audit.js')).auditCommand()),
  row('backup', 'back up a store, and look after backups', async () =>
    (await import('./commands/backup.js')).backupCommand(),
  ),
  row('restore', 'make a data folder out of a backup', async () =>
    (await import('./commands/restore.js')).restoreCommand(),
  ),
  row('migrate', 'move a store between a data folder, a database and a bucket', async () =>
    (await import('./commands/migrate.js')).migrateCommand(),
  ),
  row('fsck', 'check a store', async () => (await import('./commands/fsck.js')).fsckCommand()),
  row('storage', 'examine where a store keeps its data', async () =>
    (await import('./commands/storage.js')).storageCommand(),
  ),
  row('scrub', 'control the scrub, which looks for damage', async () =>
    (await import('./commands/scrub.js')).scrubCommand(),
  ),
];

function row(name: string, summary: string, load: () => Promise<Command>): CommandRow {
  return { name, summary, load };
}
