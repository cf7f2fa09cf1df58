/**
 * Nonces that calls have used up, in the store, so that all gateways of the store know them. Leaves out what a nonce
 * belongs to (`../sts/call-memory.ts`).
 */
import { createHash } from 'node:crypto';
import type { KeyValueStore } from '@annals/store';
import { nonceExpiryRows, nonceRows } from './account-rows.js';

/** The clock of the gateway that forgets may be ahead of the one that will be asked. */
const CLOCK_MARGIN_MS = 1_800_000;
const FORGET_INTERVAL_MS = 60_000;
const FORGET_COUNT_MAX = 256;
/** Digits of a time in milliseconds until the year 5138: names of rows are in the order of time. */
const TIME_LENGTH = 14;

/**
 * In the store, for all its gateways: one conditional insert for a call. Rows that have expired are removed beside
 * later calls, so their number is bounded by the calls of the last minutes.
 */
export class StoredNonces {
  readonly #keyValues: KeyValueStore;
  readonly #onFailure: (error: unknown) => void;
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  #usedCount = 0;
  #forgetting: Promise<void> = Promise.resolve();

  /** @param onFailure Called when expired rows cannot be removed; a later call tries again. */
  constructor(keyValues: KeyValueStore, onFailure: (error: unknown) => void) {
    this.#keyValues = keyValues;
    this.#onFailure = onFailure;
  }

  /**
   * Uses a name up.
   * @param nowMs Milliseconds since 1970.
   * @param untilMs From when on it may be forgotten.
   * @returns False when it was used before.
   * @throws {EngineFailure} `unavailable`: whether it is used up now is not known.
   */
  async use(name: string, nowMs: number, untilMs: number): Promise<boolean> {
    const digest = createHash('sha256').update(name).digest('hex');
    const key = nonceRows.key(digest);
    const forgetAtMs = untilMs + CLOCK_MARGIN_MS;
    const expiry = `${String(forgetAtMs).padStart(TIME_LENGTH, '0')}-${digest}`;
    const { committed } = await this.#keyValues.commit({
      checks: [{ key, version: undefined }],
      puts: [
        { key, value: nonceRows.encode({ forgetAtMs }) },
        { key: nonceExpiryRows.key(expiry), value: nonceExpiryRows.encode({ forgetAtMs }) },
      ],
    });
    this.#usedCount += 1;
    if (nowMs - this.#forgotAtMs >= FORGET_INTERVAL_MS || this.#usedCount >= FORGET_COUNT_MAX / 2) {
      this.#forgotAtMs = nowMs;
      this.#usedCount = 0;
      this.#forgetting = this.#forgetting.then(() => this.#forget(nowMs)).catch(this.#onFailure);
    }
    return committed;
  }

  /** Waits until what it does beside calls has ended. */
  settled(): Promise<void> {
    return this.#forgetting;
  }

  async #forget(nowMs: number): Promise<void> {
    const rows = await this.#keyValues.list({ ...nonceExpiryRows.range({ limit: FORGET_COUNT_MAX }) });
    const names = rows
      .map(({ key }) => nonceExpiryRows.nameOf(key))
      .filter((name) => Number(name.split('-')[0]) <= nowMs);
    if (names.length === 0) return;
    await this.#keyValues.commit({
      deletes: names.flatMap((name) => [nonceExpiryRows.key(name), nonceRows.key(name.slice(TIME_LENGTH + 1))]),
    });
  }
}
