/**
 * Notes calls, so that none is answered twice, and counts them, so that nobody fills the memory of nonces. The count is
 * of this process only: several gateways together let through as many times more. Leaves out where nonces are
 * remembered (`nonce-memory.ts`).
 */
import { LocalNonces, type NonceMemory } from './nonce-memory.js';
import { StsError } from './sts-error.js';

/** As the public service. */
const CALLS_PER_MINUTE_MAX = 6000;
const MINUTE_MS = 60_000;

/** What a memory may be told. */
export interface CallMemoryOptions {
  /** Calls of all identities of the account in a minute. */
  readonly callsPerMinuteMax?: number;
  /** Default: of this process, forgotten at its end. */
  readonly nonces?: NonceMemory;
}

/** The calls of the last minutes. */
export class CallMemory {
  readonly #keepMs: number;
  readonly #callsPerMinuteMax: number;
  readonly #nonces: NonceMemory;
  #minute = 0;
  #callCount = 0;

  /** @param keepMs How long a nonce could be used again: twice the clock skew allowed. */
  constructor(
    keepMs: number,
    { callsPerMinuteMax = CALLS_PER_MINUTE_MAX, nonces = new LocalNonces() }: CallMemoryOptions = {},
  ) {
    this.#keepMs = keepMs;
    this.#callsPerMinuteMax = callsPerMinuteMax;
    this.#nonces = nonces;
  }

  /**
   * Notes a call whose signature is right.
   * @throws {StsError} `SignatureNonceUsed`, `Throttling.User`.
   * @throws {EngineFailure} `unavailable`.
   */
  async note(accessKeyId: string, nonce: string, nowMs: number): Promise<void> {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#callCount = 0;
    }
    if (this.#callCount >= this.#callsPerMinuteMax) {
      const retryAfterSeconds = Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1000);
      throw new StsError('Throttling.User', { retryAfterSeconds });
    }
    this.#callCount += 1;
    // An access key id has no space in it.
    const isNew = await this.#nonces.use(`${accessKeyId} ${nonce}`, nowMs, nowMs + this.#keepMs);
    if (isNew) return;
    // A caller that repeats the requests of others uses up nothing of theirs.
    this.#callCount = Math.max(0, this.#callCount - 1);
    throw new StsError('SignatureNonceUsed');
  }
}
