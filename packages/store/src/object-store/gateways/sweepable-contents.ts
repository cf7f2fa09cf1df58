/**
 * Finds the garbage that no gateway's reader can have open, in rounds: notes that exist and contents without a
 * reference; then the epoch is raised; then it waits until no reader of any gateway began before. What a reader finds
 * after that, it finds in rows that do not name these contents any more. One gateway at a time does this, under the
 * lease of the sweep. docs/decisions/0009-many-gateways.md says why it is enough.
 */
import type { KeyValueStore } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import { decodeEpoch, encodeGatewayRow, epochKey } from '../records/gateway-rows.js';
import { garbageOf, garbageRange, referenceRange } from '../records/key-space.js';
import type { Presence } from './presence.js';

/** Notes looked at in one round: a few hundred kilobytes of memory. */
const NOTE_COUNT_MAX = 4096;
/** References looked up at once. */
const LOOKUP_COUNT = 16;

/** Contents of one round, and the epoch that readers must have reached. */
interface Candidates {
  readonly epoch: number;
  readonly contentIds: ReadonlySet<ContentId>;
}

/** The garbage that may go. */
export class SweepableContents {
  readonly #presence: Pick<Presence, 'useOfAll'>;
  #candidates: Candidates | undefined;
  #ready: ReadonlySet<ContentId> = new Set();
  /** The note that the last round ended with. */
  #after: Uint8Array | undefined;

  constructor(presence: Pick<Presence, 'useOfAll'>) {
    this.#presence = presence;
  }

  /** Whether a reader of some gateway may have it open, as far as is known. */
  holds(contentId: ContentId): boolean {
    return !this.#ready.has(contentId);
  }

  /** Whether it is garbage for certain, and readers are waited for: there is nothing to be looked up. */
  isAwaited(contentId: ContentId): boolean {
    return this.#candidates?.contentIds.has(contentId) === true;
  }

  /**
   * One step: a round begins, or one ends whose readers are through, or nothing.
   * @param keyValues Fenced by the lease of the sweep.
   * @param isSettled Whether everything found by the round before has been worked on, and another may replace it.
   * @returns Whether there is more that may go now.
   * @throws {EngineFailure} `unavailable`, `corrupt`. @throws {StoreFailure} `contended`.
   */
  async advance(keyValues: KeyValueStore, isSettled: boolean): Promise<boolean> {
    const candidates = this.#candidates;
    if (candidates === undefined) {
      this.#candidates = await this.#begin(keyValues);
      return false;
    }
    if (!isSettled) return false;
    const { oldestEpoch, heldContentIds } = await this.#presence.useOfAll();
    if (oldestEpoch < candidates.epoch) return false;
    this.#candidates = undefined;
    this.#ready = new Set([...candidates.contentIds].filter((contentId) => !heldContentIds.has(contentId)));
    return this.#ready.size > 0;
  }

  async #begin(keyValues: KeyValueStore): Promise<Candidates | undefined> {
    const range = garbageRange(Number.MAX_SAFE_INTEGER, this.#after);
    const notes = await keyValues.list({ ...range, limit: NOTE_COUNT_MAX });
    this.#after = notes.length < NOTE_COUNT_MAX ? undefined : notes.at(-1)?.key;
    const named = [...new Set(notes.map(({ key }) => garbageOf(key).contentId))].filter((id) => !this.#ready.has(id));
    const contentIds = new Set<ContentId>();
    const look = async (): Promise<void> => {
      for (let contentId = named.pop(); contentId !== undefined; contentId = named.pop()) {
        // What has no reference gets none any more: references are made from an object that names the content.
        const [reference] = await keyValues.list({ ...referenceRange(contentId), limit: 1 });
        if (reference === undefined) contentIds.add(contentId);
      }
    };
    await Promise.all(Array.from({ length: LOOKUP_COUNT }, look));
    if (contentIds.size === 0) return undefined;
    const row = await keyValues.get(epochKey);
    const epoch = decodeEpoch(row) + 1;
    const { committed } = await keyValues.commit({
      checks: [{ key: epochKey, version: row?.version }],
      puts: [{ key: epochKey, value: encodeGatewayRow({ epoch }) }],
    });
    return committed ? { epoch, contentIds } : undefined;
  }
}
