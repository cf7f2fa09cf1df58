/**
 * The row of this gateway, and what the rows of the others say: which gateways are there, and how far back their
 * readers reach. No clocks are compared: a gateway is gone when its row has not changed while the clock of the observer
 * ran for the whole time-out. Leaves out what follows from that (`sweepable-contents.ts`).
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { KeyValueStore, KeyValueVersion } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import {
  decodeEpoch,
  decodePresence,
  encodeGatewayRow,
  epochKey,
  type PresenceRow,
  presenceKey,
  presenceRange,
} from '../records/gateway-rows.js';

/** What a gateway has in use: how far back its readers reach, and its long readers and uploads one by one. */
export type GatewayUse = Omit<PresenceRow, 'beat'>;

/** What all gateways together have in use. */
export interface UseOfAll {
  readonly oldestEpoch: number;
  readonly heldContentIds: ReadonlySet<ContentId>;
  readonly heldBlobIds: ReadonlySet<BlobId>;
}

/** What a presence works with. */
export interface PresenceServices {
  readonly keyValues: KeyValueStore;
  /** @returns 32 hex digits, new each time. */
  readonly newGatewayId: () => string;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
  readonly goneAfterMs: number;
  /** Asked before each writing of the row, with the epoch seen. */
  readonly use: (seenEpoch: number) => GatewayUse;
  readonly onTakenForGone: () => void;
}

const NOTHING_IN_USE: GatewayUse = { oldestEpoch: 0, heldContentIds: [], heldBlobIds: [] };
/** More gateways than one store will ever have. */
const GATEWAY_COUNT_MAX = 1000;

/** Of one gateway. */
export class Presence {
  readonly #services: PresenceServices;
  #gatewayId: string;
  #version: KeyValueVersion | undefined;
  #beat = 0;
  #seenEpoch = 0;
  #isThere = false;
  readonly #others = new Map<string, { readonly version: KeyValueVersion; readonly sinceMs: number }>();

  constructor(services: PresenceServices) {
    this.#services = services;
    this.#gatewayId = services.newGatewayId();
  }

  get gatewayId(): string {
    return this.#gatewayId;
  }

  /** The epoch that was read last; readers that begin now belong to it. */
  get seenEpoch(): number {
    return this.#seenEpoch;
  }

  /**
   * Says that this gateway is there. Nothing may be read for a client before it resolves.
   * @throws {EngineFailure} `unavailable`.
   */
  async enter(): Promise<void> {
    // With the first epoch there is: nothing is freed until the row says more. What is read after that is not older.
    await this.#write(NOTHING_IN_USE, undefined);
    await this.#readEpoch();
    this.#isThere = true;
  }

  /** A sign of life. @throws {EngineFailure} `unavailable`. */
  async round(): Promise<void> {
    const { use, newGatewayId, onTakenForGone } = this.#services;
    if (!(await this.#write(use(this.#seenEpoch), this.#version))) {
      // Others took this gateway for gone: what its readers read may have been freed, and they will be told so.
      onTakenForGone();
      this.#gatewayId = newGatewayId();
      await this.enter();
      return;
    }
    await this.#readEpoch();
  }

  /** Takes the row away: nobody waits for this gateway any more. Idempotent. @throws {EngineFailure} `unavailable`. */
  async leave(): Promise<void> {
    if (!this.#isThere) return;
    this.#isThere = false;
    await this.#services.keyValues.commit({ deletes: [presenceKey(this.#gatewayId)] });
  }

  /**
   * Looks at all gateways, and takes away the rows of those that are gone.
   * @returns What they have in use.
   * @throws {EngineFailure} `unavailable`, `corrupt`.
   */
  async useOfAll(): Promise<UseOfAll> {
    const { keyValues, elapsedMs, goneAfterMs } = this.#services;
    const rows = await keyValues.list({ ...presenceRange(), limit: GATEWAY_COUNT_MAX });
    const nowMs = elapsedMs();
    const names = new Set<string>();
    let oldestEpoch = Number.MAX_SAFE_INTEGER;
    const heldContentIds = new Set<ContentId>();
    const heldBlobIds = new Set<BlobId>();
    for (const row of rows) {
      const name = Buffer.from(row.key).toString('latin1');
      names.add(name);
      const known = this.#others.get(name);
      const sinceMs = known?.version === row.version ? known.sinceMs : nowMs;
      this.#others.set(name, { version: row.version, sinceMs });
      if (nowMs - sinceMs >= goneAfterMs) {
        const gone = await keyValues.commit({
          checks: [{ key: row.key, version: row.version }],
          deletes: [row.key],
        });
        if (gone.committed) continue;
      }
      const presence = decodePresence(row);
      oldestEpoch = Math.min(oldestEpoch, presence.oldestEpoch);
      for (const contentId of presence.heldContentIds) heldContentIds.add(contentId);
      for (const blobId of presence.heldBlobIds) heldBlobIds.add(blobId);
    }
    for (const name of this.#others.keys()) if (!names.has(name)) this.#others.delete(name);
    return { oldestEpoch, heldContentIds, heldBlobIds };
  }

  async #write(use: GatewayUse, version: KeyValueVersion | undefined): Promise<boolean> {
    const key = presenceKey(this.#gatewayId);
    this.#beat += 1;
    const outcome = await this.#services.keyValues.commit({
      checks: [{ key, version }],
      puts: [{ key, value: encodeGatewayRow({ beat: this.#beat, ...use }) }],
    });
    if (outcome.committed) this.#version = outcome.version;
    return outcome.committed;
  }

  async #readEpoch(): Promise<void> {
    this.#seenEpoch = decodeEpoch(await this.#services.keyValues.get(epochKey));
  }
}
