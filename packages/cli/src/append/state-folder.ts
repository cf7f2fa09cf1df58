/** Where commands keep what outlives them: `annals/append` in the user's folder of states. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for one source and one target.
 * @param identity What tells it from all others: endpoint, bucket, key, path.
 */
export function appendStateFolder(identity: readonly string[], environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment.XDG_STATE_HOME || join(environment.HOME || homedir(), '.local', 'state');
  const name = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 32);
  return join(base, 'annals', 'append', name);
}
