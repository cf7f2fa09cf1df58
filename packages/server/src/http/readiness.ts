/**
 * Whether a server should get requests: its store answers, and still takes what it is given. Asked by `/-/readyz`, as
 * often as clients like; it writes to the disk only now and then.
 */
import { EngineFailure, type ObjectStore, type StoreMaintenance } from '@annals/store';
import type { Logger } from 'pino';
import type { StoragePlaces } from '../settings.js';

/** What a readiness is found out from. */
export interface ReadinessOptions {
  readonly store: Pick<ObjectStore, 'listBuckets'>;
  readonly maintenance: Pick<StoreMaintenance, 'checkWritable'>;
  readonly places: StoragePlaces;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Logger;
}

/**
 * How long a disk that took bytes counts as writable. A client that is refused during that time learns it from the
 * answer.
 */
const WRITABLE_MS = 10_000;

/** How long a disk that did not is believed not to. Short, because its server gets no requests in the meantime. */
const NOT_WRITABLE_MS = 1000;

type Unavailability = Extract<EngineFailure['reason'], { kind: 'unavailable' }>['because'];

const EXPLANATIONS: Readonly<Record<Unavailability, (place: string) => string>> = {
  closed: () => 'the store is closed',
  'disk-full': (place) => `${place} is full`,
  'read-only': (place) => `${place} is read-only`,
  'too-many-files': () => 'too many files are open',
  poisoned: () => 'a sync failed, and nothing is written any more before a restart',
  'input-output': (place) => `${place} fails`,
  unreachable: (place) => `${place} cannot be reached`,
  refused: (place) => `${place} refuses requests`,
  'too-many-connections': (place) => `${place} accepts no more connections`,
  'clock-wrong': (place) => `the clock of this machine is far from that of ${place}`,
  'outcome-unknown': (place) => `${place} did not answer in time`,
};

const ENGINES = ['blobs', 'rows'] as const;
type Engine = (typeof ENGINES)[number];

/** Remembers what the last write came to. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #checking: Promise<void> | undefined;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #failure: Error | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /**
   * Asks. Those who ask at once share one answer.
   * @throws {Error} Why the server should get no requests.
   */
  async check(): Promise<void> {
    try {
      await this.#options.store.listBuckets({ prefix: '', after: '', limit: 1 });
    } catch (error) {
      throw this.#explain(error, 'rows');
    }
    if (this.#isStale()) this.#checking ??= this.#checkWritable();
    await this.#checking;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #isStale(): boolean {
    const ageMs = this.#options.clock() - this.#checkedAtMs;
    // A clock that was set back must not make an answer last.
    return ageMs < 0 || ageMs >= (this.#failure === undefined ? WRITABLE_MS : NOT_WRITABLE_MS);
  }

  async #checkWritable(): Promise<void> {
    const { clock, log } = this.#options;
    const before = this.#failure;
    this.#failure = await this.#findFailure();
    if (this.#failure === undefined && before !== undefined) log.info('ready again: the store takes writes');
    if (this.#failure !== undefined && before === undefined) {
      log.error({ err: this.#failure.cause }, `not ready: ${this.#failure.message}`);
    }
    this.#checkedAtMs = clock();
    this.#checking = undefined;
  }

  async #findFailure(): Promise<Error | undefined> {
    for (const engine of ENGINES) {
      try {
        await this.#options.maintenance.checkWritable(engine);
      } catch (error) {
        return this.#explain(error, engine);
      }
    }
    return undefined;
  }

  /** The text goes to every client that asks, so it contains no paths, and no names of hosts and buckets. */
  #explain(error: unknown, engine: Engine): Error {
    const isKnown = error instanceof EngineFailure && error.reason.kind === 'unavailable';
    const place = this.#options.places[engine];
    return new Error(isKnown ? EXPLANATIONS[error.reason.because](place) : 'the store fails', { cause: error });
  }
}
