/**
 * Calls of clients over a simulated store, and the model that is told of each: what it asks, and how it ended. An
 * answer that no right store gives is an error. Leaves out which calls are made (`workload.ts`, `upload-calls.ts`).
 */
import { bodyOf, patternBytes } from '../conformance/object-store-bodies.js';
import { plainAttributes } from '../conformance/object-store-test-store.js';
import type { SeededRandom } from '../conformance/seeded-random.js';
import { isFailure } from '../object-store/store-failure.js';
import type { ObjectAttributes } from '../object-store/types.js';
import { NOT_DUE } from './background-calls.js';
import type { KeyCall, KeyOutcome } from './key-model.js';
import { keyName, PLAIN_BUCKET, type StoreModel, VERSIONED_BUCKET } from './store-model.js';

/** The keys there are. */
export const KEYS: readonly (readonly [bucket: string, key: string])[] = [
  [PLAIN_BUCKET, 'a'],
  [PLAIN_BUCKET, 'a/b'],
  [PLAIN_BUCKET, 'c'],
  [VERSIONED_BUCKET, 'v'],
  [VERSIONED_BUCKET, 'w'],
];

const ENCRYPTED_KEYS: ReadonlySet<string> = new Set(['c', 'w']);

/** Calls of one key at once at most: all their orders are tried. */
const CALLS_AT_ONCE_MAX = 3;

/** What a read, an upload or a lifecycle step may meet beside other calls. */
const ALLOWED_REFUSALS: ReadonlySet<string> = new Set(['no-such-key', 'version-is-delete-marker', 'already-exists']);

/** A key that is called. */
export interface Target {
  readonly bucket: string;
  readonly key: string;
  /** In the model. */
  readonly name: string;
}

/** Those of two keys are encrypted, so that copies lead from the one to the other and back. */
export function attributesOf({ key }: { readonly bucket: string; readonly key: string }): ObjectAttributes {
  return ENCRYPTED_KEYS.has(key) ? { ...plainAttributes, encryption: { algorithm: 'AES256' } } : plainAttributes;
}

/** Makes calls and records them in one model. */
export class ModelledCalls {
  readonly #model: StoreModel;
  readonly #random: SeededRandom;
  /** Keys whose bytes somebody is copying: they must not change meanwhile, since the model looks once. */
  readonly #sources = new Map<string, number>();
  #hasLostAnswers = false;

  constructor(model: StoreModel, random: SeededRandom) {
    this.#model = model;
    this.#random = random;
  }

  /** Whether a call ended without anybody knowing what it did: only a restart tells. */
  get hasLostAnswers(): boolean {
    return this.#hasLostAnswers;
  }

  /** Whether one more call of a key may begin: nobody is copying its bytes, and not too many are under way. */
  isFree(name: string): boolean {
    return (this.#sources.get(name) ?? 0) === 0 && this.#model.callCount(name) < CALLS_AT_ONCE_MAX;
  }

  /** Holds a key still while its bytes are copied, or lets it go. */
  lock(name: string, change: 1 | -1): void {
    this.#sources.set(name, (this.#sources.get(name) ?? 0) + change);
  }

  /** A whole object that holds still until it is let go. */
  copySource():
    | { readonly bucket: string; readonly key: string; readonly name: string; readonly bytes: Buffer }
    | undefined {
    const [bucket, key] = this.pick(KEYS);
    const name = keyName(bucket, key);
    const current = this.#model.settledState(name)?.[0];
    if (current === undefined || current.type === 'marker' || current.bytes.length === 0) return undefined;
    this.lock(name, 1);
    return { bucket, key, name, bytes: current.bytes };
  }

  /** Makes a call and tells the model how it ended. */
  async call(
    target: Target,
    call: KeyCall,
    perform: () => Promise<string | undefined>,
    uploadId?: string,
  ): Promise<void> {
    const underWay = this.#model.start(target.name, call, uploadId);
    let outcome: KeyOutcome | 'not-done' | 'unknown';
    try {
      const versionId = await perform();
      outcome = { kind: 'done', ...(versionId !== undefined && { versionId }) };
    } catch (error) {
      outcome = this.#outcomeOf(error);
    }
    this.#model.end(target.name, underWay, outcome);
  }

  /** @returns What the call returned; `undefined` when it was refused or failed in a way that may be. */
  async attempt<Result>(perform: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await perform();
    } catch (error) {
      const outcome = this.#outcomeOf(error);
      if (typeof outcome === 'string' || ALLOWED_REFUSALS.has(outcome.kind === 'refused' ? outcome.because : ''))
        return undefined;
      throw error;
    }
  }

  #outcomeOf(error: unknown): KeyOutcome | 'not-done' | 'unknown' {
    if (error === NOT_DUE) return 'not-done';
    if (!isFailure(error)) throw error;
    const { reason } = error;
    if (reason.kind === 'contended') return 'not-done';
    if (reason.kind !== 'unavailable') return { kind: 'refused', because: reason.kind };
    if (reason.because === 'disk-full' || reason.because === 'read-only') return 'not-done';
    this.#hasLostAnswers = true;
    return 'unknown';
  }

  /** Short ones lie in rows, longer ones in blobs. */
  bytes(): Buffer {
    return Buffer.from(patternBytes(this.pick([1, 9, 40, 64, 65, 180, 600]), this.#random.below(2 ** 31)));
  }

  /** A body that streams the bytes in pieces, as chance has it. */
  body(bytes: Uint8Array): ReturnType<typeof bodyOf> {
    return bodyOf(bytes, { chunkLength: this.pick([50, 1000]) });
  }

  /** One of them, as chance has it. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}
