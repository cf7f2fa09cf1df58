/**
 * Waits for room on a disk instead of failing: what another program, or the reader of a spool, gives back makes a full
 * disk usable again. Leaves out what is written.
 */
import { setTimeout as wait } from 'node:timers/promises';

const TRY_EVERY_MS = 1000;
const FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether the file system refused for lack of room, of the disk or of this user. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FULL_CODES.has(error.code);
}

/**
 * Does something again, once a second, while there is no room for it.
 * @param options.onFull Is told of each refusal.
 * @param options.stop Ends the waiting: then the refusal is thrown.
 * @throws What `work` throws for other reasons.
 */
export async function untilRoom<Result>(
  work: () => Promise<Result>,
  { onFull, stop }: { readonly onFull: (error: unknown) => void; readonly stop: AbortSignal },
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isFull(error) || stop.aborted) throw error;
      onFull(error);
    }
    await wait(TRY_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
