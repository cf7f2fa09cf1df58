/** SIGHUP: reads the file of the root key pair again. A file that cannot be used leaves the pairs as they are. */
import type { AuditLog, OpenLog } from '@annals/server';
import type { Close } from './closing-stack.js';
import { operator } from './open-audit.js';
import type { OpenedRootKeys, RootKeyCheck } from './open-root-keys.js';

const RELOAD = { action: 'server.ReloadRootAccessKey', actor: operator() } as const;

/**
 * Listens from now on.
 * @param check Of the access key id that the file has now.
 * @returns What ends the listening; the signal is without effect from then on.
 */
export function watchReloadSignal(
  rootKeys: OpenedRootKeys,
  check: RootKeyCheck,
  audit: AuditLog,
  log: OpenLog['log'],
): Close {
  const { reload, ring } = rootKeys;
  let last: Promise<void> = Promise.resolve();
  const onSignal = (): void => {
    last = last.then(async () => {
      if (reload === undefined) {
        log.warn('SIGHUP: the root key pair comes from the environment, which cannot be read again');
        return;
      }
      try {
        const { sequence } = await audit.append({
          ...RELOAD,
          phase: 'intent',
          detail: { ...ring.describe(Date.now()) },
        });
        await reload(check).catch(async (error: unknown) => {
          await audit.append({ ...RELOAD, phase: 'outcome', intent: sequence, result: 'failed' });
          throw error;
        });
        const after = ring.describe(Date.now());
        await audit.append({ ...RELOAD, phase: 'outcome', intent: sequence, result: 'done', detail: { ...after } });
        log.info(after, 'SIGHUP: the root key pair was read again');
      } catch (error) {
        log.error({ err: error }, 'SIGHUP: the root key pair could not be read again and recorded');
      }
    });
  };
  process.on('SIGHUP', onSignal);
  return () => last;
}
