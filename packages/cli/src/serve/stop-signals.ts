/** Waits for the signals that ask a server to stop. */

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** 128 + the signal's number is what shells report of a process that a signal ended. */
const EXIT_CODES_BY_SIGNAL = { SIGTERM: 143, SIGINT: 130 } as const;

/**
 * Listens from now on.
 * @param onRepeated Called with an exit code when a second signal comes, however long stopping takes by then.
 * @returns Resolves at the first signal.
 */
export function firstStopSignal(onRepeated: (exitCode: number) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let hasStopped = false;
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (hasStopped) onRepeated(EXIT_CODES_BY_SIGNAL[signal]);
        hasStopped = true;
        resolve(signal);
      });
    }
  });
}
