/**
 * Slows a stream down to a number of bytes per second, for `x-oss-traffic-limit`. One stream, one limit: sharing a limit between
 * requests is not what the header means.
 */

/** What throttling needs of the world, so that tests need not wait. */
export interface ThrottleClock {
  /** Milliseconds since any fixed moment, never going back. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** The clock and timer of the process. */
export const systemThrottleClock: ThrottleClock = {
  now: () => performance.now(),
  wait: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, durationMs);
      signal.addEventListener('abort', finish, { once: true });
    }),
};

/** Bytes handed on at most at once, as a share of a second: the bucket of the token bucket. */
const BURST_SECONDS = 0.1;

/**
 * Hands on a stream no faster than `bytesPerSecond` on average, with bursts of a tenth of a second.
 * @param source The stream; read only as fast as it is handed on.
 * @param bytesPerSecond Bytes per second, > 0.
 * @param signal When aborted, waiting ends and the rest passes unhindered: whoever reads is gone and will stop.
 */
export async function* throttleStream(
  source: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  signal: AbortSignal,
  clock: ThrottleClock = systemThrottleClock,
): AsyncGenerator<Uint8Array> {
  const burstLengthBytes = Math.max(1, Math.floor(bytesPerSecond * BURST_SECONDS));
  // Tokens may go into debt by one piece; the debt is waited off before the next piece leaves.
  let tokens = burstLengthBytes;
  let refilledAtMs = clock.now();
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += burstLengthBytes) {
      const piece = chunk.subarray(start, start + burstLengthBytes);
      const nowMs = clock.now();
      tokens = Math.min(burstLengthBytes, tokens + ((nowMs - refilledAtMs) * bytesPerSecond) / 1000);
      refilledAtMs = nowMs;
      if (tokens < piece.length) {
        await clock.wait(Math.ceil(((piece.length - tokens) * 1000) / bytesPerSecond), signal);
        const laterMs = clock.now();
        tokens = Math.min(burstLengthBytes, tokens + ((laterMs - refilledAtMs) * bytesPerSecond) / 1000);
        refilledAtMs = laterMs;
      }
      tokens -= piece.length;
      yield piece;
    }
  }
}
