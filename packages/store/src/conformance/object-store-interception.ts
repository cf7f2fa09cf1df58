/** Stands between the object store and a real engine, so that tests can count calls, and let them fail or run late. */
import type { BlobId, BlobStore, BlobWriter } from '../contract/blob-store.js';
import type {
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueStore,
} from '../contract/key-value-store.js';

/** Each is called instead of the engine's method, and may call it by `pass`. What is absent passes. */
export interface KeyValueInterceptors {
  get?(key: Uint8Array, pass: () => Promise<KeyValueEntry | undefined>): Promise<KeyValueEntry | undefined>;
  list?(range: KeyValueRange, pass: () => Promise<readonly KeyValueEntry[]>): Promise<readonly KeyValueEntry[]>;
  commit?(commit: KeyValueCommit, pass: () => Promise<KeyValueCommitOutcome>): Promise<KeyValueCommitOutcome>;
}

/** The same engine, with some of its calls going through `interceptors`. */
export function interceptKeyValues(engine: KeyValueStore, interceptors: KeyValueInterceptors): KeyValueStore {
  return {
    get: (key) => interceptors.get?.(key, () => engine.get(key)) ?? engine.get(key),
    list: (range) => interceptors.list?.(range, () => engine.list(range)) ?? engine.list(range),
    commit: (commit) => interceptors.commit?.(commit, () => engine.commit(commit)) ?? engine.commit(commit),
    snapshot: () => engine.snapshot(),
    watch: (key, listener) => engine.watch(key, listener),
    statistics: () => engine.statistics(),
    close: () => engine.close(),
  };
}

/** Called before the engine's method of that name; failing there is the call's failure. */
export interface BlobInterceptors {
  create?(): Promise<void>;
  write?(): Promise<void>;
  seal?(): Promise<void>;
  delete?(blobId: string): Promise<void>;
}

/** The same engine, with `interceptors` called first. */
export function interceptBlobs(engine: BlobStore, interceptors: BlobInterceptors): BlobStore {
  const interceptWriter = (writer: BlobWriter): BlobWriter => ({
    blobId: writer.blobId,
    async write(chunks) {
      await interceptors.write?.();
      await writer.write(chunks);
    },
    async seal() {
      await interceptors.seal?.();
      await writer.seal();
    },
    abort: () => writer.abort(),
  });
  return {
    async create(blobId) {
      await interceptors.create?.();
      return interceptWriter(await engine.create(blobId));
    },
    async put(lengthBytes, fill) {
      await interceptors.create?.();
      await interceptors.write?.();
      await interceptors.seal?.();
      return engine.put(lengthBytes, fill);
    },
    read: (blobId, range) => engine.read(blobId, range),
    length: (blobId) => engine.length(blobId),
    async delete(blobId) {
      await interceptors.delete?.(blobId);
      await engine.delete(blobId);
    },
    list: () => engine.list(),
    overwriteEnd: (blobId, end) => engine.overwriteEnd(blobId, end),
    ...(engine.findOlder !== undefined && {
      findOlder: (blobId: BlobId) => engine.findOlder?.(blobId) ?? Promise.resolve(undefined),
    }),
    ...(engine.segments !== undefined && { segments: engine.segments }),
    close: () => engine.close(),
  };
}
