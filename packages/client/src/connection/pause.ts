/** Waits between attempts. */
import type { RetryOptions } from '../client-options.js';

const DELAY_MS_DEFAULT = 200;
const DELAY_MS_MAX_DEFAULT = 20_000;

/**
 * How long to wait before the next attempt: anything up to a bound that doubles, so that clients that failed together
 * do not come back together. A server that says when to come back is believed, within the bound.
 * @param failedCount Attempts that have failed so far, 1 or more.
 * @param random From 0 up to 1.
 * @param retryAfterMs What the server asked for.
 */
export function retryDelayMs(
  { delayMs = DELAY_MS_DEFAULT, delayMsMax = DELAY_MS_MAX_DEFAULT }: RetryOptions,
  failedCount: number,
  random: () => number,
  retryAfterMs = 0,
): number {
  const boundMs = Math.min(delayMsMax, delayMs * 2 ** Math.min(failedCount - 1, 30));
  return Math.max(Math.min(retryAfterMs, delayMsMax), random() * boundMs);
}

/** Resolves after a time, or as soon as `signal` fires. */
export function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const timer = setTimeout(finish, durationMs);
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    }
    signal?.addEventListener('abort', finish);
  });
}
