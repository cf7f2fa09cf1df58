/**
 * Remembers the nonces of calls, so that none is answered twice, and counts calls, so that the memory stays bounded.
 * Of this process only, and only since its start: requests signed before are refused by their timestamp at the latest.
 */
import { StsError } from './sts-error.js';

/** As the public service. */
const CALLS_PER_MINUTE_MAX = 6000;
const MINUTE_MS = 60_000;

/** The calls of the last minutes. */
export class CallMemory {
  readonly #keepMs: number;
  readonly #callsPerMinuteMax: number;
  /** Nonce to the moment it may be forgotten; in the order of those moments. */
  readonly #nonces = new Map<string, number>();
  #minute = 0;
  #callCount = 0;

  /**
   * @param keepMs How long a nonce could be used again: twice the clock skew allowed.
   * @param callsPerMinuteMax Calls of all identities of the account.
   */
  constructor(keepMs: number, callsPerMinuteMax: number = CALLS_PER_MINUTE_MAX) {
    this.#keepMs = keepMs;
    this.#callsPerMinuteMax = callsPerMinuteMax;
  }

  /** How many nonces are remembered. */
  get size(): number {
    return this.#nonces.size;
  }

  /**
   * Notes a call whose signature is right.
   * @throws {StsError} `SignatureNonceUsed`, `Throttling.User`.
   */
  note(accessKeyId: string, nonce: string, nowMs: number): void {
    this.#forgetOld(nowMs);
    // An access key id has no space in it.
    const name = `${accessKeyId} ${nonce}`;
    if (this.#nonces.has(name)) throw new StsError('SignatureNonceUsed');
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
    this.#nonces.set(name, nowMs + this.#keepMs);
  }

  #forgetOld(nowMs: number): void {
    for (const [name, untilMs] of this.#nonces) {
      if (untilMs > nowMs) return;
      this.#nonces.delete(name);
    }
  }
}
