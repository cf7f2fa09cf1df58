/**
 * The right to do one kind of work, which one gateway at a time has. No clocks are compared: a gateway takes a lease
 * that nobody holds, or whose row has not changed while its own clock ran for the whole time-out. What was begun by a
 * former holder cannot be committed any more: each commit checks the row of the term, which changes with the holder.
 * Leaves out what is done under it.
 */

import type {
  KeyValueCheck,
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueStore,
  KeyValueVersion,
} from '../../contract/key-value-store.js';
import { withCommit } from '../../key-value/with-commit.js';
import { decodeLease, decodeTerm, encodeGatewayRow, leaseKey, termKey } from '../records/gateway-rows.js';
import { StoreFailure } from '../store-failure.js';

/** What a lease works with. */
export interface LeaseServices {
  readonly keyValues: KeyValueStore;
  /** Changes when others took this gateway for gone. */
  readonly gatewayId: () => string;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
  readonly intervalMs: number;
  readonly goneAfterMs: number;
}

/** Of the time after which others take a lease away: its holder stops before. */
const HOLD_SHARE = 2 / 3;
/** The holder renews once in an interval, so the second attempt nearly always succeeds. */
const SEIZE_COUNT_MAX = 10;

interface Held {
  readonly gatewayId: string;
  readonly beat: number;
  readonly leaseVersion: KeyValueVersion;
  readonly termVersion: KeyValueVersion;
  /** When the commit that took or renewed it was begun. */
  readonly sinceMs: number;
}

/** One lease, as one gateway sees it. */
export class Lease {
  readonly #name: string;
  readonly #services: LeaseServices;
  #held: Held | undefined;
  /** The row as it was seen last, and since when. */
  #seen: { readonly version: KeyValueVersion; readonly sinceMs: number } | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, services: LeaseServices) {
    this.#name = name;
    this.#services = services;
  }

  /** Whether this gateway may work under it now. */
  get isHeld(): boolean {
    return this.#stillHeld() !== undefined;
  }

  /**
   * Takes or renews the lease where that is due; otherwise it asks nobody.
   * @returns Whether this gateway holds it.
   * @throws {EngineFailure} `unavailable`.
   */
  hold(): Promise<boolean> {
    return this.#inTurn(() => this.#hold());
  }

  /**
   * Takes the lease at once, also from a gateway that has it: that one notices within an interval, and commits nothing
   * under it from now on.
   * @throws {StoreFailure} `contended`: others took or renewed it again and again meanwhile.
   * @throws {EngineFailure} `unavailable`.
   */
  seize(): Promise<void> {
    return this.#inTurn(async () => {
      for (let attempt = 0; attempt < SEIZE_COUNT_MAX; attempt += 1) {
        const held = this.#stillHeld();
        if (held !== undefined && (await this.#renew(held))) return;
        const row = await this.#services.keyValues.get(leaseKey(this.#name));
        if (await this.#take(row?.version, row === undefined ? 0 : decodeLease(row).beat)) return;
      }
      throw new StoreFailure({ kind: 'contended' });
    });
  }

  /** Renews the lease when it is held and half of the interval is over. @throws {EngineFailure} `unavailable`. */
  renew(): Promise<boolean> {
    return this.#inTurn(async () => {
      const held = this.#stillHeld();
      return held !== undefined && this.#renew(held);
    });
  }

  /** Lets another gateway take it at once. @throws {EngineFailure} `unavailable`. */
  giveBack(): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.#held;
      this.#held = undefined;
      if (held === undefined) return;
      const key = leaseKey(this.#name);
      await this.#services.keyValues.commit({ checks: [{ key, version: held.leaseVersion }], deletes: [key] });
    });
  }

  /**
   * @returns A store whose commits take effect only while this gateway holds the lease.
   * @throws {StoreFailure} `contended`, from `commit`, when it does not any more.
   */
  fence(keyValues: KeyValueStore): KeyValueStore {
    return withCommit(keyValues, (commit) => this.#commit(keyValues, commit));
  }

  async #commit(keyValues: KeyValueStore, commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    const held = this.#stillHeld();
    if (held === undefined) throw new StoreFailure({ kind: 'contended' });
    const fence: KeyValueCheck = { key: termKey(this.#name), version: held.termVersion };
    const outcome = await keyValues.commit({ ...commit, checks: [...(commit.checks ?? []), fence] });
    if (outcome.committed) return outcome;
    const term = await keyValues.get(fence.key);
    if (term?.version !== held.termVersion) {
      if (this.#held?.termVersion === held.termVersion) this.#held = undefined;
      throw new StoreFailure({ kind: 'contended' });
    }
    return outcome;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #stillHeld(): Held | undefined {
    const { elapsedMs, goneAfterMs, gatewayId } = this.#services;
    const held = this.#held;
    if (held === undefined || held.gatewayId !== gatewayId()) return undefined;
    return elapsedMs() - held.sinceMs < goneAfterMs * HOLD_SHARE ? held : undefined;
  }

  async #hold(): Promise<boolean> {
    const held = this.#stillHeld();
    if (held !== undefined) return this.#renew(held);
    const { elapsedMs, intervalMs, goneAfterMs, keyValues } = this.#services;
    const nowMs = elapsedMs();
    if (nowMs - this.#lookedAtMs < intervalMs) return false;
    this.#lookedAtMs = nowMs;
    const row = await keyValues.get(leaseKey(this.#name));
    if (row !== undefined && row.version !== this.#seen?.version) {
      this.#seen = { version: row.version, sinceMs: elapsedMs() };
      return false;
    }
    if (row !== undefined && elapsedMs() - (this.#seen?.sinceMs ?? 0) < goneAfterMs) return false;
    return this.#take(row?.version, row === undefined ? 0 : decodeLease(row).beat);
  }

  async #take(leaseVersion: KeyValueVersion | undefined, beat: number): Promise<boolean> {
    const { keyValues, elapsedMs } = this.#services;
    const gatewayId = this.#services.gatewayId();
    const lease = leaseKey(this.#name);
    const term = termKey(this.#name);
    const sinceMs = elapsedMs();
    const termRow = await keyValues.get(term);
    const outcome = await keyValues.commit({
      checks: [
        { key: lease, version: leaseVersion },
        { key: term, version: termRow?.version },
      ],
      puts: [
        { key: lease, value: encodeGatewayRow({ gatewayId, beat: beat + 1 }) },
        { key: term, value: encodeGatewayRow({ term: decodeTerm(termRow) + 1 }) },
      ],
    });
    if (!outcome.committed) return false;
    this.#held = {
      gatewayId,
      beat: beat + 1,
      leaseVersion: outcome.version,
      termVersion: outcome.version,
      sinceMs,
    };
    return true;
  }

  async #renew(held: Held): Promise<boolean> {
    const { keyValues, elapsedMs, intervalMs } = this.#services;
    const sinceMs = elapsedMs();
    if (sinceMs - held.sinceMs < intervalMs / 2) return true;
    const key = leaseKey(this.#name);
    const beat = held.beat + 1;
    const outcome = await keyValues.commit({
      checks: [{ key, version: held.leaseVersion }],
      puts: [{ key, value: encodeGatewayRow({ gatewayId: held.gatewayId, beat }) }],
    });
    this.#held = outcome.committed ? { ...held, beat, leaseVersion: outcome.version, sinceMs } : undefined;
    return outcome.committed;
  }
}
