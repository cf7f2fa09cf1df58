/**
 * What clients do to a simulated store, as chance has it: appends, puts, copies, uploads in parts, deletions, versions,
 * seals, lifecycle steps and reads, several at once; objects of some keys are encrypted. Leaves out how a call is
 * recorded (`modelled-calls.ts`), when things happen (`scheduler.ts`) and the background work, which the store does
 * itself.
 */
import { collect } from '../conformance/object-store-test-store.js';
import type { SeededRandom } from '../conformance/seeded-random.js';
import type { OpenedStore } from '../object-store/object-store.js';
import { checkBeside, runLifecycleStep } from './background-calls.js';
import type { KeyState } from './key-model.js';
import { attributesOf, KEYS, ModelledCalls, type Target } from './modelled-calls.js';
import { isVersioned, keyName, PLAIN_BUCKET, type StoreModel, VERSIONED_BUCKET } from './store-model.js';
import { UploadCalls } from './upload-calls.js';

/** Longer ones would only make every look at them dearer. */
const OBJECT_LENGTH_BYTES_MAX = 2500;

/** Calls of clients over one store, recorded in one model. */
export class Workload {
  readonly #store: OpenedStore;
  readonly #model: StoreModel;
  readonly #random: SeededRandom;
  readonly #calls: ModelledCalls;
  readonly #uploads: UploadCalls;

  constructor(store: OpenedStore, model: StoreModel, random: SeededRandom) {
    this.#store = store;
    this.#model = model;
    this.#random = random;
    this.#calls = new ModelledCalls(model, random);
    this.#uploads = new UploadCalls(store, model, random, this.#calls);
  }

  /** Whether a call ended without anybody knowing what it did: only a restart tells. */
  get hasLostAnswers(): boolean {
    return this.#calls.hasLostAnswers;
  }

  /** Makes the two buckets. */
  async makeBuckets(): Promise<void> {
    for (const name of [PLAIN_BUCKET, VERSIONED_BUCKET]) {
      await this.#store.createBucket({
        name,
        ownerId: 'owner',
        acl: 'private',
        storageClass: 'Standard',
        dataRedundancyType: 'LRS',
      });
    }
    await this.#store.updateBucket(VERSIONED_BUCKET, { versioning: 'enabled' });
  }

  /** One client's next call, whatever it is. Never rejects but for what no right store does. */
  async operate(): Promise<void> {
    const target = this.#pickTarget();
    if (target === undefined) return;
    const choice = this.#random.next();
    if (choice < 0.3) return this.#append(target);
    if (choice < 0.4) return this.#put(target);
    if (choice < 0.48) return this.#copy(target);
    if (choice < 0.55) return this.#delete(target);
    if (choice < 0.6) return this.#deleteVersion(target);
    if (choice < 0.62) return this.#seal(target);
    if (choice < 0.64) return this.#expire(target);
    if (choice < 0.66) return this.#runLifecycle();
    if (choice < 0.68) return this.#transition(target);
    if (choice < 0.74) return this.#uploads.initiate(target);
    if (choice < 0.85) return this.#uploads.uploadPart();
    if (choice < 0.9) return this.#uploads.complete();
    if (choice < 0.91) return this.#uploads.abort();
    return this.#read(target);
  }

  #pickTarget(): Target | undefined {
    const [bucket, key] = this.#calls.pick(KEYS);
    const name = keyName(bucket, key);
    return this.#calls.isFree(name) ? { bucket, key, name } : undefined;
  }

  #append(target: Target): Promise<void> {
    const length = this.#lengthOf(target);
    if (length > OBJECT_LENGTH_BYTES_MAX) return this.#delete(target);
    const position = this.#random.below(8) === 0 ? this.#random.below(length + 5) : length;
    const bytes = this.#calls.bytes();
    const input = { ...this.#written(target), callerId: 'caller', position };
    return this.#calls.call(target, { kind: 'append', position, bytes }, async () => {
      const { head } = await this.#store.appendObject(input, this.#calls.body(bytes));
      return head.versionId;
    });
  }

  #put(target: Target): Promise<void> {
    const bytes = this.#calls.bytes();
    const input = { ...this.#written(target), forbidOverwrite: false, lengthMax: 1_000_000 };
    return this.#calls.call(target, { kind: 'put', bytes }, async () => {
      return (await this.#store.putObject(input, this.#calls.body(bytes))).versionId;
    });
  }

  async #copy(target: Target): Promise<void> {
    const [bucket, key] = this.#calls.pick(KEYS);
    const name = keyName(bucket, key);
    const source = this.#model.settledState(name)?.[0];
    if (source === undefined || source.type === 'marker' || name === target.name) return;
    this.#calls.lock(name, 1);
    const { bucket: toBucket, key: toKey } = target;
    const input = {
      bucket: toBucket,
      key: toKey,
      source: { bucket, key },
      forbidOverwrite: false,
      plan: () => attributesOf(target),
    };
    try {
      await this.#calls.call(target, { kind: 'put', bytes: source.bytes }, async () => {
        return (await this.#store.copyObject(input)).head.versionId;
      });
    } finally {
      // Given up without an answer it holds on: its end is not known.
      if (!this.#calls.hasLostAnswers) this.#calls.lock(name, -1);
    }
  }

  #delete(target: Target): Promise<void> {
    return this.#calls.call(target, { kind: 'delete' }, async () => {
      return (await this.#store.deleteObject({ bucket: target.bucket, key: target.key })).versionId;
    });
  }

  async #deleteVersion(target: Target): Promise<void> {
    const state = this.#model.settledState(target.name);
    const versionId = state === undefined || state.length === 0 ? undefined : this.#calls.pick(state).versionId;
    if (!isVersioned(target.name) || versionId === undefined) return;
    await this.#calls.call(target, { kind: 'delete-version', versionId }, async () => {
      await this.#store.deleteObject({ bucket: target.bucket, key: target.key, versionId });
      return undefined;
    });
  }

  #seal(target: Target): Promise<void> {
    const position = this.#lengthOf(target);
    return this.#calls.call(target, { kind: 'seal', position }, async () => {
      await this.#store.sealObject({ bucket: target.bucket, key: target.key, position });
      return undefined;
    });
  }

  /** The rows of a store at work, checked as the scrub does: nothing is wrong at any moment. */
  async checkBeside(): Promise<void> {
    await this.#calls.attempt(() => checkBeside(this.#store));
  }

  /** @see runLifecycleStep */
  #runLifecycle(): Promise<void> {
    return runLifecycleStep({
      store: this.#store,
      random: this.#random,
      attempt: (perform) => this.#calls.attempt(perform),
      call: (target, call, perform) => this.#calls.call(target, call, perform),
      isFree: (name) => !this.#calls.hasLostAnswers && this.#calls.isFree(name),
    });
  }

  /** One that must take effect: nothing else is under way. */
  async #expire(target: Target): Promise<void> {
    const current = this.#model.settledState(target.name)?.[0];
    if (current === undefined || current.type === 'marker') return;
    this.#calls.lock(target.name, 1);
    await this.#calls.call(target, { kind: 'delete' }, async () => {
      const isExpired = await this.#store.expireVersion({ bucket: target.bucket, key: target.key }, () => true);
      if (!isExpired) throw new Error(`Nothing of "${target.name}" expired, and something was there`);
      return undefined;
    });
    if (!this.#calls.hasLostAnswers) this.#calls.lock(target.name, -1);
  }

  async #transition(target: Target): Promise<void> {
    await this.#calls.attempt(() =>
      this.#store.transitionVersion({ bucket: target.bucket, key: target.key }, 'IA', () => true),
    );
  }

  /**
   * Beside whatever is under way: what is read is of one moment, whole, and one of the states that were possible
   * meanwhile.
   */
  async #read({ bucket, key, name }: Target): Promise<void> {
    const before = this.#model.settledState(name);
    const found = await this.#calls.attempt(async () => {
      const opened = await this.#store.openObject({ bucket, key });
      try {
        return await collect(opened.read({ start: 0, end: opened.head.length }));
      } finally {
        opened.release();
      }
    });
    const isUndisturbed = before !== undefined && this.#model.settledState(name) === before;
    if (!isUndisturbed || this.#calls.hasLostAnswers) return;
    const current = before[0]?.type === 'marker' ? undefined : before[0];
    if (!(found === undefined ? current === undefined : current?.bytes.equals(found))) {
      throw new Error(
        `A read of "${name}" found ${found === undefined ? 'nothing' : `${found.length} bytes`}, not what is there`,
      );
    }
  }

  #lengthOf({ name }: Target): number {
    const state: KeyState | undefined = this.#model.settledState(name);
    const current = state?.[0];
    return current === undefined || current.type === 'marker' ? 0 : current.bytes.length;
  }

  #written({ bucket, key }: Target) {
    return { bucket, key, ownerId: 'owner', attributes: attributesOf({ bucket, key }), expected: {} };
  }
}
