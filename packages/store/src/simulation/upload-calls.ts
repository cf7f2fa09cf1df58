/** What clients do with uploads in parts over a simulated store. Leaves out everything else (`workload.ts`). */
import type { SeededRandom } from '../conformance/seeded-random.js';
import type { OpenedStore } from '../object-store/object-store.js';
import { attributesOf, type ModelledCalls, type Target } from './modelled-calls.js';
import { keyName, type ModelUpload, type StoreModel } from './store-model.js';

const UPLOAD_COUNT_MAX = 3;

/** Uploads of one workload. */
export class UploadCalls {
  readonly #store: OpenedStore;
  readonly #model: StoreModel;
  readonly #random: SeededRandom;
  readonly #calls: ModelledCalls;
  readonly #busyUploads = new Set<string>();

  constructor(store: OpenedStore, model: StoreModel, random: SeededRandom, calls: ModelledCalls) {
    this.#store = store;
    this.#model = model;
    this.#random = random;
    this.#calls = calls;
  }

  /** Begins an upload, unless there are enough. */
  async initiate({ bucket, key }: Target): Promise<void> {
    if (this.#model.knowledge.uploads.size >= UPLOAD_COUNT_MAX) return;
    const end = this.#model.startInitiation();
    const upload = await this.#calls.attempt(() =>
      this.#store.initiateUpload({
        bucket,
        key,
        ownerId: 'owner',
        attributes: attributesOf({ bucket, key }),
        forbidOverwrite: false,
      }),
    );
    if (upload !== undefined) end({ uploadId: upload.uploadId, bucket, key, parts: new Map(), mayBeGone: false });
    else if (!this.#calls.hasLostAnswers) end(undefined);
  }

  /** Sends or copies a part of an upload. */
  async uploadPart(): Promise<void> {
    const upload = this.#takeUpload();
    if (upload === undefined) return;
    const partNumber = 1 + this.#random.below(3);
    const source = this.#random.below(3) === 0 ? this.#calls.copySource() : undefined;
    const bytes = source?.bytes ?? this.#calls.bytes();
    this.#model.setUpload({ ...upload, partUnderWay: { partNumber, bytes } });
    const target = {
      bucket: upload.bucket,
      key: upload.key,
      uploadId: upload.uploadId,
      partNumber,
      lengthMax: 1_000_000,
    };
    const done = await this.#calls.attempt<unknown>(() => {
      if (source === undefined) return this.#store.uploadPart({ ...target, expected: {} }, this.#calls.body(bytes));
      const select = () => ({ start: 0, end: bytes.length });
      return this.#store.copyPart({ ...target, source: { bucket: source.bucket, key: source.key }, select });
    });
    if (this.#calls.hasLostAnswers) return;
    if (source !== undefined) this.#calls.lock(source.name, -1);
    this.#giveUpload(upload, done === undefined ? {} : { parts: new Map(upload.parts).set(partNumber, bytes) });
  }

  /** Completes an upload with all parts it has. */
  async complete(): Promise<void> {
    const upload = this.#takeUpload();
    if (upload === undefined) return;
    const { bucket, key, uploadId, parts } = upload;
    const name = keyName(bucket, key);
    const isEmpty = [...parts.values()].some((bytes) => bytes.length === 0);
    if (parts.size === 0 || isEmpty || !this.#calls.isFree(name)) {
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
    await this.#calls.call({ bucket, key, name }, { kind: 'put', bytes }, call, uploadId);
    if (this.#calls.hasLostAnswers) return;
    this.#busyUploads.delete(uploadId);
    if (!isDone) this.#model.setUpload(upload);
  }

  /** Gives an upload up. */
  async abort(): Promise<void> {
    const upload = this.#takeUpload();
    if (upload === undefined) return;
    const { bucket, key, uploadId } = upload;
    this.#model.setUpload({ ...upload, mayBeGone: true });
    const done = await this.#calls.attempt(async () => {
      await this.#store.abortUpload({ bucket, key, uploadId });
      return true;
    });
    if (this.#calls.hasLostAnswers) return;
    this.#busyUploads.delete(uploadId);
    if (done === undefined) this.#model.setUpload(upload);
    else this.#model.removeUpload(uploadId);
  }

  #takeUpload(): ModelUpload | undefined {
    const free = [...this.#model.knowledge.uploads.values()].filter(({ uploadId }) => !this.#busyUploads.has(uploadId));
    if (free.length === 0) return undefined;
    const upload = this.#calls.pick(free);
    this.#busyUploads.add(upload.uploadId);
    return upload;
  }

  #giveUpload({ partUnderWay: _done, ...upload }: ModelUpload, change: Partial<ModelUpload>): void {
    this.#busyUploads.delete(upload.uploadId);
    this.#model.setUpload({ ...upload, ...change });
  }
}
