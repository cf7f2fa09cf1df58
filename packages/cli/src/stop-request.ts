/**
 * The wish to stop: the first SIGINT or SIGTERM asks a command to finish what it has begun, a second one ends the
 * process at once. Leaves out what finishing means.
 */

/** 128 + the signal's number is what shells report of a process that a signal ended. */
const EXIT_CODES_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** Signals that ask for it. */
type StopSignal = keyof typeof EXIT_CODES_BY_SIGNAL;

/** Listens from its making on. */
export class StopRequest {
  readonly #asking = new AbortController();
  #signalName: StopSignal | undefined;

  /** @param onRepeated Is told of a second signal; the process ends behind it. */
  constructor(onRepeated: (signalName: string) => void) {
    for (const signalName of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signalName, () => {
        if (this.#signalName !== undefined) {
          onRepeated(signalName);
          process.exit(EXIT_CODES_BY_SIGNAL[signalName]);
        }
        this.#signalName = signalName;
        this.#asking.abort();
      });
    }
  }

  /** Fires at the first signal. */
  get signal(): AbortSignal {
    return this.#asking.signal;
  }

  /** The first signal; `undefined` before it. */
  get signalName(): string | undefined {
    return this.#signalName;
  }

  /** What a process ends with that could not do all it was asked before it was stopped. */
  get exitCode(): number {
    return EXIT_CODES_BY_SIGNAL[this.#signalName ?? 'SIGINT'];
  }
}
