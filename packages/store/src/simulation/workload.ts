/**
 * What clients do to a simulated store, as chance has it: appends, puts, copies, uploads in parts, deletions, versions,
 * seals, lifecycle steps and reads, several at once; objects of some keys are encrypted. What they ask and are answered
 * goes into the model; an answer that no right store gives is an error. Leaves out when things happen (`scheduler.ts`)
 * and the background work, which the store does itself.
 */
import { bodyOf, patternBytes } from '../conformance/object-store-bodies.js';
import { collect, plainAttributes } from '../conformance/object-store-test-store.js';
import type { SeededRandom } from '../conformance/seeded-random.js';
import type { OpenedStore } from '../object-store/object-store.js';
import { isFailure } from '../object-store/store-failure.js';
import type { ObjectAttributes } from '../object-store/types.js';
import { checkBeside, NOT_DUE, runLifecycleStep } from './background-calls.js';
import type { KeyCall, KeyOutcome, KeyState } from './key-model.js';
import {
  isVersioned,
  keyName,
  type ModelUpload,
  PLAIN_BUCKET,
  type StoreModel,
  VERSIONED_BUCKET,
} from './store-model.js';

const KEYS: readonly (readonly [bucket: string, key: string])[] = [
  [PLAIN_BUCKET, 'a'],
  [PLAIN_BUCKET, 'a/b'],
  [PLAIN_BUCKET, 'c'],
  [VERSIONED_BUCKET, 'v'],
  [VERSIONED_BUCKET, 'w'],
];

const ENCRYPTED_KEYS: ReadonlySet<string> = new Set(['c', 'w']);

/** Longer ones would only make every look at them dearer. */
const OBJECT_LENGTH_BYTES_MAX = 2500;

/** Calls of one key at once at most: all their orders are tried. */
const CALLS_AT_ONCE_MAX = 3;

const UPLOAD_COUNT_MAX = 3;

interface Target {
  readonly bucket: string;
  readonly key: string;
  readonly name: string;
}

/** Calls of clients over one store, recorded in one model. */
export class Workload {
  readonly #store: OpenedStore;
  readonly #model: StoreModel;
  readonly #random: SeededRandom;
  readonly #busyUploads = new Set<string>();
  /** Keys whose bytes somebody is copying: they must not change meanwhile, since the model looks once. */
  readonly #sources = new Map<string, number>();
  #hasLostAnswers = false;

  constructor(store: OpenedStore, model: StoreModel, random: SeededRandom) {
    this.#store = store;
    this.#model = model;
    this.#random = random;
  }

  /** Whether a call ended without anybody knowing what it did: only a restart tells. */
  get hasLostAnswers(): boolean {
    return this.#hasLostAnswers;
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
    if (choice < 0.74) return this.#initiate(target);
    if (choice < 0.85) return this.#uploadPart();
    if (choice < 0.9) return this.#complete();
    if (choice < 0.91) return this.#abort();
    return this.#read(target);
  }

  #pickTarget(): Target | undefined {
    const [bucket, key] = this.#pick(KEYS);
    const name = keyName(bucket, key);
    return this.#isFree(name) ? { bucket, key, name } : undefined;
  }

  #isFree(name: string): boolean {
    return (this.#sources.get(name) ?? 0) === 0 && this.#model.callCount(name) < CALLS_AT_ONCE_MAX;
  }

  #append(target: Target): Promise<void> {
    const length = this.#lengthOf(target);
    if (length > OBJECT_LENGTH_BYTES_MAX) return this.#delete(target);
    const position = this.#random.below(8) === 0 ? this.#random.below(length + 5) : length;
    const bytes = this.#bytes();
    const input = { ...this.#written(target), callerId: 'caller', position };
    return this.#call(target, { kind: 'append', position, bytes }, async () => {
      const { head } = await this.#store.appendObject(input, this.#body(bytes));
      return head.versionId;
    });
  }

  #put(target: Target): Promise<void> {
    const bytes = this.#bytes();
    const input = { ...this.#written(target), forbidOverwrite: false, lengthMax: 1_000_000 };
    return this.#call(target, { kind: 'put', bytes }, async () => {
      return (await this.#store.putObject(input, this.#body(bytes))).versionId;
    });
  }

  async #copy(target: Target): Promise<void> {
    const [bucket, key] = this.#pick(KEYS);
    const name = keyName(bucket, key);
    const source = this.#model.settledState(name)?.[0];
    if (source === undefined || source.type === 'marker' || name === target.name) return;
    this.#sources.set(name, (this.#sources.get(name) ?? 0) + 1);
    const { bucket: toBucket, key: toKey } = target;
    const input = {
      bucket: toBucket,
      key: toKey,
      source: { bucket, key },
      forbidOverwrite: false,
      plan: () => attributesOf(target),
    };
    try {
      await this.#call(target, { kind: 'put', bytes: source.bytes }, async () => {
        return (await this.#store.copyObject(input)).head.versionId;
      });
    } finally {
      // Given up without an answer it holds on: nobody knows when it ends.
      if (!this.#hasLostAnswers) this.#sources.set(name, (this.#sources.get(name) ?? 1) - 1);
    }
  }

  #delete(target: Target): Promise<void> {
    return this.#call(target, { kind: 'delete' }, async () => {
      return (await this.#store.deleteObject({ bucket: target.bucket, key: target.key })).versionId;
    });
  }

  async #deleteVersion(target: Target): Promise<void> {
    const state = this.#model.settledState(target.name);
    const versionId = state === undefined || state.length === 0 ? undefined : this.#pick(state).versionId;
    if (!isVersioned(target.name) || versionId === undefined) return;
    await this.#call(target, { kind: 'delete-version', versionId }, async () => {
      await this.#store.deleteObject({ bucket: target.bucket, key: target.key, versionId });
      return undefined;
    });
  }

  #seal(target: Target): Promise<void> {
    const position = this.#lengthOf(target);
    return this.#call(target, { kind: 'seal', position }, async () => {
      await this.#store.sealObject({ bucket: target.bucket, key: target.key, position });
      return undefined;
    });
  }

  /** The rows of a store at work, checked as the scrub does: nothing is wrong at any moment. */
  async checkBeside(): Promise<void> {
    await this.#attempt(() => checkBeside(this.#store));
  }

  /** @see runLifecycleStep */
  #runLifecycle(): Promise<void> {
    return runLifecycleStep({
      store: this.#store,
      random: this.#random,
      attempt: (perform) => this.#attempt(perform),
      call: (target, call, perform) => this.#call(target, call, perform),
      isFree: (name) => !this.#hasLostAnswers && this.#isFree(name),
    });
  }

  /** One that must take effect: nothing else is under way. */
  async #expire(target: Target): Promise<void> {
    const current = this.#model.settledState(target.name)?.[0];
    if (current === undefined || current.type === 'marker') return;
    this.#lock(target.name, 1);
    await this.#call(target, { kind: 'delete' }, async () => {
      const isExpired = await this.#store.expireVersion({ bucket: target.bucket, key: target.key }, () => true);
      if (!isExpired) throw new Error(`Nothing of "${target.name}" expired, and something was there`);
      return undefined;
    });
    if (!this.#hasLostAnswers) this.#lock(target.name, -1);
  }

  async #transition(target: Target): Promise<void> {
    await this.#attempt(() =>
      this.#store.transitionVersion({ bucket: target.bucket, key: target.key }, 'IA', () => true),
    );
  }

  async #initiate({ bucket, key }: Target): Promise<void> {
    if (this.#model.knowledge.uploads.size >= UPLOAD_COUNT_MAX) return;
    const end = this.#model.startInitiation();
    const upload = await this.#attempt(() =>
      this.#store.initiateUpload({
        bucket,
        key,
        ownerId: 'owner',
        attributes: attributesOf({ bucket, key }),
        forbidOverwrite: false,
      }),
    );
    if (upload !== undefined) end({ uploadId: upload.uploadId, bucket, key, parts: new Map(), mayBeGone: false });
    else if (!this.#hasLostAnswers) end(undefined);
  }

  async #uploadPart(): Promise<void> {
    const upload = this.#takeUpload();
    if (upload === undefined) return;
    const partNumber = 1 + this.#random.below(3);
    const source = this.#random.below(3) === 0 ? this.#copySource() : undefined;
    const bytes = source?.bytes ?? this.#bytes();
    this.#model.setUpload({ ...upload, partUnderWay: { partNumber, bytes } });
    const target = {
      bucket: upload.bucket,
      key: upload.key,
      uploadId: upload.uploadId,
      partNumber,
      lengthMax: 1_000_000,
    };
    const done = await this.#attempt<unknown>(() => {
      if (source === undefined) return this.#store.uploadPart({ ...target, expected: {} }, this.#body(bytes));
      const select = () => ({ start: 0, end: bytes.length });
      return this.#store.copyPart({ ...target, source: { bucket: source.bucket, key: source.key }, select });
    });
    if (this.#hasLostAnswers) return;
    if (source !== undefined) this.#lock(source.name, -1);
    this.#giveUpload(upload, done === undefined ? {} : { parts: new Map(upload.parts).set(partNumber, bytes) });
  }

  /** A whole object that holds still until it is let go. */
  #copySource():
    | { readonly bucket: string; readonly key: string; readonly name: string; readonly bytes: Buffer }
    | undefined {
    const [bucket, key] = this.#pick(KEYS);
    const name = keyName(bucket, key);
    const current = this.#model.settledState(name)?.[0];
    if (current === undefined || current.type === 'marker' || current.bytes.length === 0) return undefined;
    this.#lock(name, 1);
    return { bucket, key, name, bytes: current.bytes };
  }

  async #complete(): Promise<void> {
    const upload = this.#takeUpload();
    if (upload === undefined) return;
    const { bucket, key, uploadId, parts } = upload;
    const name = keyName(bucket, key);
    const isEmpty = [...parts.values()].some((bytes) => bytes.length === 0);
    if (parts.size === 0 || isEmpty || !this.#isFree(name)) {
      this.#giveUpload(upload, {});
      return;
    }
    this.#model.setUpload({ ...upload, mayBeGone: true });
    const bytes = Buffer.concat([...parts].sort(([one], [other]) => one - other).map(([, part]) => part));
    let isDone = false;
    const call = async (): Promise<string | undefined> => {
      const head = await this.#store.completeUpload({ bucket, key, uploadId, parts: 'all', forbidOverwrite: false });
      isDone = true;
      // Before anything else can happen: the answer says that the upload is gone.
      this.#model.removeUpload(uploadId);
      return head.versionId;
    };
    await this.#call({ bucket, key, name }, { kind: 'put', bytes }, call, uploadId);
    if (this.#hasLostAnswers) return;
    this.#busyUploads.delete(uploadId);
    if (!isDone) this.#model.setUpload(upload);
  }

  async #abort(): Promise<void> {
    const upload = this.#takeUpload();
    if (upload === undefined) return;
    const { bucket, key, uploadId } = upload;
    this.#model.setUpload({ ...upload, mayBeGone: true });
    const done = await this.#attempt(async () => {
      await this.#store.abortUpload({ bucket, key, uploadId });
      return true;
    });
    if (this.#hasLostAnswers) return;
    this.#busyUploads.delete(uploadId);
    if (done === undefined) this.#model.setUpload(upload);
    else this.#model.removeUpload(uploadId);
  }

  /**
   * Beside whatever is under way: what is read is of one moment, whole, and one of the states that were possible
   * meanwhile.
   */
  async #read({ bucket, key, name }: Target): Promise<void> {
    const before = this.#model.settledState(name);
    const found = await this.#attempt(async () => {
      const opened = await this.#store.openObject({ bucket, key });
      try {
        return await collect(opened.read({ start: 0, end: opened.head.length }));
      } finally {
        opened.release();
      }
    });
    const isUndisturbed = before !== undefined && this.#model.settledState(name) === before;
    if (!isUndisturbed || this.#hasLostAnswers) return;
    const current = before[0]?.type === 'marker' ? undefined : before[0];
    if (!(found === undefined ? current === undefined : current?.bytes.equals(found))) {
      throw new Error(
        `A read of "${name}" found ${found === undefined ? 'nothing' : `${found.length} bytes`}, not what is there`,
      );
    }
  }

  /** Makes a call and tells the model how it ended. */
  async #call(
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

  /** @returns What the call returned; `undefined` when it was refused or failed in a way that may be. */
  async #attempt<Result>(perform: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await perform();
    } catch (error) {
      const outcome = this.#outcomeOf(error);
      if (typeof outcome === 'string' || ALLOWED_REFUSALS.has(outcome.kind === 'refused' ? outcome.because : ''))
        return undefined;
      throw error;
    }
  }

  #takeUpload(): ModelUpload | undefined {
    const free = [...this.#model.knowledge.uploads.values()].filter(({ uploadId }) => !this.#busyUploads.has(uploadId));
    if (free.length === 0) return undefined;
    const upload = this.#pick(free);
    this.#busyUploads.add(upload.uploadId);
    return upload;
  }

  #giveUpload({ partUnderWay: _done, ...upload }: ModelUpload, change: Partial<ModelUpload>): void {
    this.#busyUploads.delete(upload.uploadId);
    this.#model.setUpload({ ...upload, ...change });
  }

  #lock(name: string, change: 1 | -1): void {
    this.#sources.set(name, (this.#sources.get(name) ?? 0) + change);
  }

  #lengthOf({ name }: Target): number {
    const state: KeyState | undefined = this.#model.settledState(name);
    const current = state?.[0];
    return current === undefined || current.type === 'marker' ? 0 : current.bytes.length;
  }

  #written({ bucket, key }: Target) {
    return { bucket, key, ownerId: 'owner', attributes: attributesOf({ bucket, key }), expected: {} };
  }

  /** Short ones lie in rows, longer ones in blobs. */
  #bytes(): Buffer {
    return Buffer.from(patternBytes(this.#pick([1, 9, 40, 64, 65, 180, 600]), this.#random.below(2 ** 31)));
  }

  #body(bytes: Uint8Array): ReturnType<typeof bodyOf> {
    return bodyOf(bytes, { chunkLength: this.#pick([50, 1000]) });
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}

/** Those of two keys are encrypted, so that copies lead from the one to the other and back. */
function attributesOf({ key }: { readonly bucket: string; readonly key: string }): ObjectAttributes {
  return ENCRYPTED_KEYS.has(key) ? { ...plainAttributes, encryption: { algorithm: 'AES256' } } : plainAttributes;
}

/** What a read, an upload or a lifecycle step may meet beside other calls. */
const ALLOWED_REFUSALS: ReadonlySet<string> = new Set(['no-such-key', 'version-is-delete-marker', 'already-exists']);
