/** Where commands keep what outlives them: below `annals` in the user's folder of states. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for one source and one target of `annals append`.
 * @param identity What tells it from all others: endpoint, bucket, key, path.
 */
export function appendStateFolder(identity: readonly string[], environment: NodeJS.ProcessEnv = process.env): string {
  return join(stateBase(environment), 'append', digestOf(identity));
}

/**
 * The file that one upload of `cp`, `mv` or `sync` notes its parts in. It is there only while an upload in parts is
 * under way or interrupted, so many small files leave nothing behind.
 * @param identity What tells it from all others: endpoint, target, path.
 */
export function uploadRecordPath(identity: readonly string[], environment: NodeJS.ProcessEnv = process.env): string {
  return join(stateBase(environment), 'uploads', `${digestOf(identity)}.json`);
}

function stateBase(environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_STATE_HOME || join(environment.HOME || homedir(), '.local', 'state'), 'annals');
}

function digestOf(identity: readonly string[]): string {
  return createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 32);
}
