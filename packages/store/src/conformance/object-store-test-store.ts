/**
 * A small store for unit tests: over engines in memory, with a clock that stands still until it is moved and shorthand
 * for the usual calls.
 */
import { openMemoryBlobStore } from '../blob/memory/open.js';
import type { BlobStore } from '../contract/blob-store.js';
import type { KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';
import type { KeyWrapping } from '../contract/key-wrapping.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import type { ObjectStoreSettingsChange } from '../object-store/context/settings.js';
import { type OpenedStore, openObjectStore } from '../object-store/object-store.js';
import type { BodySource, ObjectAttributes, ObjectHead } from '../object-store/types.js';
import type { Encryption } from '../vocabulary/encryption.js';
import { bodyOf } from './object-store-bodies.js';

/** The bucket that tests write to. */
export const BUCKET = 'bucket';

/** Attributes of an object about which nothing was said. */
export const plainAttributes: ObjectAttributes = {
  system: {},
  user: {},
  acl: 'default',
  storageClass: 'Standard',
  tags: {},
};

/** A store, what is under it, and shorthand. */
export interface TestStore {
  readonly store: OpenedStore;
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  readonly clock: { atMs: number };
  /** Another store over the same engines: what a process finds after the one before was killed. */
  reopen(): Promise<OpenedStore>;
  append(key: string, position: number, body: BodySource | Uint8Array | string): Promise<ObjectHead>;
  put(key: string, body: BodySource | Uint8Array | string): Promise<ObjectHead>;
  read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array>;
  /** All rows of a family (the first letter of their keys). */
  rows(family: string): Promise<readonly KeyValueEntry[]>;
  blobIds(): Promise<readonly string[]>;
}

/** Opens a store with one bucket, over the engines given or new ones in memory. */
export async function openTestStore(
  options: {
    readonly keyValues?: KeyValueStore;
    readonly blobs?: BlobStore;
    readonly settings?: ObjectStoreSettingsChange;
    readonly keyWrapping?: KeyWrapping;
    /** Every object is written with it. */
    readonly encryption?: Encryption;
  } = {},
): Promise<TestStore> {
  const clock = { atMs: 1_700_000_000_000 };
  const keyValues = options.keyValues ?? openMemoryKeyValueStore();
  const blobs = options.blobs ?? openMemoryBlobStore({ now: () => clock.atMs });
  const open = () =>
    openObjectStore({
      keyValues,
      blobs,
      clock: { nowMs: () => clock.atMs },
      // Short texts stand for longer bodies here: they are in contents unless a test says otherwise.
      settings: { garbageGraceMs: 0, rowBodyLengthMax: 0, ...options.settings },
      ...(options.keyWrapping !== undefined && { keyWrapping: options.keyWrapping }),
    });
  const store = await open();
  await store.createBucket({
    name: BUCKET,
    ownerId: 'owner',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  const { encryption } = options;
  const attributes = encryption === undefined ? plainAttributes : { ...plainAttributes, encryption };
  const base = { bucket: BUCKET, ownerId: 'owner', attributes, expected: {} };
  return {
    store,
    keyValues,
    blobs,
    clock,
    reopen: open,
    async append(key, position, body) {
      const { head } = await store.appendObject({ ...base, key, position, callerId: 'caller' }, toBody(body));
      return head;
    },
    put: (key, body) =>
      store.putObject({ ...base, key, forbidOverwrite: false, lengthMax: 5 * 1024 ** 3 }, toBody(body)),
    read: (key, range) => readFrom(store, key, range),
    rows: (family) =>
      keyValues.list({
        start: Buffer.from(family, 'latin1'),
        end: Buffer.from([family.charCodeAt(0) + 1]),
        limit: 1_000_000,
      }),
    async blobIds() {
      const ids: string[] = [];
      for await (const { blobId } of blobs.list()) {
        ids.push(blobId);
      }
      return ids;
    },
  };
}

/** Reads an object, or a range of it, and lets it go. */
export async function readFrom(
  store: OpenedStore,
  key: string,
  range?: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const opened = await store.openObject({ bucket: BUCKET, key });
  try {
    return await collect(opened.read(range ?? { start: 0, end: opened.head.length }));
  } finally {
    opened.release();
  }
}

/** All bytes of a stream in one piece. */
export async function collect(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toBody(body: BodySource | Uint8Array | string): BodySource {
  return typeof body === 'string' || body instanceof Uint8Array ? bodyOf(body) : body;
}
