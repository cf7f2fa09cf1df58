/**
 * The key pairs of the root: the one in force, and after a rotation the one before it until its time is over. Leaves
 * out where they are kept: the program that starts the server decides that (`RootKeyKeeper`).
 */
import type { RandomBytes } from '@annals/store';
import { AccountFailure } from './account-failure.js';
import { randomText } from './account-names.js';

/** A pair that may do everything. */
export interface RootAccessKeyPair {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** All pairs of the root. */
export interface RootAccessKeys {
  readonly current: RootAccessKeyPair;
  /** Valid beside it for a while. */
  readonly previous?: RootAccessKeyPair & { readonly validUntilMs: number };
}

/** Keeps the pairs over restarts. */
export interface RootKeyKeeper {
  /** Resolves when the pairs are on the disk, all of them or none. */
  keep(keys: RootAccessKeys): Promise<void>;
}

/** Learns of pairs that are in force. Never rejects. */
export type RootKeyListener = (keys: RootAccessKeys) => Promise<void>;

/** What may be told of the pairs. */
export interface RootKeyDescription {
  readonly accessKeyId: string;
  readonly previous?: { readonly accessKeyId: string; readonly validUntilMs: number };
}

/** An overlap that is longer would be a second root key, not a rotation. */
const ROOT_OVERLAP_MS_MAX = 30 * 86_400_000;

const ACCESS_KEY_ID_RANDOM_LENGTH = 20;
const SECRET_LENGTH = 32;

/** The pairs in force. Rotations follow one another. */
export class RootKeyRing {
  readonly #keeper: RootKeyKeeper | undefined;
  #keys: RootAccessKeys;
  #last: Promise<unknown> = Promise.resolve();
  #tell: RootKeyListener = async () => undefined;

  /** @param keeper Without it the pairs are managed elsewhere and cannot be rotated here. */
  constructor(keys: RootAccessKeys, keeper?: RootKeyKeeper) {
    this.#keys = keys;
    this.#keeper = keeper;
  }

  /** @returns The secret of a pair that is in force. */
  secretOf(accessKeyId: string, nowMs: number): string | undefined {
    const { current, previous } = this.#keys;
    if (accessKeyId === current.accessKeyId) return current.accessKeySecret;
    if (previous === undefined || accessKeyId !== previous.accessKeyId) return undefined;
    return nowMs < previous.validUntilMs ? previous.accessKeySecret : undefined;
  }

  /** @returns The pairs without their secrets. */
  describe(nowMs: number): RootKeyDescription {
    const { current, previous } = this.#keys;
    const { accessKeyId } = current;
    if (previous === undefined || nowMs >= previous.validUntilMs) return { accessKeyId };
    return { accessKeyId, previous: { accessKeyId: previous.accessKeyId, validUntilMs: previous.validUntilMs } };
  }

  /** Takes over pairs that were changed outside the server. @returns When the listener knows them. */
  async replace(keys: RootAccessKeys): Promise<void> {
    this.#keys = keys;
    await this.#tell(keys);
  }

  /**
   * Tells of the pairs in force: now, and whenever they change. One listener at a time.
   * @param listener A rotation resolves after it.
   */
  watch(listener: RootKeyListener): Promise<void> {
    this.#tell = listener;
    return listener(this.#keys);
  }

  /**
   * Makes a new pair, which is in force when it is on the disk.
   * @param overlapMs How long the pair before stays valid; 0: not at all. A pair before that one ends now.
   * @throws {AccountFailure} `invalid-value`, or `not-managed` when the pair is not the server's own.
   */
  rotate(overlapMs: number, nowMs: number, random: RandomBytes): Promise<RootAccessKeys> {
    if (!Number.isSafeInteger(overlapMs) || overlapMs < 0 || overlapMs > ROOT_OVERLAP_MS_MAX) {
      const expected = `a whole number of milliseconds from 0 to ${ROOT_OVERLAP_MS_MAX}`;
      throw new AccountFailure({ kind: 'invalid-value', field: 'overlapMs', expected });
    }
    return this.#change((keys) => ({
      current: {
        accessKeyId: `AN${randomText(random, ACCESS_KEY_ID_RANDOM_LENGTH)}`,
        accessKeySecret: randomText(random, SECRET_LENGTH),
      },
      ...(overlapMs > 0 && { previous: { ...keys.current, validUntilMs: nowMs + overlapMs } }),
    }));
  }

  /** Ends the time of the pair before; none is no error. @throws {AccountFailure} `not-managed`. */
  endOverlap(): Promise<RootAccessKeys> {
    return this.#change(({ current }) => ({ current }));
  }

  #change(decide: (keys: RootAccessKeys) => RootAccessKeys): Promise<RootAccessKeys> {
    const keeper = this.#keeper;
    if (keeper === undefined) throw new AccountFailure({ kind: 'not-managed' });
    const changing = this.#last.then(async () => {
      const keys = decide(this.#keys);
      await keeper.keep(keys);
      this.#keys = keys;
      await this.#tell(keys);
      return keys;
    });
    this.#last = changing.catch(() => undefined);
    return changing;
  }
}
