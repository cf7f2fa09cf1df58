/**
 * This process as one of several that have a store open: its presence, its leases, and what they say about the garbage
 * of all. Gives a sign of life at each interval while it is open.
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import { completeGatewaySettings, type GatewaySettings } from './gateway-settings.js';
import { Lease } from './lease.js';
import { type GatewayUse, Presence } from './presence.js';
import { SweepableContents } from './sweepable-contents.js';

/** Work that one gateway at a time does. */
export type LeaseName = 'sweep' | 'compact' | 'lifecycle' | 'scrub';

/** What a gateway works with. */
export interface GatewayServices {
  readonly keyValues: KeyValueStore;
  readonly settings: GatewaySettings;
  /** @returns 32 hex digits, new each time. */
  readonly newGatewayId: () => string;
  readonly use: (seenEpoch: number, longReaderMs: number) => GatewayUse;
}

/** One of the processes that have a store open. */
export class Gateway {
  readonly #keyValues: KeyValueStore;
  readonly #settings: Required<GatewaySettings>;
  readonly #presence: Presence;
  readonly #sweepable: SweepableContents;
  readonly #leases = new Map<LeaseName, Lease>();
  #isOpen = false;
  #cancel: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();

  /** @throws {RangeError} A setting is out of range. */
  constructor({ keyValues, settings, newGatewayId, use }: GatewayServices) {
    this.#keyValues = keyValues;
    this.#settings = completeGatewaySettings(settings);
    const { elapsedMs, goneAfterMs, longReaderMs, onTakenForGone } = this.#settings;
    this.#presence = new Presence({
      keyValues,
      newGatewayId,
      elapsedMs,
      goneAfterMs,
      use: (seenEpoch) => use(seenEpoch, longReaderMs),
      onTakenForGone,
    });
    this.#sweepable = new SweepableContents(this.#presence);
  }

  /** The epoch that readers belong to which begin now. */
  get seenEpoch(): number {
    return this.#presence.seenEpoch;
  }

  /** Milliseconds of the clock of this gateway, which only goes forward. */
  elapsedMs(): number {
    return this.#settings.elapsedMs();
  }

  get tombstoneMs(): number {
    return this.#settings.tombstoneMs;
  }

  /** Whether a reader of some gateway may have the content open, as far as is known. */
  mayBeRead(contentId: ContentId): boolean {
    return this.#sweepable.holds(contentId);
  }

  /** Whether the content is garbage, and readers of some gateway are waited for before it may go. */
  isAwaited(contentId: ContentId): boolean {
    return this.#sweepable.isAwaited(contentId);
  }

  /** @see SweepableContents.advance */
  advanceSweep(keyValues: KeyValueStore, isSettled: boolean): Promise<boolean> {
    return this.#sweepable.advance(keyValues, isSettled);
  }

  /** Blobs that long uploads of some gateway are about to publish. @throws {EngineFailure} `unavailable`, `corrupt`. */
  async heldBlobs(): Promise<ReadonlySet<BlobId>> {
    return (await this.#presence.useOfAll()).heldBlobIds;
  }

  /** The lease of this name, as this gateway sees it. */
  lease(name: LeaseName): Lease {
    const known = this.#leases.get(name);
    if (known !== undefined) return known;
    const { elapsedMs, intervalMs, goneAfterMs } = this.#settings;
    const lease = new Lease(name, {
      keyValues: this.#keyValues,
      gatewayId: () => this.#presence.gatewayId,
      elapsedMs,
      intervalMs,
      goneAfterMs,
    });
    this.#leases.set(name, lease);
    return lease;
  }

  /** Says that this gateway is there. Nothing is read for a client before. @throws {EngineFailure} `unavailable`. */
  async open(): Promise<void> {
    await this.#presence.enter();
    this.#isOpen = true;
    this.#schedule();
  }

  /** One sign of life, for the gateway and for the leases that it holds. @throws {EngineFailure} `unavailable`. */
  async beat(): Promise<void> {
    await this.#presence.round();
    for (const lease of this.#leases.values()) await lease.renew();
  }

  /** Gives everything back, so that the others need not wait. Failures are told, not thrown. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cancel();
    await this.#round;
    for (const lease of this.#leases.values()) await this.#attempt(() => lease.giveBack());
    await this.#attempt(() => this.#presence.leave());
  }

  #schedule(): void {
    if (!this.#isOpen) return;
    this.#cancel = this.#settings.timer(() => {
      this.#round = this.#attempt(() => this.beat()).then(() => this.#schedule());
    }, this.#settings.intervalMs);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#settings.onFailure(error);
    }
  }
}
